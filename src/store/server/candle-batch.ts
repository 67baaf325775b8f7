/** Candles of a batch merged in memory with the stored rows of their buckets. */

import { mergeCandle } from '../candle-merge.ts';
import type { CandleInput } from '../candle-record.ts';
import type { CandleOf } from './batch-sorter.ts';

export interface CandleKey {
  readonly instrument: number;
  readonly timeframe: string;
  readonly openUs: number;
}

/** A row of `candle`, whole. Absent trade ids are NaN. */
export interface StoredCandle extends CandleKey, CandleInput {
  readonly revision: number;
}

export function candleKeyText({ instrument, timeframe, openUs }: CandleKey): string {
  return `${instrument} ${timeframe} ${openUs}`;
}

/** Keys of the buckets that `candles` are of, each once. */
export function candleKeys(candles: readonly CandleOf[]): CandleKey[] {
  const keys = new Map<string, CandleKey>();
  for (const { instrument, timeframe, input } of candles) {
    const key = { instrument, timeframe, openUs: input.openUs };
    keys.set(candleKeyText(key), key);
  }
  return [...keys.values()];
}

/** Rows to write, and how many of `candles` changed something. */
export function mergeCandles(
  stored: readonly StoredCandle[],
  candles: readonly CandleOf[],
): { readonly rows: readonly StoredCandle[]; readonly changed: number } {
  const rows = new Map(stored.map((row) => [candleKeyText(row), row]));
  const changedRows = new Map<string, StoredCandle>();
  let changed = 0;
  for (const { instrument, timeframe, input } of candles) {
    const key = candleKeyText({ instrument, timeframe, openUs: input.openUs });
    const row = rows.get(key);
    const verdict = row === undefined ? { revision: 0 } : mergeCandle(row, input);
    if (verdict === undefined) continue;
    const next = { instrument, timeframe, ...input, ...verdict };
    rows.set(key, next);
    changedRows.set(key, next);
    changed += 1;
  }
  return { rows: [...changedRows.values()], changed };
}
