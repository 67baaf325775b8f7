/**
 * Records: what lies at which offset. The same layouts are FlatBuffers structs in
 * `schemas/market.fbs`; a test holds every offset here against the generated accessors.
 *
 * Every body starts with the same 24 bytes. Times are µs since the Unix epoch, prices and sizes are
 * in quote and base units, all as float64. What has no value is NaN (numbers) or 0 (counts).
 *
 * ```text
 *  +0 instrument u32 │ +4 flags u16 │ +6 aux u16 │ +8 ts_us f64 │ +16 recv_us f64 │ +24 by type …
 * ```
 */

/** Types as they stand in a ring frame's header. Never reuse a number. */
export const RecordType = {
  trade: 1,
  quote: 2,
  bookSnapshot: 3,
  bookDelta: 4,
  candle: 5,
  derivative: 6,
  liquidation: 7,
  status: 8,
} as const;
export type RecordType = (typeof RecordType)[keyof typeof RecordType];

/** Bits of `flags`. Those from 0x100 up mean different things in different types. */
export const Flag = {
  /** The aggressor sold (the buyer was the maker). */
  sell: 0x01,
  /** Came over REST to close a gap, not from the live stream. */
  refill: 0x02,
  /** A price or size had more digits than a float64 keeps. */
  precisionLoss: 0x04,
  /** First record of its stream after a gap or (re)connect. */
  afterGap: 0x08,
  /** The book it was taken from was valid (snapshots, deltas). */
  bookValid: 0x10,
  /** A delta that replaces the whole book. */
  bookReset: 0x20,
  /** The candle's bucket is closed. */
  candleClosed: 0x40,
} as const;

/** Offsets of the common prefix. */
export const Common = { instrument: 0, flags: 4, aux: 6, tsUs: 8, recvUs: 16 } as const;
export const COMMON_LENGTH = 24;

/** `aux` is the length of a textual trade id that follows the body (0: `tradeId` is the id). */
export const Trade = { price: 24, size: 32, nativeSize: 40, tradeId: 48 } as const;
export const TRADE_LENGTH = 56;
/** Bytes of a textual trade id behind it, at most. */
export const TRADE_ID_LENGTH_MAX = 64;

export const Quote = {
  bidPrice: 24,
  bidSize: 32,
  askPrice: 40,
  askSize: 48,
  sequence: 56,
} as const;
export const QUOTE_LENGTH = 64;

/** Followed by `bidCount` bids, best first, then `askCount` asks: (price f64, size f64) each. */
export const BookSnapshot = { sequence: 24, bidCount: 32, askCount: 36 } as const;
export const BOOK_SNAPSHOT_LENGTH = 40;

/** Followed by levels as in a snapshot; size 0 removes the level. */
export const BookDelta = { firstSequence: 24, sequence: 32, bidCount: 40, askCount: 44 } as const;
export const BOOK_DELTA_LENGTH = 48;
export const LEVEL_LENGTH = 16;

/**
 * `tsUs` is the bucket's open, `recvUs` when this version was said (never before the receipt of its
 * last trade); `aux` is a CandleState.
 */
export const Candle = {
  endUs: 24,
  open: 32,
  high: 40,
  low: 48,
  close: 56,
  volume: 64,
  quoteVolume: 72,
  buyVolume: 80,
  tradeCount: 88,
  firstTradeId: 96,
  lastTradeId: 104,
  /** Index of the timeframe in the configured list: u32, then 4 bytes of 0. */
  timeframe: 112,
} as const;
export const CANDLE_LENGTH = 120;

export const CandleState = { complete: 0, partial: 1, repaired: 2 } as const;
export type CandleState = (typeof CandleState)[keyof typeof CandleState];
export const CANDLE_STATE_NAMES = ['complete', 'partial', 'repaired'] as const;

export const Derivative = {
  markPrice: 24,
  indexPrice: 32,
  fundingRate: 40,
  nextFundingUs: 48,
  openInterest: 56,
} as const;
export const DERIVATIVE_LENGTH = 64;

/** `Flag.sell` is the side of the liquidation order. */
export const Liquidation = { price: 24, size: 32, nativeSize: 40 } as const;
export const LIQUIDATION_LENGTH = 48;

/**
 * What happened to a stream. `aux` is a StatusKind. Followed by `causeLength` bytes of cause and
 * `howLength` bytes of how, UTF-8.
 */
export const Status = {
  fromId: 24,
  toId: 32,
  fromUs: 40,
  toUs: 48,
  /** Ids of from..to that are still missing. */
  missing: 56,
  channel: 64,
  causeLength: 66,
  howLength: 68,
} as const;
export const STATUS_LENGTH = 72;

export const StatusKind = {
  /** The instrument's stream is live from `fromUs` on (subscribed, acknowledged). */
  live: 1,
  /** The instrument's stream ended (disconnect, stop). */
  down: 2,
  /** Ids `fromId`..`toId` (trades) or a sequence (books) were missed; goes into the ledger. */
  gap: 3,
  /** The gap with the same channel, `fromId` and `fromUs` is closed. */
  repaired: 4,
  /** A book was rebuilt. */
  resync: 5,
  /** No data for longer than expected; `repaired` follows when it flows again. */
  stale: 6,
  /**
   * Trades `fromId`..`toId` (or the time `fromUs`..`toUs`) are in the stream before this record.
   */
  coverage: 7,
  /** A venue worker's clock: `recvUs` is its now. Instrument is meaningless. */
  tick: 8,
  /** Candles over `fromUs`..`toUs` must be made again from stored trades. */
  rebuild: 9,
  /** A row or frame set aside; `cause` says why, `how` holds the content. */
  quarantine: 10,
  /** The venue refused the stream; `cause` is its answer. */
  refused: 11,
  /** Records were dropped or conflated under pressure: `missing` of them. */
  dropped: 12,
} as const;
export type StatusKind = (typeof StatusKind)[keyof typeof StatusKind];

export const Channel = {
  trades: 0,
  quotes: 1,
  book: 2,
  derivative: 3,
  liquidations: 4,
} as const;
export type Channel = (typeof Channel)[keyof typeof Channel];
export type ChannelName = keyof typeof Channel;
export const CHANNEL_NAMES = ['trades', 'quotes', 'book', 'derivative', 'liquidations'] as const;

/** The `kind` that a gap of a channel has in the ledger. */
export const GAP_KIND_NAMES = [
  'trade_gap',
  'quote_gap',
  'book_gap',
  'derivative_gap',
  'liquidation_gap',
] as const;

/** Every `kind` of the ledger. */
export const LEDGER_KINDS = [
  ...GAP_KIND_NAMES,
  'stale',
  'refused',
  'dropped',
  'quarantine',
] as const;
export type LedgerKind = (typeof LEDGER_KINDS)[number];
