/** What the commands start and hold: recordings, replays, the embedded exchange, the server. */
import type { EngineConfig } from '../engine/engine-config.ts';
import type { EngineView } from '../engine/engine-view.ts';
import type { Instrument } from '../model/instrument.ts';
import type { FeedUrls } from '../venues/contract.ts';

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
