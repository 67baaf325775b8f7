/**
 * What each counter of the engine is to Prometheus: kind and meaning. Exhaustive by type: a counter
 * that is added to the engine does not compile until it is described here.
 */
import type { AGGREGATOR_COUNTERS, LatencyStage, WRITER_COUNTERS } from '../engine/counters.ts';
import type { FeedView } from '../engine/engine-view.ts';

export interface MetricDefinition {
  readonly kind: 'counter' | 'gauge';
  readonly help: string;
}

type Definitions<Name extends string> = Readonly<Record<Name, MetricDefinition>>;

function counter(help: string): MetricDefinition {
  return { kind: 'counter', help };
}

function gauge(help: string): MetricDefinition {
  return { kind: 'gauge', help };
}

export const FEED_METRICS: Definitions<keyof FeedView['counters']> = {
  frames: counter('Frames received from the venue.'),
  bytes: counter('Bytes of frames received from the venue.'),
  trades: counter('Trades recorded, live and refilled, without duplicates.'),
  trades_refilled: counter('Trades fetched over REST to close a gap.'),
  trade_duplicates: counter('Trades that were recorded already: reconnect overlap, refills.'),
  quotes: counter('Best bid/offer changes recorded.'),
  book_updates: counter('Order book updates applied or checked.'),
  book_snapshots: counter('Order book snapshots recorded.'),
  malformed: counter('Frames the venue documentation does not allow; not decoded.'),
  ignored: counter('Well-formed frames that carry nothing recorded: pongs, unknown events.'),
  frames_dropped: counter('Frames lost because the backlog was full; each loss is in the ledger.'),
  quotes_conflated: counter('Quotes replaced by a newer one before they were written.'),
  snapshots_conflated: counter('Book snapshots replaced by a newer one before they were written.'),
  deltas_dropped: counter('Book deltas lost for want of room; each loss is in the ledger.'),
  precision_loss: counter('Prices or sizes of more than 15 digits, rounded to a float64.'),
  trade_gaps: counter('Holes found in the trade ids.'),
  trade_gaps_repaired: counter('Holes in the trade ids that were refilled.'),
  trade_gaps_open: gauge('Holes in the trade ids that are open now.'),
  book_gaps: counter('Breaks found in the book sequence.'),
  book_resyncs: counter('Order books rebuilt from a snapshot after a break.'),
  books_valid: gauge('Order books that follow the venue sequence now.'),
  checksums_verified: counter('Books that equalled the checksum the venue sent.'),
  checksums_failed: counter('Books that differed from the checksum the venue sent.'),
  bbo_checked: counter('Books compared with the best bid/offer the venue quotes.'),
  bbo_mismatched: counter('Books that differed from the best bid/offer the venue quotes.'),
  stale: counter('Streams subscribed again because nothing came for too long.'),
  connects: counter('Connections opened.'),
  disconnects: counter('Connections that ended, for any reason.'),
  connections: gauge('Connections open now.'),
  refusals: counter('Subscriptions or logins the venue refused.'),
  rest_requests: counter('REST requests sent.'),
  rest_errors: counter('REST requests that failed.'),
  rest_limited: counter('REST requests the venue refused for their rate.'),
  last_frame_us: gauge('When the last frame came, µs since the Unix epoch.'),
  clock_offset_us: gauge('Our clock minus the venue clock, as the fastest trades tell, µs.'),
  backlog_length: gauge('Bytes of frames waiting in front of a full ring.'),
  ring_used_length: gauge('Bytes in use of the ring to the writer.'),
  ring_capacity: gauge('Bytes the ring to the writer can hold.'),
};

export const WRITER_METRICS: Definitions<(typeof WRITER_COUNTERS)[number]> = {
  batches: counter('Batches committed to the store.'),
  rows: counter('Rows committed to the store.'),
  trades: counter('Trade rows inserted.'),
  trade_duplicates: counter('Trades the store had already.'),
  quotes: counter('Quote rows inserted.'),
  book_snapshots: counter('Book snapshot rows inserted.'),
  book_deltas: counter('Book delta rows inserted.'),
  candles: counter('Candle rows inserted or changed.'),
  derivatives: counter('Derivative tick rows inserted.'),
  liquidations: counter('Liquidation rows inserted.'),
  gaps: counter('Ledger rows inserted or changed.'),
  quarantined: counter('Records set aside into the ledger as not storable.'),
  rebuilds: counter('Candle rebuilds from stored trades.'),
  pruned: counter('Rows deleted by retention.'),
  retries: counter('Commits tried again after the store failed.'),
  commit_us_last: gauge('How long the last commit took, µs.'),
  spool_length: gauge('Bytes waiting on disk for the store.'),
  spool_dropped: counter('Quotes and books left out because the spool was nearly full.'),
  spool_batches: gauge('Batches waiting on disk for the store.'),
  heartbeat_us: gauge('When the writer last worked, µs since the Unix epoch.'),
  loop_stall_us_max: gauge('How late the writer’s event loop was at most, µs.'),
};

export const AGGREGATOR_METRICS: Definitions<(typeof AGGREGATOR_COUNTERS)[number]> = {
  records: counter('Records the aggregator read.'),
  trades: counter('Trades that went into candles.'),
  candles: counter('Candles closed.'),
  amendments: counter('Closed candles amended by a late trade.'),
  rebuild_requests: counter('Candles sent to be made again from stored trades.'),
  heartbeat_us: gauge('When the aggregator last worked, µs since the Unix epoch.'),
  loop_stall_us_max: gauge('Longest time the aggregator did not look at its rings, µs.'),
};

export const LATENCY_METRICS: Readonly<Record<LatencyStage, string>> = {
  venue_to_received: 'from the venue time to receipt, clocks uncorrected',
  received_to_published: 'from receipt to the ring',
  received_to_aggregated: 'from receipt to the candle',
  received_to_committed: 'from receipt to the committed row',
};
