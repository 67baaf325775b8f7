/**
 * The store contract. A store takes batches of records, each in one transaction, and gives rows.
 * Stores differ only behind this page; one conformance suite runs for all of them.
 *
 * Idempotency: every row has a natural key, and writing a batch again (spool redelivery, replay of
 * a capture, a crash before the acknowledgement) changes nothing. One duplicate never costs its
 * batch.
 *
 * | row | key | on conflict |
 * |---|---|---|
 * | trade | instrument, tape, trade id | ignored, counted as duplicate |
 * | quote | instrument, recv_us, sequence | ignored |
 * | book snapshot | instrument, recv_us, sequence | ignored |
 * | book delta | instrument, first sequence, sequence | ignored |
 * | derivative tick | instrument, ts_us, recv_us | what the row does not have yet joins it |
 * | liquidation | instrument, ts_us, side, price, size | ignored |
 * | candle | instrument, timeframe, open time | updated by the rule of `candle-merge.ts` |
 * | gap | instrument, kind, from_id, from_us | updated: repaired, how, to_id |
 * | coverage | instrument, from_id | intervals inside the new one are absorbed |
 *
 * Invariant: a batch that holds a candle also holds, or follows, every trade the candle was made
 * of. A candle record never replaces a row with more trades (only `rebuildCandles`, which reads the
 * trades themselves, is the authority), so a restart cannot overwrite a candle with half of itself.
 * Content counts as changed when open, high, low, close, trade count or state differ, or a sum by >
 * 1e-12.
 *
 * A bucket's state, when it is made from stored rows: `partial` when an open trade gap overlaps it
 * or no coverage interval spans it; else `repaired` when a repaired gap overlaps it; else
 * `complete`.
 */

import type { Interval } from '../base/interval-set.ts';
import type { RecordBytes } from '../base/record-bytes.ts';
import type { Instrument, InstrumentKey, InstrumentMeta } from '../model/instrument.ts';
import type { Timeframe } from '../model/timeframe.ts';
import type { Migration, MigrationTarget } from './migrate.ts';

/**
 * Records back to back: each an 8-byte header (length i32, type i32) and a body padded to 8 bytes.
 */
export interface RecordBatch {
  readonly bytes: RecordBytes;
  /** Bytes in use. */
  readonly length: number;
  readonly count: number;
}

/** Rows by what became of them. */
export interface WriteResult {
  trades: number;
  tradeDuplicates: number;
  quotes: number;
  bookSnapshots: number;
  bookDeltas: number;
  /** Candle rows inserted or changed. */
  candles: number;
  derivatives: number;
  liquidations: number;
  /** Ledger rows inserted or changed. */
  gaps: number;
  /** Records set aside into the ledger as `quarantine`. */
  quarantined: number;
}

export interface StoreOptions {
  readonly timeframes: readonly Timeframe[];
  /** Store book deltas as rows (off by default: they are many). */
  readonly bookDeltas: boolean;
}

export interface SessionRow {
  readonly sessionId: string;
  readonly startedUs: number;
  readonly command: string;
  readonly version: string;
  readonly host: string;
  /** Config without secrets, as JSON. */
  readonly config: string;
}

/** What a store proves it holds of one instrument's trades, for the session to go on from. */
export interface ResumeState {
  /** Ids present, as proven by coverage and checked against the rows beyond it. */
  readonly intervals: readonly Interval[];
  /** Venue time of the newest stored trade, NaN when there is none. */
  readonly lastTradeUs: number;
  readonly lastTradeId: number;
  /** Start of the proven time coverage that `lastTradeUs` ends, NaN when there is none. */
  readonly coveredFromUs: number;
  /** Newest ids where ids are not numbers, oldest first. */
  readonly recentTextIds: readonly string[];
  /**
   * Trade gaps the ledger still has as open, and the holes between `intervals` that it does not
   * know (a crash came before its row; cause `crash`, times of the neighbouring trades).
   */
  readonly openGaps: readonly OpenGap[];
  /** Tape of the stored trades; undefined when there are none. */
  readonly tape: 'trade' | 'aggTrade' | undefined;
}

export interface OpenGap {
  readonly fromId: number;
  readonly toId: number;
  readonly fromUs: number;
  readonly toUs: number;
  readonly cause: string;
}

/** An open bucket made again from stored trades. Sums are exact to compensated summation. */
export interface CandleSeed {
  readonly instrument: number;
  /** Index in `StoreOptions.timeframes`. */
  readonly timeframe: number;
  readonly openUs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly quoteVolume: number;
  readonly buyVolume: number;
  readonly tradeCount: number;
  readonly firstTradeId: number;
  readonly lastTradeId: number;
}

/** What retention deletes, by the names of the views. */
export type RetainedTable =
  | 'trades'
  | 'quotes'
  | 'orderbook_snapshots'
  | 'orderbook_deltas'
  | 'candles'
  | 'derivatives'
  | 'liquidations'
  | 'data_quality';

export interface PruneTarget {
  readonly table: RetainedTable;
  /** Candles of one timeframe only. */
  readonly timeframe?: string;
}

/** `look`: nothing is made or written, not even a file; a store that is not there looks empty. */
export type MigrationAccess = 'look' | 'change';

/** A connection for the `migrate` command. */
export interface MigrationSession {
  readonly target: MigrationTarget;
  readonly migrations: readonly Migration[];
  /** As `StoreWriter.createKlinesView`; a recorder may be at work meanwhile. */
  createKlinesView(key: InstrumentKey, timeframe: string): Promise<string>;
  close(): Promise<void>;
}

/** The writing side. One per store, used by one thread. */
export interface StoreWriter {
  /** Applies pending migrations. May be called again, after a failure or not. */
  open(): Promise<void>;
  /** Adds or refreshes instruments; may be called again with more. */
  registerInstruments(instruments: readonly Instrument[]): Promise<void>;
  updateInstrumentMeta(list: readonly InstrumentMeta[]): Promise<void>;
  startSession(session: SessionRow): Promise<void>;
  endSession(sessionId: string, endedUs: number, summary: string): Promise<void>;
  /** One transaction. Rejects with an EngineError whose `retry` says what to do. */
  write(batch: RecordBatch): Promise<WriteResult>;
  /** Upkeep that is no part of a commit; called after each batch, mostly there is nothing to do. */
  tidy?(): Promise<void>;
  resume(instrument: Instrument): Promise<ResumeState>;
  /**
   * Makes closed candles that overlap fromUs..toUs again from stored trades, for every timeframe,
   * and returns the seed of the bucket of each timeframe that `nowUs` lies in.
   */
  rebuildCandles(
    instrument: Instrument,
    fromUs: number,
    toUs: number,
    nowUs: number,
  ): Promise<readonly CandleSeed[]>;
  /** Makes, or makes anew, the `<venue>_<symbol>_klines` view of a market; returns its name. */
  createKlinesView(key: InstrumentKey, timeframe: string): Promise<string>;
  /**
   * Deletes at most `rowsMax` of the oldest rows that are older than `beforeUs` (ts_us; recv_us of
   * quotes and books; open time of candles; detection of ledger rows, of which open gaps stay) and
   * remembers the horizon in `retention`. Returns how many; 0 when none is left. One short
   * transaction. Coverage of trades ends where rows do.
   */
  prune(target: PruneTarget, beforeUs: number, rowsMax: number): Promise<number>;
  close(): Promise<void>;
}

export interface TradeRow {
  readonly venue: string;
  readonly symbol: string;
  readonly market_type: string;
  readonly trade_id: number | string;
  readonly ts: string;
  readonly ts_us: number;
  readonly recv_us: number;
  readonly price: number;
  readonly size: number;
  readonly side: 'buy' | 'sell';
  readonly is_buyer_maker: boolean;
}

/** Best bid and offer; a side is null where the venue had none. */
export interface QuoteRow {
  readonly venue: string;
  readonly symbol: string;
  readonly market_type: string;
  readonly ts: string;
  readonly ts_us: number;
  readonly recv_us: number;
  readonly bid_price: number | null;
  readonly bid_size: number | null;
  readonly ask_price: number | null;
  readonly ask_size: number | null;
}

/** The top of a book; `bids` and `asks` are compact JSON `[[price,size],…]`, best first. */
export interface BookRow {
  readonly venue: string;
  readonly symbol: string;
  readonly market_type: string;
  readonly ts: string;
  readonly ts_us: number;
  readonly recv_us: number;
  readonly sequence: number | null;
  readonly bids: string;
  readonly asks: string;
}

/** What a message of the venue said; null is what it did not. */
export interface DerivativeRow {
  readonly venue: string;
  readonly symbol: string;
  readonly market_type: string;
  readonly ts: string;
  readonly ts_us: number;
  readonly recv_us: number;
  readonly mark_price: number | null;
  readonly index_price: number | null;
  readonly funding_rate: number | null;
  readonly next_funding_us: number | null;
  readonly open_interest: number | null;
}

/** `side` is that of the liquidation order. */
export interface LiquidationRow {
  readonly venue: string;
  readonly symbol: string;
  readonly market_type: string;
  readonly ts: string;
  readonly ts_us: number;
  readonly recv_us: number;
  readonly price: number;
  readonly size: number;
  readonly side: 'buy' | 'sell';
}

export interface CandleRow {
  readonly venue: string;
  readonly symbol: string;
  readonly market_type: string;
  readonly timeframe: string;
  readonly ts: string;
  readonly ts_us: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly quote_volume: number;
  readonly trade_count: number;
  readonly buy_volume: number;
  readonly vwap: number | null;
  readonly state: 'complete' | 'partial' | 'repaired';
  readonly revision: number;
}

export interface GapRow {
  readonly venue: string;
  readonly symbol: string;
  readonly market_type: string;
  readonly kind: string;
  readonly from_id: number | null;
  readonly to_id: number | null;
  readonly from_us: number;
  readonly to_us: number | null;
  readonly cause: string;
  readonly detected_us: number;
  readonly repaired: 0 | 1;
  readonly repaired_us: number | null;
  readonly how: string | null;
}

export interface CoverageRow {
  readonly venue: string;
  readonly symbol: string;
  readonly market_type: string;
  readonly from_id: number | null;
  readonly to_id: number | null;
  readonly from_us: number;
  readonly to_us: number;
}

export interface SessionInfo extends SessionRow {
  readonly endedUs: number | null;
  readonly summary: string | null;
}

export interface RowQuery extends Partial<InstrumentKey> {
  /** µs, inclusive. */
  readonly startUs?: number;
  /** µs, exclusive. */
  readonly endUs?: number;
  readonly limit: number;
  readonly order: 'asc' | 'desc';
}

export interface CandleQuery extends Omit<RowQuery, keyof InstrumentKey>, InstrumentKey {
  /** `5m`; need not be a stored one: any multiple is made from a finer stored one. */
  readonly timeframe: string;
}

export interface GapQuery extends RowQuery {
  readonly kind?: string;
  readonly repaired?: boolean;
}

export interface InstrumentRow extends InstrumentMeta {
  readonly feed: string;
  readonly tape: string | null;
}

/** Counts for `inspect`. */
export interface TableFacts {
  readonly table: string;
  readonly rows: number;
  readonly firstUs: number | null;
  readonly lastUs: number | null;
}

/** The reading side: read-only, any number of them. */
export interface StoreReader {
  trades(query: RowQuery): Promise<TradeRow[]>;
  /** By receive time, which quotes and books are kept by: venues may send none of their own. */
  quotes(query: RowQuery): Promise<QuoteRow[]>;
  books(query: RowQuery): Promise<BookRow[]>;
  derivatives(query: RowQuery): Promise<DerivativeRow[]>;
  liquidations(query: RowQuery): Promise<LiquidationRow[]>;
  candles(query: CandleQuery): Promise<CandleRow[]>;
  gaps(query: GapQuery): Promise<GapRow[]>;
  coverage(query: RowQuery): Promise<CoverageRow[]>;
  sessions(limit: number): Promise<SessionInfo[]>;
  instruments(): Promise<InstrumentRow[]>;
  tables(): Promise<TableFacts[]>;
  close(): Promise<void>;
}

export interface StoreModule {
  /** URL scheme: `sqlite`. */
  readonly scheme: string;
  /**
   * Which store `url` means, the same however it is reached: without user, password and parameters.
   * Throws `UsageError` for a URL it does not understand.
   */
  identity(url: string): string;
  createWriter(url: string, options: StoreOptions): StoreWriter;
  openReader(url: string): Promise<StoreReader>;
  openMigrations(url: string, access: MigrationAccess): Promise<MigrationSession>;
  /**
   * Writes a consistent copy to the new file `path` while recording goes on. Absent: the server has
   * tools of its own for that.
   */
  backup?(url: string, path: string): Promise<void>;
}
