/**
 * What the commands need of the rest of Tickspine. Loaded on demand, so that `--help` and a config
 * error cost nothing and start nothing.
 */
import { systemClock } from '../base/clock.ts';
import { errorText } from '../base/errors.ts';
import { createLog } from '../base/log.ts';
import type { EngineConfig } from '../engine/engine-config.ts';
import type { EngineView } from '../engine/engine-view.ts';
import type { MigrationAccess, MigrationSession, StoreReader } from '../store/contract.ts';
import {
  backupStore,
  checkStoreUrls,
  discoverStores,
  openStoreMigrations,
  openStoreReader,
} from '../store/open-store.ts';
import type { VenueModule } from '../venues/contract.ts';
import type { HttpPlan } from './config/resolve-config.ts';
import type { SimulatedCatalogue } from './config/resolve-feeds.ts';
import type {
  HttpHandle,
  ReplayOptions,
  RunHandle,
  SimulatorHandle,
  SimulatorOptions,
} from './run-handle.ts';

export interface CliParts {
  readonly version: string;
  discoverVenues(): Promise<readonly VenueModule[]>;
  storeSchemes(): Promise<readonly string[]>;
  /** Throws `UsageError` for the first that its store does not understand; opens none. */
  checkStoreUrls(urls: readonly string[]): Promise<void>;
  openReader(url: string): Promise<StoreReader>;
  openMigrations(url: string, access: MigrationAccess): Promise<MigrationSession>;
  backup(url: string, path: string): Promise<void>;
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
    checkStoreUrls,
    openReader: openStoreReader,
    openMigrations: openStoreMigrations,
    backup: backupStore,
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
