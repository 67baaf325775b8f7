/**
 * What a store must hold after a run: contenders are sent different numbers of the same rows, so
 * each store is held against what was sent into it, and a row that is missing ends the run.
 */
import { BOOK_SNAPSHOT_LENGTH, Candle, Quote, Trade } from '../../src/model/record-layout.ts';
import { BatchCursor } from '../../src/store/batch-cursor.ts';
import type { RecordBatch } from '../../src/store/contract.ts';
import { levelsJson } from './bare-insert.ts';
import type { RowKind } from './store-batches.ts';

export interface RowSum {
  readonly rows: number;
  readonly sum: number;
}

/** What is added up of a row, in SQL. */
export const SUM_COLUMN: Readonly<Record<RowKind, string>> = {
  trade: 'price * size',
  quote: 'bid_price',
  book_snapshot: 'length(bids)',
  candle: 'close',
};
/** Of a sum, which each store adds up in another order. */
const ROUNDING = 1e-9;

/** Throws unless the store holds what was sent; the checksum that all contenders then share. */
export function checkStored(
  kind: RowKind,
  batches: readonly RecordBatch[],
  stored: RowSum,
): Record<string, string> {
  const sent = sumOf(kind, batches);
  if (stored.rows !== sent.rows) {
    throw new Error(`${stored.rows} rows of ${kind} are stored, ${sent.rows} were sent`);
  }
  if (!(Math.abs(stored.sum - sent.sum) <= Math.abs(sent.sum) * ROUNDING)) {
    throw new Error(`stored rows of ${kind} sum up to ${stored.sum}, those sent to ${sent.sum}`);
  }
  return { [`rows stored and their ${SUM_COLUMN[kind]}, share of what was sent`]: '1, 1' };
}

export function sumOf(kind: RowKind, batches: readonly RecordBatch[]): RowSum {
  let rows = 0;
  let sum = 0;
  for (const batch of batches) {
    const cursor = new BatchCursor(batch);
    for (; cursor.next(); rows += 1) sum += summedOf(kind, batch, cursor.at);
  }
  return { rows, sum };
}

function summedOf(kind: RowKind, { bytes }: RecordBatch, at: number): number {
  const number = (offset: number) => bytes.f64[(at + offset) >> 3] as number;
  if (kind === 'trade') return number(Trade.price) * number(Trade.size);
  if (kind === 'quote') return number(Quote.bidPrice);
  if (kind === 'candle') return number(Candle.close);
  return levelsJson(bytes, at + BOOK_SNAPSHOT_LENGTH).length;
}
