/** Every counter the engine keeps, by who writes it. `docs/OPERATIONS.md` says what each means. */

export const AGGREGATOR_COUNTERS = [
  'records',
  'trades',
  'candles',
  'amendments',
  'rebuild_requests',
  'heartbeat_us',
  /** Longest time that the thread did not look at its rings. */
  'loop_stall_us_max',
] as const;

export const WRITER_COUNTERS = [
  'batches',
  'rows',
  'trades',
  'trade_duplicates',
  'quotes',
  'book_snapshots',
  'book_deltas',
  'candles',
  'derivatives',
  'liquidations',
  'gaps',
  'quarantined',
  'rebuilds',
  'pruned',
  'retries',
  'commit_us_last',
  'spool_length',
  'spool_batches',
  'spool_dropped',
  'heartbeat_us',
  /** How late the event loop was at most. */
  'loop_stall_us_max',
] as const;

export const VENUE_COUNTERS = [
  'heartbeat_us',
  /** Lines that are in no capture file and never will be. */
  'capture_lost',
  /** 1 while lines are being lost. */
  'capture_failing',
  /** How late the event loop was at most. */
  'loop_stall_us_max',
] as const;

/** Latency stages, each a histogram of µs. */
export const LATENCY_STAGES = [
  /** Venue's time to our receive time, clocks uncorrected. */
  'venue_to_received',
  'received_to_published',
  'received_to_aggregated',
  'received_to_committed',
] as const;
export type LatencyStage = (typeof LATENCY_STAGES)[number];
