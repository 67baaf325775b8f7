/**
 * Latest values of every instrument: written by the aggregator, read by HTTP, terminal and
 * dashboard without a message. One seqlocked row an instrument; the row number is the instrument's
 * index.
 *
 * ```text
 *  row at 128 × instrument
 *  +0 sequence u32 │ +4 unused │ +8 column 0 f64 │ +16 column 1 │ … │ +80 column 9 │ unused to 128
 * ```
 * | word | writer | reader | ordering |
 * |---|---|---|---|
 * | sequence | writer | readers | Atomics; odd while the row is being written; wraps at 2^32 |
 * | columns | writer | readers | Atomics, as two Int32 halves, between two moves of the sequence |
 *
 * Every access is an Atomics one, so all have one total order that keeps each thread's own: a
 * reader that sees the same even sequence before and after its loads saw no half of a write between
 * them. Plain column accesses would be cheaper and would need fences that JavaScript does not have:
 * nothing else stops a plain load from moving below the second load of the sequence (Boehm, MSPC
 * 2012).
 *
 * A reader is fooled only if exactly 2^31 writes of one row fall inside one read.
 */
import { assert } from '../base/assert.ts';

/** Columns in the order in which `LiveTable.read` gives them. NaN: none yet. */
export const LIVE_COLUMNS = [
  'lastTradeUs',
  'lastPrice',
  'lastSize',
  'bidPrice',
  'bidSize',
  'askPrice',
  'askSize',
  'quoteUs',
  'tradeCount',
  'volume',
] as const;
export type LiveColumn = (typeof LIVE_COLUMNS)[number];

/** Index of each column: `out[LiveSlot.lastPrice]`. */
export const LiveSlot = Object.fromEntries(LIVE_COLUMNS.map((name, i) => [name, i])) as Record<
  LiveColumn,
  number
>;

export const LIVE_ROW_LENGTH = 128;
const COLUMN_OFFSET = 8;
const ROW_SLOTS = LIVE_ROW_LENGTH / 4;
const READ_ATTEMPTS_MAX = 64;

assert(
  COLUMN_OFFSET + LIVE_COLUMNS.length * 8 <= LIVE_ROW_LENGTH,
  'Invariant: the columns fit their row',
);

/** A table for `rowCount` instruments, all columns NaN but the sums, which are 0. */
export function createLiveTable(rowCount: number): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(liveTableLength(rowCount));
  const words = new Int32Array(buffer);
  const row = new LiveRowWords();
  for (let i = 0; i < rowCount; i += 1) row.storeEmpty(words, i * ROW_SLOTS);
  return buffer;
}

export function liveTableLength(rowCount: number): number {
  assert(Number.isInteger(rowCount) && rowCount >= 0, 'Invariant: a table has 0 or more rows');
  return rowCount * LIVE_ROW_LENGTH;
}

/** The reading side. Any number, on any thread. */
export class LiveTable {
  readonly rowCount: number;
  readonly #words: Int32Array;
  readonly #row = new LiveRowWords();

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.rowCount = this.#words.length / ROW_SLOTS;
  }

  /**
   * Copies one instant of `row` into `out` (LIVE_COLUMNS.length values). False, with `out`
   * untouched, when the writer was in the row each of 64 times (or died in it): show the previous
   * values.
   */
  read(row: number, out: Float64Array): boolean {
    if (row < 0 || row >= this.rowCount) return false;
    const start = row * ROW_SLOTS;
    for (let attempt = 0; attempt < READ_ATTEMPTS_MAX; attempt += 1) {
      const before = Atomics.load(this.#words, start);
      if ((before & 1) !== 0) {
        Atomics.pause();
        continue;
      }
      this.#row.load(this.#words, start);
      if (Atomics.load(this.#words, start) === before) {
        out.set(this.#row.values);
        return true;
      }
    }
    return false;
  }
}

/**
 * The writing side; one at a time. A new writer on an old table goes on with its values; a row its
 * predecessor died in starts empty.
 */
export class LiveTableWriter {
  readonly rowCount: number;
  readonly #words: Int32Array;
  readonly #row = new LiveRowWords();

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.rowCount = this.#words.length / ROW_SLOTS;
    for (let start = 0; start < this.#words.length; start += ROW_SLOTS) {
      if ((Atomics.load(this.#words, start) & 1) === 0) continue;
      this.#row.storeEmpty(this.#words, start);
      this.#endRow(start);
    }
  }

  /**
   * Counts the trade; its time, price and size become the last unless a later trade was there (a
   * refilled gap). Times in µs, price in quote units, size in base units.
   */
  setTrade(instrument: number, tradeUs: number, price: number, size: number): void {
    const row = this.#row;
    const start = this.#beginRow(instrument);
    const count = row.loadColumn(this.#words, start, LiveSlot.tradeCount) + 1;
    const volume = row.loadColumn(this.#words, start, LiveSlot.volume) + size;
    row.storeColumn(this.#words, start, LiveSlot.tradeCount, count);
    row.storeColumn(this.#words, start, LiveSlot.volume, volume);
    const lastUs = row.loadColumn(this.#words, start, LiveSlot.lastTradeUs);
    // Written so that NaN, no trade yet, takes the trade.
    if (!(tradeUs < lastUs)) {
      row.storeColumn(this.#words, start, LiveSlot.lastTradeUs, tradeUs);
      row.storeColumn(this.#words, start, LiveSlot.lastPrice, price);
      row.storeColumn(this.#words, start, LiveSlot.lastSize, size);
    }
    this.#endRow(start);
  }

  /** The latest quote, in order of arrival. */
  setQuote(
    instrument: number,
    quoteUs: number,
    bidPrice: number,
    bidSize: number,
    askPrice: number,
    askSize: number,
  ): void {
    const row = this.#row;
    const start = this.#beginRow(instrument);
    row.storeColumn(this.#words, start, LiveSlot.bidPrice, bidPrice);
    row.storeColumn(this.#words, start, LiveSlot.bidSize, bidSize);
    row.storeColumn(this.#words, start, LiveSlot.askPrice, askPrice);
    row.storeColumn(this.#words, start, LiveSlot.askSize, askSize);
    row.storeColumn(this.#words, start, LiveSlot.quoteUs, quoteUs);
    this.#endRow(start);
  }

  /** Makes the sequence odd. No other row may be open. */
  #beginRow(instrument: number): number {
    assert(instrument >= 0 && instrument < this.rowCount, 'Invariant: the instrument has a row');
    const start = instrument * ROW_SLOTS;
    Atomics.store(this.#words, start, (Atomics.load(this.#words, start) + 1) | 0);
    return start;
  }

  #endRow(start: number): void {
    Atomics.store(this.#words, start, (Atomics.load(this.#words, start) + 1) | 0);
  }
}

/** One row outside the table; float64 columns as the Int32 halves that Atomics can carry. */
class LiveRowWords {
  readonly values = new Float64Array(LIVE_COLUMNS.length);
  readonly #halves = new Int32Array(this.values.buffer);
  readonly #cell = new Float64Array(1);
  readonly #cellHalves = new Int32Array(this.#cell.buffer);

  load(words: Int32Array, start: number): void {
    const halves = this.#halves;
    const first = start + COLUMN_OFFSET / 4;
    for (let i = 0; i < halves.length; i += 1) halves[i] = Atomics.load(words, first + i);
  }

  loadColumn(words: Int32Array, start: number, column: number): number {
    const slot = start + COLUMN_OFFSET / 4 + 2 * column;
    this.#cellHalves[0] = Atomics.load(words, slot);
    this.#cellHalves[1] = Atomics.load(words, slot + 1);
    return this.#cell[0] as number;
  }

  storeColumn(words: Int32Array, start: number, column: number, value: number): void {
    this.#cell[0] = value;
    const slot = start + COLUMN_OFFSET / 4 + 2 * column;
    Atomics.store(words, slot, this.#cellHalves[0] as number);
    Atomics.store(words, slot + 1, this.#cellHalves[1] as number);
  }

  storeEmpty(words: Int32Array, start: number): void {
    for (let column = 0; column < LIVE_COLUMNS.length; column += 1) {
      const isSum = column === LiveSlot.tradeCount || column === LiveSlot.volume;
      this.storeColumn(words, start, column, isSum ? 0 : Number.NaN);
    }
  }
}
