/** The engine as HTTP and the terminal see it: read-only, cheap, no messages between threads. */
import type { Instrument } from '../model/instrument.ts';
import type { FeedCounter } from '../venues/feed-counters.ts';
import type { AGGREGATOR_COUNTERS, LatencyStage, WRITER_COUNTERS } from './counters.ts';

export interface LatencySummary {
  readonly count: number;
  /** All µs. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface FeedView {
  readonly feed: string;
  readonly venue: string;
  /** `connecting` until the first connection opened; `stopped` after a fatal error or shutdown. */
  readonly state: 'connecting' | 'live' | 'degraded' | 'stopped';
  /** Why it is not live, in one sentence; '' when it is. */
  readonly problem: string;
  readonly counters: Readonly<Record<FeedCounter, number>>;
  readonly latency: Readonly<Record<LatencyStage, LatencySummary>>;
}

/** Latest values of one instrument, from the seqlocked live table. NaN: none yet. */
export interface LiveRow {
  readonly instrument: Instrument;
  readonly lastTradeUs: number;
  readonly lastPrice: number;
  readonly lastSize: number;
  readonly bidPrice: number;
  readonly bidSize: number;
  readonly askPrice: number;
  readonly askSize: number;
  readonly quoteUs: number;
  readonly tradeCount: number;
  readonly volume: number;
}

export type WriterCounters = Readonly<Record<(typeof WRITER_COUNTERS)[number], number>>;

export interface StoreView {
  /** Its scheme, numbered where several have the same: `sqlite`, `sqlite-2`. */
  readonly name: string;
  /** Without secrets. */
  readonly url: string;
  readonly counters: WriterCounters;
}

export interface CaptureView {
  readonly venue: string;
  /** Lines that could not be written, and are in no file. */
  readonly lost: number;
  readonly isFailing: boolean;
}

export interface EngineView {
  readonly sessionId: string;
  readonly startedUs: number;
  readonly version: string;
  /** Of the first store, without secrets. */
  readonly storeUrl: string;
  readonly timeframes: readonly string[];
  nowUs(): number;
  instruments(): readonly Instrument[];
  feeds(): readonly FeedView[];
  /** Of the first store. */
  writer(): WriterCounters;
  stores(): readonly StoreView[];
  /** One a venue; empty when nothing is captured. */
  captures(): readonly CaptureView[];
  aggregator(): Readonly<Record<(typeof AGGREGATOR_COUNTERS)[number], number>>;
  /** Workers and how often each was restarted. */
  workers(): readonly {
    readonly name: string;
    readonly state: string;
    readonly restarts: number;
  }[];
  live(): readonly LiveRow[];
}
