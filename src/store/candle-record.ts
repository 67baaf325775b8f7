/** A candle record, or one made again from stored trades, as what a candle row holds. */
import type { RecordBytes } from '../base/record-bytes.ts';
import { Candle, type CandleState, Common, Flag } from '../model/record-layout.ts';
import type { RebuiltCandle } from './candle-access.ts';
import type { CandleSums } from './candle-fold.ts';
import type { CandleContent } from './candle-merge.ts';

export type CandleInput = CandleSums & CandleContent;

/** The candle record at `at`. */
export function readCandle(bytes: RecordBytes, at: number): CandleInput {
  const { f64, u16 } = bytes;
  const flags = u16[(at + Common.flags) >> 1] as number;
  return {
    openUs: f64[(at + Common.tsUs) >> 3] as number,
    open: f64[(at + Candle.open) >> 3] as number,
    high: f64[(at + Candle.high) >> 3] as number,
    low: f64[(at + Candle.low) >> 3] as number,
    close: f64[(at + Candle.close) >> 3] as number,
    volume: f64[(at + Candle.volume) >> 3] as number,
    quoteVolume: f64[(at + Candle.quoteVolume) >> 3] as number,
    buyVolume: f64[(at + Candle.buyVolume) >> 3] as number,
    tradeCount: f64[(at + Candle.tradeCount) >> 3] as number,
    firstTradeId: f64[(at + Candle.firstTradeId) >> 3] as number,
    lastTradeId: f64[(at + Candle.lastTradeId) >> 3] as number,
    recvUs: f64[(at + Common.recvUs) >> 3] as number,
    state: u16[(at + Common.aux) >> 1] as CandleState,
    isClosed: (flags & Flag.candleClosed) !== 0,
    isRebuilt: false,
  };
}

export function rebuiltInput({ sums, state }: RebuiltCandle): CandleInput {
  return { ...sums, state, isClosed: true, isRebuilt: true };
}
