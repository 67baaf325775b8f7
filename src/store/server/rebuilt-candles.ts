/** `CandleRows.putRebuilt` of a server store, on top of reading and writing whole candle rows. */

import type { RebuiltCandle } from '../candle-access.ts';
import { rebuiltInput } from '../candle-record.ts';
import { candleKeys, mergeCandles } from './candle-batch.ts';
import type { BatchRows } from './server-session.ts';

export async function putRebuiltCandles(
  rows: Pick<BatchRows, 'findCandles' | 'putCandles'>,
  instrument: number,
  timeframe: string,
  candles: readonly RebuiltCandle[],
): Promise<number> {
  const list = candles.map((candle) => ({ instrument, timeframe, input: rebuiltInput(candle) }));
  const merged = mergeCandles(await rows.findCandles(candleKeys(list)), list);
  await rows.putCandles(merged.rows);
  return merged.changed;
}
