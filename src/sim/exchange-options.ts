/** What the embedded exchange is asked for, and what it tells of itself: plain data. */
import type { TradeTape } from '../model/instrument.ts';
import type { FeedUrls } from '../venues/contract.ts';
import type { SimBook, SimInstrument } from '../venues/sim-contract.ts';
import type { FaultCounts } from './fault-plan.ts';

export interface ExchangeInstrument {
  readonly feed: string;
  /** Canonical. */
  readonly symbol: string;
  /** `perp` and `spot` of one feed may share a symbol. Default: the first that fits. */
  readonly marketType?: string;
  /** Tape its truth follows; default: the feed's. */
  readonly tape?: TradeTape;
}

export interface ExchangeOptions {
  /** Same seed, rate, feeds and instruments: same trades at the same times, in every process. */
  readonly seed: number;
  /** Frames a second over all instruments, each stream counted once. */
  readonly rate: number;
  /** As `--faults` has it; default `none`. */
  readonly faults?: string;
  /** Every trade made is appended here. */
  readonly truthFile?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Feed ids; default: all there are. */
  readonly feeds?: readonly string[];
  /**
   * Instruments the rate is shared over. Any other of a catalogue can be taken too, at the same
   * pace each. Default: the majors of every feed; then clients that take fewer get more quotes
   * instead.
   */
  readonly instruments?: readonly ExchangeInstrument[];
  /** Tape the truth of a feed follows, by feed id; an instrument's own `tape` wins. */
  readonly tapes?: Readonly<Record<string, TradeTape>>;
  /** Makes trades of `instruments` (and their truth) from the start, without anyone listening. */
  readonly isAlwaysOn?: boolean;
  /** For tests: replaces what the dialects say. */
  readonly connectionLifeMs?: number;
  readonly pingEveryMs?: number;
  readonly restWeightPerMinute?: number;
}

/**
 * Sees the true book each time something of it leaves the exchange: with every quote, depth event
 * and snapshot. For tests that hold a recorder's books against it; only in the exchange's thread.
 */
export interface ExchangeWitness {
  onBook(feed: string, instrument: SimInstrument, book: SimBook): void;
}

export interface ExchangeStats {
  readonly framesSent: number;
  readonly connections: number;
  readonly restRequests: number;
  /** Answers 429 for want of budget; those by fault are in `faults`. */
  readonly restRefusals: number;
  readonly truthRows: number;
  readonly faults: FaultCounts;
}

export interface Exchange {
  readonly port: number;
  readonly feeds: readonly string[];
  /** Where a feed is served: what replaces the venue's own URLs. Throws for a feed it has not. */
  urls(feed: string): FeedUrls;
  stats(): Promise<ExchangeStats>;
  /** Closes all connections and completes the truth file. */
  stop(): Promise<void>;
}

/** Where a feed of the exchange at `port` is served. */
export function exchangeUrls(port: number, feed: string): FeedUrls {
  const path = `127.0.0.1:${port}/${feed}`;
  return { ws: `ws://${path}`, rest: `http://${path}` };
}
