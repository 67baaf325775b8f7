/**
 * What a feed counts. The values of one feed are a Float64Array (in shared memory when live),
 * written by its venue worker only; the hot path indexes it by `FeedSlot`.
 */

export const FEED_COUNTERS = [
  'frames',
  'bytes',
  'trades',
  'trades_refilled',
  'trade_duplicates',
  'quotes',
  'book_updates',
  'book_snapshots',
  'malformed',
  'ignored',
  'frames_dropped',
  'quotes_conflated',
  'snapshots_conflated',
  'deltas_dropped',
  'precision_loss',
  'trade_gaps',
  'trade_gaps_repaired',
  'trade_gaps_open',
  'book_gaps',
  'book_resyncs',
  'books_valid',
  'checksums_verified',
  'checksums_failed',
  'bbo_checked',
  'bbo_mismatched',
  'stale',
  'connects',
  'disconnects',
  'connections',
  'refusals',
  'rest_requests',
  'rest_errors',
  'rest_limited',
  'last_frame_us',
  'clock_offset_us',
  'backlog_length',
  'ring_used_length',
  'ring_capacity',
] as const;
export type FeedCounter = (typeof FEED_COUNTERS)[number];

/** Slot of each counter: `counters[FeedSlot.frames]`. */
export const FeedSlot = Object.fromEntries(FEED_COUNTERS.map((name, i) => [name, i])) as Record<
  FeedCounter,
  number
>;

export type FeedCounters = Float64Array;

export function createFeedCounters(): FeedCounters {
  return new Float64Array(FEED_COUNTERS.length);
}

export function count(counters: FeedCounters, slot: number, by = 1): void {
  counters[slot] = (counters[slot] as number) + by;
}
