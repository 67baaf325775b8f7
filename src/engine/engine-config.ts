/** What the engine needs to run, after the config file was read, checked and resolved. */
import type { Instrument } from '../model/instrument.ts';
import type { ChannelName } from '../model/record-layout.ts';
import type { PruneTarget } from '../store/contract.ts';
import type { FeedUrls } from '../venues/contract.ts';

export interface FeedConfig {
  readonly feed: string;
  readonly venue: string;
  readonly urls: FeedUrls;
  readonly channels: readonly ChannelName[];
  /**
   * Quiet time after which a stream is subscribed again, µs, by channel; absent: the feed's own.
   */
  readonly staleAfterUs: Partial<Record<ChannelName, number>>;
  /** A connection is replaced before it is this old; absent: the feed's own. */
  readonly connectionLifeUs?: number;
}

/** Rows older than this are deleted, in small steps between two batches. */
export interface RetentionRule {
  readonly target: PruneTarget;
  readonly keepUs: number;
}

export interface EngineConfig {
  /** `collect`, `collect --simulate`, `replay`: recorded in `sessions`. */
  readonly command: string;
  readonly version: string;
  /** The user's config without secrets, as JSON. */
  readonly configJson: string;
  /** Each is written by a thread of its own; the first one is read by HTTP. Never empty. */
  readonly storeUrls: readonly string[];
  readonly feeds: readonly FeedConfig[];
  readonly instruments: readonly Instrument[];
  readonly timeframes: readonly string[];
  readonly book: {
    readonly depth: number;
    readonly intervalMs: number;
    readonly deltas: boolean;
  };
  readonly writer: {
    readonly flushMs: number;
    readonly batchRows: number;
    /** Directory of the spool. */
    readonly spoolDir: string;
    readonly spoolMaxBytes: number;
  };
  readonly rings: {
    /** Bytes, powers of two. */
    readonly writerBytes: number;
    readonly aggregatorBytes: number;
    readonly candleBytes: number;
    /** Frames held in front of a full ring, bytes a venue. */
    readonly backlogBytes: number;
  };
  readonly repair: {
    /** A gap longer than this is left open in the ledger. */
    readonly maxTrades: number;
    /** Wait for a reordered frame before asking REST, ms. */
    readonly graceMs: number;
  };
  readonly retention: readonly RetentionRule[];
  readonly shutdownMs: number;
  readonly captureDir: string | undefined;
  readonly captureRotateBytes: number;
  readonly logLevel: string;
}
