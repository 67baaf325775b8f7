/**
 * What a run did, at its end: the object that `--json` prints and the text is made from.
 * docs/CONFIG.md, "The summary", says what each member means; scripts rely on the names.
 */
import { LATENCY_STAGES, type LatencyStage } from '../engine/counters.ts';
import type { EngineView, FeedView, LatencySummary } from '../engine/engine-view.ts';
import { receivedOf } from './terminal/stats-sample.ts';

/** µs; null before the first value. */
export interface LatencyJson {
  readonly count: number;
  readonly p50_us: number | null;
  readonly p99_us: number | null;
  readonly p999_us: number | null;
  readonly max_us: number | null;
}

/** Counts that every feed has and the whole run sums up. */
export interface IntegrityCounts {
  /** Messages taken in: trades (refilled and repeated ones too), quotes, book updates. */
  readonly received: number;
  /** Trades that came twice in this run, or that the store had when it started. */
  readonly duplicates: number;
  /** Trade gaps found, closed, and still open. */
  readonly gaps: number;
  readonly repaired: number;
  readonly open_gaps: number;
  /** Frames and book deltas lost to pressure. Each is in the ledger. */
  readonly dropped: number;
  /** Quotes and snapshots replaced by newer ones under pressure. */
  readonly conflated: number;
  readonly malformed: number;
  readonly bbo_checked: number;
  readonly bbo_mismatched: number;
  /** Books held against the venue's checksum; failed ones were resynced. */
  readonly checksums_verified: number;
  readonly checksums_failed: number;
  readonly book_gaps: number;
  readonly resyncs: number;
}

export interface FeedSummary extends IntegrityCounts {
  readonly feed: string;
  readonly venue: string;
  readonly state: FeedView['state'];
  readonly problem: string;
  readonly frames: number;
  readonly bytes: number;
  readonly trades_received: number;
  readonly trades_refilled: number;
  /** Live trades and quotes committed to the store. */
  readonly stored: number;
  readonly connects: number;
  readonly latency: Readonly<Record<LatencyStage | 'venue_to_received_corrected', LatencyJson>>;
  /** Receive clock minus venue clock, as far as the fastest trade tells. */
  readonly clock_offset_us: number;
}

/** Rows this run wrote, by table. */
export interface StoredRows {
  readonly trades: number;
  readonly quotes: number;
  readonly orderbook_snapshots: number;
  readonly orderbook_deltas: number;
  /** Writes: a candle that changes counts again, and so does a row of the ledger. */
  readonly candles: number;
  readonly derivatives: number;
  readonly liquidations: number;
  readonly data_quality: number;
}

export interface StoreSummary {
  readonly name: string;
  readonly store: string;
  /** Distinct trades that reached it. */
  readonly trades: number;
  readonly rows: number;
  readonly quarantined: number;
  readonly retries: number;
  readonly spool_length: number;
  /** Records its full spool could not take; its ledger has the gaps. */
  readonly spool_dropped: number;
}

export interface RunSummary extends IntegrityCounts {
  readonly command: string;
  readonly version: string;
  readonly session: string;
  readonly store: string;
  readonly exit_reason: string;
  readonly duration_s: number;
  readonly frames: number;
  readonly stored: StoredRows;
  /** Distinct trades that reached the store: `stored.trades` + `trades_already_stored`. */
  readonly trades: number;
  /** Trades the store was given and had already. */
  readonly trades_already_stored: number;
  readonly quarantined: number;
  readonly restarts: number;
  /** Lines of the capture that could not be written. */
  readonly capture_lost: number;
  /** Bytes still in the spool: not yet in the store, and not lost. */
  readonly spool_length: number;
  /** What each store took in; the counts above are the first one's. */
  readonly stores: readonly StoreSummary[];
  readonly venues: readonly FeedSummary[];
}

export interface SummaryFacts {
  readonly command: string;
  readonly exitReason: string;
  /** Store URL without secrets. */
  readonly store: string;
}

export function summarise(view: EngineView, facts: SummaryFacts): RunSummary {
  const venues = view.feeds().map(summariseFeed);
  const writer = view.writer();
  return {
    command: facts.command,
    version: view.version,
    session: view.sessionId,
    store: facts.store,
    exit_reason: facts.exitReason,
    duration_s: Math.round((view.nowUs() - view.startedUs) / 1e3) / 1e3,
    frames: venues.reduce((sum, feed) => sum + feed.frames, 0),
    ...sumCounts(venues),
    stored: {
      trades: writer.trades,
      quotes: writer.quotes,
      orderbook_snapshots: writer.book_snapshots,
      orderbook_deltas: writer.book_deltas,
      candles: writer.candles,
      derivatives: writer.derivatives,
      liquidations: writer.liquidations,
      data_quality: writer.gaps,
    },
    trades: writer.trades + writer.trade_duplicates,
    trades_already_stored: writer.trade_duplicates,
    quarantined: writer.quarantined,
    restarts: view.workers().reduce((sum, worker) => sum + worker.restarts, 0),
    capture_lost: view.captures().reduce((sum, capture) => sum + capture.lost, 0),
    spool_length: writer.spool_length,
    stores: view.stores().map(({ name, url, counters }) => ({
      name,
      store: url,
      trades: counters.trades + counters.trade_duplicates,
      rows: counters.rows,
      quarantined: counters.quarantined,
      retries: counters.retries,
      spool_length: counters.spool_length,
      spool_dropped: counters.spool_dropped,
    })),
    venues,
  };
}

function summariseFeed({ feed, venue, state, problem, counters, latency }: FeedView): FeedSummary {
  const offsetUs = counters.clock_offset_us;
  const stages = Object.fromEntries(
    LATENCY_STAGES.map((stage) => [stage, latencyJson(latency[stage], 0)]),
  ) as Record<LatencyStage, LatencyJson>;
  return {
    feed,
    venue,
    state,
    problem,
    frames: counters.frames,
    bytes: counters.bytes,
    received: receivedOf(counters),
    trades_received: counters.trades,
    trades_refilled: counters.trades_refilled,
    stored: latency.received_to_committed.count,
    duplicates: counters.trade_duplicates,
    gaps: counters.trade_gaps,
    repaired: counters.trade_gaps_repaired,
    open_gaps: counters.trade_gaps_open,
    dropped: counters.frames_dropped + counters.deltas_dropped,
    conflated: counters.quotes_conflated + counters.snapshots_conflated,
    malformed: counters.malformed,
    bbo_checked: counters.bbo_checked,
    bbo_mismatched: counters.bbo_mismatched,
    checksums_verified: counters.checksums_verified,
    checksums_failed: counters.checksums_failed,
    book_gaps: counters.book_gaps,
    resyncs: counters.book_resyncs,
    connects: counters.connects,
    clock_offset_us: Math.round(offsetUs),
    latency: {
      ...stages,
      venue_to_received_corrected: latencyJson(latency.venue_to_received, offsetUs),
    },
  };
}

/** Percentiles move with the clock: correcting each by the offset corrects the distribution. */
function latencyJson(summary: LatencySummary, offsetUs: number): LatencyJson {
  const value = (us: number): number | null =>
    summary.count > 0 && Number.isFinite(us) ? Math.round(us - offsetUs) : null;
  return {
    count: summary.count,
    p50_us: value(summary.p50),
    p99_us: value(summary.p99),
    p999_us: value(summary.p999),
    max_us: value(summary.max),
  };
}

function sumCounts(feeds: readonly FeedSummary[]): IntegrityCounts {
  const sum = (name: keyof IntegrityCounts): number =>
    feeds.reduce((total, feed) => total + feed[name], 0);
  return {
    received: sum('received'),
    duplicates: sum('duplicates'),
    gaps: sum('gaps'),
    repaired: sum('repaired'),
    open_gaps: sum('open_gaps'),
    dropped: sum('dropped'),
    conflated: sum('conflated'),
    malformed: sum('malformed'),
    bbo_checked: sum('bbo_checked'),
    bbo_mismatched: sum('bbo_mismatched'),
    checksums_verified: sum('checksums_verified'),
    checksums_failed: sum('checksums_failed'),
    book_gaps: sum('book_gaps'),
    resyncs: sum('resyncs'),
  };
}
