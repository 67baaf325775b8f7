/**
 * One bucket's sums as a row of float64 slots in a shared array: no object a candle, no allocation
 * a trade. The builder's buckets and its runs of trades use the same row, so a run merges into a
 * bucket.
 *
 * Open and close go by (venue time, trade id), not by arrival. Ids that are not numbers are NaN:
 * among trades of one µs the first to arrive then opens and the last closes.
 */
import { addCompensated } from '../base/compensated-sum.ts';

/** Slots of a row. Sums take two: high and low part. Times in µs, prices in quote units. */
export const Row = {
  openUs: 0,
  endUs: 1,
  open: 2,
  high: 3,
  low: 4,
  close: 5,
  volume: 6,
  quoteVolume: 8,
  buyVolume: 10,
  tradeCount: 12,
  /** NaN in a row made from a seed: only ids are known of the trades before it. */
  firstUs: 13,
  firstId: 14,
  lastUs: 15,
  lastId: 16,
  /** Latest receipt of a trade in it. */
  recvUs: 17,
} as const;
export const ROW_SLOTS = 18;

/** An empty row for the bucket openUs..endUs. `close` is NaN until there is one. */
export function clearRow(rows: Float64Array, at: number, openUs: number, endUs: number): void {
  rows[at + Row.openUs] = openUs;
  rows[at + Row.endUs] = endUs;
  clearTrades(rows, at);
}

/** Empties the row and keeps its bucket. */
export function clearTrades(rows: Float64Array, at: number): void {
  rows[at + Row.open] = Number.NaN;
  rows[at + Row.high] = Number.NEGATIVE_INFINITY;
  rows[at + Row.low] = Number.POSITIVE_INFINITY;
  rows[at + Row.close] = Number.NaN;
  rows.fill(0, at + Row.volume, at + Row.tradeCount + 1);
  rows[at + Row.firstUs] = Number.POSITIVE_INFINITY;
  rows[at + Row.firstId] = Number.NaN;
  rows[at + Row.lastUs] = Number.NEGATIVE_INFINITY;
  rows[at + Row.lastId] = Number.NaN;
  rows[at + Row.recvUs] = Number.NEGATIVE_INFINITY;
}

/** A row without trades at `price`: what a quiet bucket shows. */
export function setQuiet(rows: Float64Array, at: number, price: number, recvUs: number): void {
  clearTrades(rows, at);
  rows.fill(price, at + Row.open, at + Row.close + 1);
  rows[at + Row.recvUs] = recvUs;
}

/** Adds a trade to a row that is empty or has trades (not to a quiet one). */
export function addTrade(
  rows: Float64Array,
  at: number,
  tsUs: number,
  recvUs: number,
  price: number,
  size: number,
  tradeId: number,
  isSell: boolean,
): void {
  if (price > (rows[at + Row.high] as number)) rows[at + Row.high] = price;
  if (price < (rows[at + Row.low] as number)) rows[at + Row.low] = price;
  addCompensated(rows, at + Row.volume, size);
  addCompensated(rows, at + Row.quoteVolume, price * size);
  if (!isSell) addCompensated(rows, at + Row.buyVolume, size);
  rows[at + Row.tradeCount] = (rows[at + Row.tradeCount] as number) + 1;
  if (closesRow(rows, at, tsUs, tradeId)) {
    rows[at + Row.close] = price;
    rows[at + Row.lastUs] = tsUs;
    rows[at + Row.lastId] = tradeId;
  }
  if (opensRow(rows, at, tsUs, tradeId)) {
    rows[at + Row.open] = price;
    rows[at + Row.firstUs] = tsUs;
    rows[at + Row.firstId] = tradeId;
  }
  if (recvUs > (rows[at + Row.recvUs] as number)) rows[at + Row.recvUs] = recvUs;
}

/** Adds all trades of the row `from` of `source`, which must have some. */
export function mergeRow(rows: Float64Array, at: number, source: Float64Array, from: number): void {
  const high = source[from + Row.high] as number;
  const low = source[from + Row.low] as number;
  if (high > (rows[at + Row.high] as number)) rows[at + Row.high] = high;
  if (low < (rows[at + Row.low] as number)) rows[at + Row.low] = low;
  for (let sum: number = Row.volume; sum <= Row.buyVolume; sum += 2) {
    addCompensated(rows, at + sum, source[from + sum] as number);
    rows[at + sum + 1] = (rows[at + sum + 1] as number) + (source[from + sum + 1] as number);
  }
  const count = source[from + Row.tradeCount] as number;
  rows[at + Row.tradeCount] = (rows[at + Row.tradeCount] as number) + count;
  const lastUs = source[from + Row.lastUs] as number;
  const lastId = source[from + Row.lastId] as number;
  if (closesRow(rows, at, lastUs, lastId)) {
    rows[at + Row.close] = source[from + Row.close] as number;
    rows[at + Row.lastUs] = lastUs;
    rows[at + Row.lastId] = lastId;
  }
  const firstUs = source[from + Row.firstUs] as number;
  const firstId = source[from + Row.firstId] as number;
  if (opensRow(rows, at, firstUs, firstId)) {
    rows[at + Row.open] = source[from + Row.open] as number;
    rows[at + Row.firstUs] = firstUs;
    rows[at + Row.firstId] = firstId;
  }
  const recvUs = source[from + Row.recvUs] as number;
  if (recvUs > (rows[at + Row.recvUs] as number)) rows[at + Row.recvUs] = recvUs;
}

/** Whether a trade is the newest of the row. Written so that a NaN id counts as newer. */
function closesRow(rows: Float64Array, at: number, tsUs: number, id: number): boolean {
  const lastUs = rows[at + Row.lastUs] as number;
  if (tsUs > lastUs) return true;
  if (tsUs < lastUs) return false;
  return !(id < (rows[at + Row.lastId] as number));
}

function opensRow(rows: Float64Array, at: number, tsUs: number, id: number): boolean {
  const firstUs = rows[at + Row.firstUs] as number;
  if (tsUs < firstUs) return true;
  if (tsUs > firstUs) return false;
  return id < (rows[at + Row.firstId] as number);
}
