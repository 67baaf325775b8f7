/**
 * What the commands need of the rest of Tickspine. Loaded on demand, so that `--help` and a config
 * error cost nothing and start nothing.
 */
import { systemClock } from '../base/clock.ts';
import { errorText } from '../base/errors.ts';
import { createLog } from '../base/log.ts';
import type { EngineConfig } from '../engine/engine-config.ts';
import type { EngineView } from '../engine/engine-view.ts';
import type { Instrument } from '../model/instrument.ts';
import type { StoreReader } from '../store/contract.ts';
import { discoverStores, openStoreReader } from '../store/open-store.ts';
import type { FeedUrls, VenueModule } from '../venues/contract.ts';
import type { HttpPlan } from './config/resolve-config.ts';
import type { SimulatedCatalogue } from './config/resolve-feeds.ts';

/** A recording or a replay under way. */
export interface RunHandle {
  readonly view: EngineView;
  /** Resolves with a reason when the run ends by itself; rejects when it cannot go on. */
  readonly ended: Promise<string>;
  /** Unsubscribes, finishes repairs, drains and flushes; resolves when all is stored. */
  stop(): Promise<void>;
}

export interface ReplayOptions {
  readonly config: EngineConfig;
  /** Capture files in the order of replay. */
  readonly files: readonly string[];
  /** 1: as it was received; Infinity: as fast as it goes. */
  readonly speed: number;
}

export interface SimulatorOptions {
  /** Port of the embedded exchange on 127.0.0.1; 0 lets the system choose. */
  readonly port: number;
  /** Frames a second over all streams. */
  readonly rate: number;
  readonly seed: number;
  /** `all`, `none` or `drop=0.001,disconnect=10s,…`. */
  readonly faults: string;
  /** Every trade it made goes here as NDJSON. */
  readonly truthFile: string | undefined;
  /** What is going to be recorded from it; undefined: whatever clients ask for. */
  readonly instruments: readonly Instrument[] | undefined;
}

export interface SimulatorHandle {
  /** Where each feed is served, by feed id. */
  readonly urls: Readonly<Record<string, FeedUrls>>;
  /** Counts for the summary: frames sent, trades made, faults injected. */
  facts(): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

export interface HttpHandle {
  readonly url: string;
  stop(): Promise<void>;
}

export interface CliParts {
  readonly version: string;
  discoverVenues(): Promise<readonly VenueModule[]>;
  storeSchemes(): Promise<readonly string[]>;
  openReader(url: string): Promise<StoreReader>;
  startEngine(config: EngineConfig): Promise<RunHandle>;
  startReplay(options: ReplayOptions): Promise<RunHandle>;
  simulatedCatalogue(): Promise<SimulatedCatalogue>;
  /** Throws `UsageError` when `faults` is not understood; nothing is started then. */
  startSimulator(options: SimulatorOptions): Promise<SimulatorHandle>;
  startHttp(plan: HttpPlan, storeUrl: string, view: EngineView): Promise<HttpHandle>;
}

/** The parts of this build. */
export function builtParts(version: string): CliParts {
  return {
    version,
    async discoverVenues() {
      const { discoverVenues } =
        await load<Pick<CliParts, 'discoverVenues'>>('../venues/discover.ts');
      return discoverVenues();
    },
    storeSchemes: async () => (await discoverStores()).map((store) => store.scheme),
    openReader: openStoreReader,
    startEngine: async (config) => (await import('./engine-parts.ts')).startRecording(config),
    startReplay: async (options) => (await import('./engine-parts.ts')).startPlaying(options),
    simulatedCatalogue,
    startSimulator: async (options) => (await import('./engine-parts.ts')).startSimulation(options),
    startHttp: serveHttp,
  };
}

async function serveHttp(plan: HttpPlan, storeUrl: string, view: EngineView): Promise<HttpHandle> {
  const { startHttp } = await import('../http/server.ts');
  const log = createLog({ level: 'warn', values: { part: 'http' } });
  return startHttp({
    view,
    reader: () => openStoreReader(storeUrl),
    clock: systemClock,
    host: plan.hostname,
    port: plan.port,
    ...(plan.token === undefined ? {} : { token: plan.token }),
    onError: (error) => log.error('request failed', { problem: errorText(error) }),
  });
}

async function load<T>(path: string): Promise<T> {
  return (await import(path)) as T;
}

/** Symbols the embedded exchange trades, by feed. */
async function simulatedCatalogue(): Promise<SimulatedCatalogue> {
  const { discoverDialects } = await import('../sim/discover-dialects.ts');
  const dialects = await discoverDialects();
  return (feed) =>
    dialects.find((dialect) => dialect.feed === feed)?.listings.map(({ symbol }) => symbol);
}
