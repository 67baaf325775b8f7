/**
 * What shared logic (resume, rebuilding and reading of candles) asks of a store's rows. A store
 * answers at once or later; each question is a range of one of its keys.
 */
import type { Interval } from '../base/interval-set.ts';
import type { RebuiltCandle, TradeTuple } from './candle-access.ts';
import type { CoveredSpan, GapSpan } from './candle-evidence.ts';
import type { CandleSums } from './candle-fold.ts';
import type { RetainedTable } from './contract.ts';
import type { LedgerGap } from './resume-state.ts';

export type Answer<T> = T | Promise<T>;

/** Numeric ids sort before all texts; this is above every number a record can hold. */
export const ID_LIMIT = Number.MAX_SAFE_INTEGER;

/** Trades of a page; one with fewer is the last. */
export const TRADE_PAGE_COUNT = 20_000;

export interface TradePoint {
  readonly id: number;
  readonly tsUs: number;
}

export interface NamedTrade {
  readonly id: number | string;
  readonly tsUs: number;
}

/** Trades of one instrument and tape. */
export interface TradeRows {
  /** Runs of consecutive ids among the rows with fromId ≤ id ≤ toId, ascending. */
  islands(instrument: number, tape: number, fromId: number, toId: number): Answer<Interval[]>;
  /** The stored trade with the greatest numeric id ≤ `id`. */
  before(instrument: number, tape: number, id: number): Answer<TradePoint | undefined>;
  /** The stored trade with the least numeric id ≥ `id`. */
  after(instrument: number, tape: number, id: number): Answer<TradePoint | undefined>;
  /** Id that `count` numeric ids come after; undefined when there are fewer. */
  idOfNewest(instrument: number, tape: number, count: number): Answer<number | undefined>;
  /** By venue time, newest first. */
  newestByTime(instrument: number, tape: number, count: number): Answer<readonly NamedTrade[]>;
  hasTape(instrument: number, tape: number): Answer<boolean>;
  hasTrades(instrument: number, tape: number, fromUs: number, toUs: number): Answer<boolean>;
  /** At most TRADE_PAGE_COUNT behind `after` (or from `fromUs`), by (ts_us, trade_id). */
  page(
    instrument: number,
    tape: number,
    fromUs: number,
    toUs: number,
    after: TradeTuple | undefined,
  ): Answer<readonly TradeTuple[]>;
  /** First and last time of any trade of the instrument with fromUs ≤ time < toUs. */
  timeSpan(
    instrument: number,
    fromUs: number,
    toUs: number,
  ): Answer<readonly [number, number] | undefined>;
}

export interface CoverageInterval extends CoveredSpan {
  readonly id: number;
  /** Null in rows that cover by time alone. */
  readonly fromId: number;
  readonly toId: number;
}

export interface CoverageRows {
  /** Ascending by id, then time; ids are null where time alone is covered. */
  spans(instrument: number, tape: number): Answer<readonly CoverageInterval[]>;
}

export interface LedgerRows {
  openTradeGaps(instrument: number): Answer<readonly LedgerGap[]>;
  /** Trade gaps that touch fromUs..toUs. */
  tradeGapSpans(instrument: number, fromUs: number, toUs: number): Answer<readonly GapSpan[]>;
}

/** Stored candles of one instrument. Ranges are fromUs ≤ open time < toUs. */
export interface CandleRows {
  closed(
    instrument: number,
    timeframe: string,
    fromUs: number,
    toUs: number,
  ): Answer<readonly CandleSums[]>;
  /** Names of the stored timeframes. */
  timeframes(instrument: number): Answer<readonly string[]>;
  /** First and last open time of a timeframe. */
  openSpan(
    instrument: number,
    timeframe: string,
    fromUs: number,
    toUs: number,
  ): Answer<readonly [number, number] | undefined>;
  /** Writes past the guard of `mergeCandle`; returns how many rows changed. */
  putRebuilt(
    instrument: number,
    timeframe: string,
    candles: readonly RebuiltCandle[],
  ): Answer<number>;
}

/** Rows of the table, of one timeframe of it or of all (''), before `us` may have been deleted. */
export interface RetentionHorizon {
  readonly table: RetainedTable;
  readonly timeframe: string;
  readonly us: number;
}

export interface RetentionRows {
  horizons(): Answer<readonly RetentionHorizon[]>;
}

export interface StoredRows {
  readonly retention: RetentionRows;
  readonly trades: TradeRows;
  readonly coverage: CoverageRows;
  readonly ledger: LedgerRows;
  readonly candles: CandleRows;
}
