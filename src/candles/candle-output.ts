/** What the builder says and what it is started with. */
import type { CandleState } from '../model/record-layout.ts';

export interface CandleOutput {
  /**
   * One candle; its row of `rows` starts at `at` (see `Row`) and is valid during the call. A closed
   * one must be taken. An open one may be refused (false): it is offered again later.
   */
  candle(
    instrument: number,
    timeframe: number,
    rows: Float64Array,
    at: number,
    kind: CandleKind,
    state: CandleState,
  ): boolean;
}

/** `amended`: the bucket was emitted as closed before. */
export const CandleKind = { open: 0, closed: 1, amended: 2 } as const;
export type CandleKind = (typeof CandleKind)[keyof typeof CandleKind];

/** An open bucket as the store holds it; the shape of the store contract's CandleSeed. */
export interface SeedValues {
  readonly instrument: number;
  /** Index in the configured timeframes. */
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
  /** NaN where ids are texts. */
  readonly firstTradeId: number;
  readonly lastTradeId: number;
}

/**
 * A copy of one candle, for those who want objects. Volumes in base units, quoteVolume in quote.
 */
export interface CandleValues {
  readonly openUs: number;
  readonly endUs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly quoteVolume: number;
  readonly buyVolume: number;
  readonly tradeCount: number;
}
