/**
 * What the terminal shows of a running engine, read at one moment, and the rates between two such
 * moments. Plain data: the panel and the stats line are functions of it.
 */
import type { EngineView, FeedView } from '../../engine/engine-view.ts';

export interface FeedSample {
  readonly feed: string;
  readonly state: FeedView['state'];
  readonly problem: string;
  readonly frames: number;
  /** Messages taken in: trades, quotes, book updates. */
  readonly received: number;
  /** Live trades and quotes in the store. */
  readonly committed: number;
  /** Median delay from the venue's time to ours, clock offset removed, µs; NaN before any trade. */
  readonly lagUs: number;
  readonly gapsOpen: number;
  readonly gapsRepaired: number;
  /** Fullest moment's share of the ring to the writer, 0 to 1. */
  readonly ringShare: number;
}

export interface StatsSample {
  readonly nowUs: number;
  readonly startedUs: number;
  readonly feeds: readonly FeedSample[];
  /** Rows in the store from this run, all tables. */
  readonly storedRows: number;
  readonly candles: number;
  /** Bytes that wait on disk for the store. */
  readonly spoolLength: number;
  readonly restarts: number;
}

export interface FeedRate {
  readonly framesPerS: number;
  readonly receivedPerS: number;
  readonly committedPerS: number;
}

export function takeSample(view: EngineView): StatsSample {
  const writer = view.writer();
  return {
    nowUs: view.nowUs(),
    startedUs: view.startedUs,
    feeds: view.feeds().map(sampleFeed),
    storedRows: writer.rows,
    candles: writer.candles,
    spoolLength: view.stores().reduce((sum, { counters }) => sum + counters.spool_length, 0),
    restarts: view.workers().reduce((sum, worker) => sum + worker.restarts, 0),
  };
}

function sampleFeed({ feed, state, problem, counters, latency }: FeedView): FeedSample {
  const { venue_to_received: venue, received_to_committed: committed } = latency;
  return {
    feed,
    state,
    problem,
    frames: counters.frames,
    received: receivedOf(counters),
    committed: committed.count,
    lagUs: venue.count === 0 ? Number.NaN : venue.p50 - counters.clock_offset_us,
    gapsOpen: counters.trade_gaps_open,
    gapsRepaired: counters.trade_gaps_repaired,
    ringShare:
      counters.ring_capacity === 0 ? 0 : counters.ring_used_length / counters.ring_capacity,
  };
}

/** Messages a feed took in, refilled and repeated ones included. */
export function receivedOf(counters: FeedView['counters']): number {
  return (
    counters.trades +
    counters.trades_refilled +
    counters.trade_duplicates +
    counters.quotes +
    counters.book_updates
  );
}

/** Rates of `feed` between two samples; NaN while there is no earlier one to compare with. */
export function feedRate(
  earlier: StatsSample | undefined,
  now: StatsSample,
  feed: string,
): FeedRate {
  const a = earlier?.feeds.find((sample) => sample.feed === feed);
  const b = now.feeds.find((sample) => sample.feed === feed);
  const seconds = (now.nowUs - (earlier?.nowUs ?? now.nowUs)) / 1e6;
  if (a === undefined || b === undefined || seconds <= 0) {
    return { framesPerS: Number.NaN, receivedPerS: Number.NaN, committedPerS: Number.NaN };
  }
  // A restarted worker may count from 0 again: a rate is never negative.
  const rate = (from: number, to: number): number => Math.max(0, to - from) / seconds;
  return {
    framesPerS: rate(a.frames, b.frames),
    receivedPerS: rate(a.received, b.received),
    committedPerS: rate(a.committed, b.committed),
  };
}
