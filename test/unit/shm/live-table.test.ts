import { afterEach, describe, expect, test } from 'bun:test';
import type { LiveRow } from '../../../src/engine/engine-view.ts';
import {
  createLiveTable,
  LIVE_COLUMNS,
  LIVE_ROW_LENGTH,
  type LiveColumn,
  LiveSlot,
  LiveTable,
  LiveTableWriter,
} from '../../../src/shm/live-table.ts';

const RealAtomics = Atomics;

function read(table: LiveTable, row: number): Record<LiveColumn, number> {
  const out = new Float64Array(LIVE_COLUMNS.length);
  expect(table.read(row, out)).toBe(true);
  return Object.fromEntries(LIVE_COLUMNS.map((name, i) => [name, out[i]])) as Record<
    LiveColumn,
    number
  >;
}

describe('live table', () => {
  afterEach(() => {
    globalThis.Atomics = RealAtomics;
  });

  test('has the columns of a live row and rows of whole cache lines', () => {
    type Columns = Exclude<keyof LiveRow, 'instrument'>;
    // A column in one list only does not compile.
    const asRow: Record<Columns, number> = LiveSlot;
    const asTable: Record<LiveColumn, number> = asRow;
    expect(Object.keys(asTable)).toEqual([...LIVE_COLUMNS]);
    expect(LIVE_ROW_LENGTH % 64).toBe(0);
    expect(createLiveTable(3).byteLength).toBe(3 * LIVE_ROW_LENGTH);
  });

  test('an untouched row is NaN with sums of 0', () => {
    const row = read(new LiveTable(createLiveTable(2)), 1);
    for (const name of LIVE_COLUMNS) {
      const isSum = name === 'tradeCount' || name === 'volume';
      expect(row[name]).toBe(isSum ? 0 : Number.NaN);
    }
  });

  test('keeps trades and quotes of each instrument in its row', () => {
    const buffer = createLiveTable(3);
    const writer = new LiveTableWriter(buffer);
    const table = new LiveTable(buffer);
    writer.setTrade(1, 1_700_000_000_000_001, 100.5, 0.25);
    writer.setTrade(1, 1_700_000_000_000_002, 101.5, 0.5);
    writer.setQuote(1, 1_700_000_000_000_003, 101, 2, 102, 3);
    expect(read(table, 1)).toEqual({
      lastTradeUs: 1_700_000_000_000_002,
      lastPrice: 101.5,
      lastSize: 0.5,
      bidPrice: 101,
      bidSize: 2,
      askPrice: 102,
      askSize: 3,
      quoteUs: 1_700_000_000_000_003,
      tradeCount: 2,
      volume: 0.75,
    });
    expect(read(table, 0).tradeCount).toBe(0);
    expect(read(table, 2).lastPrice).toBeNaN();
  });

  test('a refilled older trade counts but does not become the last', () => {
    const buffer = createLiveTable(1);
    const writer = new LiveTableWriter(buffer);
    writer.setTrade(0, 2_000, 10, 1);
    writer.setTrade(0, 1_000, 9, 2);
    const row = read(new LiveTable(buffer), 0);
    expect([row.lastTradeUs, row.lastPrice, row.tradeCount, row.volume]).toEqual([2_000, 10, 2, 3]);
  });

  test('gives up after bounded attempts on an open row and leaves the output alone', () => {
    const buffer = createLiveTable(1);
    new LiveTableWriter(buffer).setTrade(0, 1_000, 10, 1);
    new Int32Array(buffer)[0] = 3;
    const out = new Float64Array(LIVE_COLUMNS.length).fill(7);
    expect(new LiveTable(buffer).read(0, out)).toBe(false);
    expect([...out]).toEqual(Array(LIVE_COLUMNS.length).fill(7));
  });

  test('a new writer empties a row its predecessor died in and keeps the others', () => {
    const buffer = createLiveTable(2);
    const first = new LiveTableWriter(buffer);
    first.setTrade(0, 1_000, 10, 1);
    first.setTrade(1, 1_000, 20, 1);
    const words = new Int32Array(buffer);
    words[0] = (words[0] as number) + 1;
    new LiveTableWriter(buffer);
    const table = new LiveTable(buffer);
    expect(read(table, 0).lastPrice).toBeNaN();
    expect(read(table, 0).tradeCount).toBe(0);
    expect(read(table, 1).lastPrice).toBe(20);
  });

  test('a row past the end reads as false and is not written', () => {
    const buffer = createLiveTable(1);
    const out = new Float64Array(LIVE_COLUMNS.length);
    expect(new LiveTable(buffer).read(1, out)).toBe(false);
    expect(new LiveTable(buffer).read(-1, out)).toBe(false);
    expect(() => new LiveTableWriter(buffer).setTrade(1, 0, 0, 0)).toThrow('has a row');
  });

  test('the sequence wraps at 2^32 without a torn or lost row', () => {
    const buffer = createLiveTable(1);
    const words = new Int32Array(buffer);
    for (const start of [0x7fff_fffe, -2]) {
      words[0] = start;
      const writer = new LiveTableWriter(buffer);
      for (let i = 1; i <= 4; i += 1) {
        writer.setQuote(0, i, i, i, i, i);
        expect(read(new LiveTable(buffer), 0).bidPrice).toBe(i);
      }
    }
  });

  test('a write in the middle of a read is never half seen, wherever it falls', () => {
    let cuts = 0;
    for (let at = 0; ; at += 1) {
      const buffer = createLiveTable(1);
      const writer = new LiveTableWriter(buffer);
      writer.setQuote(0, 1, 1, 1, 1, 1);
      let count = 0;
      let isCut = false;
      globalThis.Atomics = Object.create(RealAtomics, {
        load: {
          value: (words: Int32Array, slot: number) => {
            if (count === at && !isCut) {
              isCut = true;
              globalThis.Atomics = RealAtomics;
              writer.setQuote(0, 2, 2, 2, 2, 2);
            }
            count += 1;
            return RealAtomics.load(words, slot);
          },
        },
      }) as typeof Atomics;
      const row = read(new LiveTable(buffer), 0);
      globalThis.Atomics = RealAtomics;
      if (!isCut) break;
      cuts += 1;
      expect([row.bidPrice, row.bidSize, row.askPrice, row.askSize]).toEqual(
        Array(4).fill(row.quoteUs),
      );
    }
    expect(cuts).toBe(2 + 2 * LIVE_COLUMNS.length);
  });
});
