/** What making candles again asks of a store: the rows of one instrument. */
import type { CandleState } from '../model/record-layout.ts';
import type { Timeframe } from '../model/timeframe.ts';
import type { CandleSums } from './candle-fold.ts';
import type { TimeRange } from './time-range.ts';

/** ts_us, price, size, flags, trade id, recv_us. */
export type TradeTuple = readonly [number, number, number, number, number | string, number];

export interface RebuiltCandle {
  readonly sums: CandleSums;
  readonly state: CandleState;
}

type Answer<T> = T | Promise<T>;

/** One instrument's rows. Ranges are fromUs ≤ t < toUs; all lists ascend by time. */
export interface CandleAccess {
  /** Trades behind `after` (or from `fromUs`), by (ts_us, trade_id); see `TRADE_PAGE_COUNT`. */
  tradePage(fromUs: number, toUs: number, after?: TradeTuple): Answer<readonly TradeTuple[]>;
  hasTrades(fromUs: number, toUs: number): Answer<boolean>;
  /** Times of the first and last trade or candle, undefined when there is none. */
  span(fromUs: number, toUs: number): Answer<readonly [number, number] | undefined>;
  closedCandles(timeframe: Timeframe, fromUs: number, toUs: number): Answer<readonly CandleSums[]>;
  /** Trade gaps that are open, with the times of their neighbours; NaN where nobody knows. */
  openGaps(): Answer<readonly TimeRange[]>;
  /** What the ledger and coverage say of each bucket. */
  states(buckets: readonly TimeRange[]): Answer<readonly CandleState[]>;
  /**
   * Trades, or candles of the timeframe, before this time may have been deleted by retention; 0:
   * never.
   */
  prunedBeforeUs(timeframe?: Timeframe): Answer<number>;
  /** Writes closed candles past the guard of `mergeCandle`; returns how many rows changed. */
  save(timeframe: Timeframe, candles: readonly RebuiltCandle[]): Answer<number>;
}
