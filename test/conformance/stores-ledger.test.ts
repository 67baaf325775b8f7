/** The gap ledger, coverage, and what a session learns from both when it starts again. */
import { expect, test } from 'bun:test';
import type { StatusFields } from '../../src/model/record-codec.ts';
import { Channel, StatusKind } from '../../src/model/record-layout.ts';
import { BatchBuilder, MINUTE_US, NEW_YEAR_US, SECOND_US } from '../support/batch-builder.ts';
import { BTC, describeStores, ETH, type StoreBench } from '../support/store-suite.ts';

const WHOLE = { limit: 1_000, order: 'asc' } as const;
type Status = Omit<StatusFields, 'instrument' | 'recvUs'> & Partial<StatusFields>;

async function tell({ writer }: StoreBench, ...list: Status[]): Promise<number> {
  const builder = new BatchBuilder();
  for (const status of list) builder.status(status);
  return (await writer.write(builder.build())).gaps;
}

function coverage(fromId: number, toId: number): Status {
  const [fromUs, toUs] = [NEW_YEAR_US + fromId * SECOND_US, NEW_YEAR_US + toId * SECOND_US];
  return { kind: StatusKind.coverage, channel: Channel.trades, fromId, toId, fromUs, toUs };
}

async function writeIds({ writer }: StoreBench, ...ids: (number | string)[]): Promise<void> {
  const builder = new BatchBuilder();
  for (const [i, id] of ids.entries()) {
    const second = typeof id === 'number' ? id : i;
    builder.trade({ id, tsUs: NEW_YEAR_US + second * SECOND_US });
  }
  await writer.write(builder.build());
}

function ids(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

describeStores('ledger', (suite) => {
  test(
    'opens a gap, learns its end and closes it, one row all the while',
    suite.with(async (bench) => {
      const gap = { channel: Channel.trades, fromId: 5, fromUs: NEW_YEAR_US } as const;
      expect(await tell(bench, { ...gap, kind: StatusKind.gap, toId: 6, cause: 'sequence' })).toBe(
        1,
      );
      expect(await tell(bench, { ...gap, kind: StatusKind.gap, toId: 9, cause: 'crash' })).toBe(1);
      expect(await tell(bench, { ...gap, kind: StatusKind.gap, toId: 6 })).toBe(0);
      const open = await bench.reader();
      const before = await open.gaps(WHOLE);
      expect(before).toMatchObject([
        { kind: 'trade_gap', from_id: 5, to_id: 9, cause: 'sequence', repaired: 0, how: null },
      ]);
      const repair = { ...gap, kind: StatusKind.repaired, toId: 9, toUs: NEW_YEAR_US + 7 };
      expect(await tell(bench, { ...repair, how: 'rest', recvUs: NEW_YEAR_US + 50 })).toBe(1);
      expect(await tell(bench, { ...repair, how: 'rest' })).toBe(0);
      // An old statement written again does not reopen it.
      expect(await tell(bench, { ...gap, kind: StatusKind.gap, toId: 20 })).toBe(0);
      const repairedUs = NEW_YEAR_US + 50;
      expect(await open.gaps({ ...WHOLE, repaired: true })).toMatchObject([
        { to_id: 9, to_us: NEW_YEAR_US + 7, repaired: 1, repaired_us: repairedUs, how: 'rest' },
      ]);
      expect(await open.gaps({ ...WHOLE, repaired: false })).toEqual([]);
      expect(await open.gaps({ ...WHOLE, kind: 'book_gap' })).toEqual([]);
    }),
  );

  test(
    'keeps the kinds of different channels apart',
    suite.with(async (bench) => {
      const fromUs = NEW_YEAR_US;
      const at = { fromId: 5, fromUs } as const;
      await tell(
        bench,
        { ...at, kind: StatusKind.gap, channel: Channel.trades },
        { ...at, kind: StatusKind.gap, channel: Channel.book },
        { fromUs, kind: StatusKind.stale, channel: Channel.quotes, cause: 'no data' },
        { fromUs, kind: StatusKind.stale, channel: Channel.book, cause: 'no data' },
        { fromUs, kind: StatusKind.refused, channel: Channel.book, cause: 'no such stream' },
        { fromUs, kind: StatusKind.dropped, channel: Channel.book, missing: 12 },
        { fromUs, kind: StatusKind.quarantine, channel: Channel.book, cause: 'odd', how: '{}' },
        { fromUs, kind: StatusKind.live, channel: Channel.book },
        { fromUs, kind: StatusKind.down, channel: Channel.book },
        { fromUs, kind: StatusKind.resync, channel: Channel.book },
      );
      const stale = { kind: StatusKind.repaired, channel: Channel.book, how: 'stale: data again' };
      expect(await tell(bench, { ...stale, channel: Channel.book, fromUs: fromUs + 9 })).toBe(1);
      const book = { ...at, kind: StatusKind.repaired, channel: Channel.book, how: 'snapshot' };
      expect(await tell(bench, { ...book, channel: Channel.book })).toBe(1);
      const rows = await (await bench.reader()).gaps(WHOLE);
      expect(rows.map((row) => `${row.kind} ${row.repaired}`).sort()).toEqual([
        'book_gap 1',
        'dropped 0',
        'quarantine 0',
        'refused 0',
        'stale 0',
        'stale 1',
        'trade_gap 0',
      ]);
    }),
  );

  test(
    'takes in a repair of a gap that it never heard of',
    suite.with(async (bench) => {
      const repair = { kind: StatusKind.repaired, channel: Channel.trades, how: 'rest' } as const;
      expect(await tell(bench, { ...repair, fromId: 1, toId: 2, fromUs: NEW_YEAR_US })).toBe(1);
      const rows = await (await bench.reader()).gaps(WHOLE);
      expect(rows).toMatchObject([{ kind: 'trade_gap', from_id: 1, repaired: 1, how: 'rest' }]);
    }),
  );

  test(
    'merges coverage that overlaps, touches or lies inside, and nothing else',
    suite.with(async (bench) => {
      const open = await bench.reader();
      const held = async () => (await open.coverage(WHOLE)).map((row) => [row.from_id, row.to_id]);
      await tell(bench, coverage(10, 20), coverage(30, 40), coverage(50, 60));
      expect(await held()).toEqual([
        [10, 20],
        [30, 40],
        [50, 60],
      ]);
      await tell(bench, coverage(21, 25), coverage(32, 33), coverage(58, 70));
      expect(await held()).toEqual([
        [10, 25],
        [30, 40],
        [50, 70],
      ]);
      await tell(bench, coverage(26, 60));
      expect(await held()).toEqual([[10, 70]]);
      const [row] = await open.coverage(WHOLE);
      expect(row?.from_us).toBe(NEW_YEAR_US + 10 * SECOND_US);
      expect(row?.to_us).toBe(NEW_YEAR_US + 70 * SECOND_US);
      await tell(bench, { ...coverage(1, 1), instrument: 1 });
      expect((await open.coverage({ ...WHOLE, symbol: 'ETH/USDT' })).length).toBe(1);
    }),
  );

  test(
    'merges coverage by time where there are no ids',
    suite.with(async (bench) => {
      const span = (from: number, to: number): Status => {
        const [fromUs, toUs] = [NEW_YEAR_US + from, NEW_YEAR_US + to];
        return { kind: StatusKind.coverage, channel: Channel.trades, fromUs, toUs };
      };
      await tell(bench, span(0, 10), span(20, 30), span(5, 12), span(12, 15));
      const rows = await (await bench.reader()).coverage(WHOLE);
      const times = rows.map((row) => [row.from_us - NEW_YEAR_US, row.to_us - NEW_YEAR_US]);
      expect(times).toEqual([
        [0, 15],
        [20, 30],
      ]);
      expect(rows[0]?.from_id).toBeNull();
    }),
  );
});

describeStores('resume', (suite) => {
  test(
    'knows nothing of an instrument without rows',
    suite.with(async ({ writer }) => {
      expect(await writer.resume(ETH)).toEqual({
        intervals: [],
        lastTradeUs: Number.NaN,
        lastTradeId: Number.NaN,
        coveredFromUs: Number.NaN,
        recentTextIds: [],
        openGaps: [],
        tape: undefined,
      });
    }),
  );

  test(
    'goes on from coverage and the trades committed after it',
    suite.with(async (bench) => {
      await writeIds(bench, ...ids(10, 30));
      await tell(bench, coverage(10, 25));
      const state = await bench.writer.resume(BTC);
      expect(state).toMatchObject({ intervals: [{ from: 10, to: 30 }], lastTradeId: 30 });
      expect(state.lastTradeUs).toBe(NEW_YEAR_US + 30 * SECOND_US);
      expect(state.coveredFromUs).toBe(NEW_YEAR_US + 10 * SECOND_US);
      expect(state.openGaps).toEqual([]);
      expect(state.tape).toBe('trade');
    }),
  );

  test(
    'finds the holes a crash left beyond, between and below coverage',
    suite.with(async (bench) => {
      // Id 12 is covered though no row has it: the venue said it is no market trade.
      await writeIds(bench, 10, 11, 13, 14, 15, 40, 41, 42, 45, 46, 48, 20);
      await tell(bench, coverage(10, 15), coverage(40, 42));
      const state = await bench.writer.resume(BTC);
      expect(state.intervals).toEqual([
        { from: 10, to: 15 },
        { from: 20, to: 20 },
        { from: 40, to: 42 },
        { from: 45, to: 46 },
        { from: 48, to: 48 },
      ]);
      const holes = state.openGaps.map((gap) => [gap.fromId, gap.toId, gap.cause]);
      expect(holes).toEqual([
        [16, 19, 'crash'],
        [21, 39, 'crash'],
        [43, 44, 'crash'],
        [47, 47, 'crash'],
      ]);
      const [first] = state.openGaps;
      expect(first?.fromUs).toBe(NEW_YEAR_US + 15 * SECOND_US);
      expect(first?.toUs).toBe(NEW_YEAR_US + 20 * SECOND_US);
      expect(state.coveredFromUs).toBe(NEW_YEAR_US + 48 * SECOND_US);
    }),
  );

  test(
    'reports open gaps of the ledger as they stand, not again as crash holes',
    suite.with(async (bench) => {
      await writeIds(bench, 1, 2, 5, 9, 10);
      const gap = { kind: StatusKind.gap, channel: Channel.trades, cause: 'sequence' } as const;
      const fromUs = NEW_YEAR_US + 2 * SECOND_US;
      await tell(bench, coverage(1, 2), coverage(9, 10), { ...gap, fromId: 3, toId: 8, fromUs });
      const state = await bench.writer.resume(BTC);
      expect(state.intervals.map(({ from, to }) => [from, to])).toEqual([
        [1, 2],
        [5, 5],
        [9, 10],
      ]);
      expect(state.openGaps).toEqual([
        { fromId: 3, toId: 8, fromUs, toUs: Number.NaN, cause: 'sequence' },
      ]);
    }),
  );

  test(
    'closes a gap whose trades all came before the crash took its repair',
    suite.with(async (bench) => {
      const gap = { kind: StatusKind.gap, channel: Channel.trades, fromId: 3, toId: 4 } as const;
      const [fromUs, toUs] = [NEW_YEAR_US + 2 * SECOND_US, NEW_YEAR_US + 5 * SECOND_US];
      await writeIds(bench, 1, 2, 5, 6, 100);
      await tell(bench, coverage(1, 2), coverage(5, 6), { ...gap, fromUs, toUs });
      await writeIds(bench, 3, 4);
      const state = await bench.writer.resume(BTC);
      expect(state.intervals[0]).toEqual({ from: 1, to: 6 });
      expect(state.openGaps.map((open) => open.cause)).toEqual(['crash']);
      const open = await bench.reader();
      expect(await open.gaps(WHOLE)).toMatchObject([{ from_id: 3, repaired: 1 }]);
      const candles = await open.candles({ ...BTC, timeframe: '1m', ...WHOLE });
      expect(candles[0]).toMatchObject({ trade_count: 6 });
      expect(candles[0]?.ts_us).toBe(NEW_YEAR_US);
      expect(candles.length).toBe(1);
      expect(state.lastTradeUs).toBeGreaterThan(NEW_YEAR_US + MINUTE_US);
    }),
  );

  test(
    'hands over the newest text ids, oldest first, and no intervals',
    suite.with(async (bench) => {
      await writeIds(bench, 'c', 'a', 'b');
      const state = await bench.writer.resume(BTC);
      expect(state.recentTextIds).toEqual(['c', 'a', 'b']);
      expect(state.intervals).toEqual([]);
      expect(state.lastTradeUs).toBe(NEW_YEAR_US + 2 * SECOND_US);
      expect(state.lastTradeId).toBeNaN();
    }),
  );

  test(
    'takes ids that only rise for text ids, not for thousands of holes',
    suite.with(async (bench) => {
      await writeIds(bench, ...ids(1, 3_000).map((id) => id * 7));
      const state = await bench.writer.resume(BTC);
      expect(state.intervals).toEqual([]);
      expect(state.openGaps).toEqual([]);
      expect(state.recentTextIds.length).toBe(3_000);
      expect(state.recentTextIds.at(-1)).toBe('21000');
      expect(state.lastTradeId).toBe(21_000);
    }),
  );

  test(
    'keeps the tapes apart when the configured one changes',
    suite.with(async (bench) => {
      await writeIds(bench, 1, 2, 3);
      const other = { ...BTC, tape: 'aggTrade' } as const;
      await bench.writer.registerInstruments([other]);
      const state = await bench.writer.resume(other);
      expect(state).toMatchObject({ tape: 'trade', intervals: [], lastTradeUs: Number.NaN });
    }),
  );
});
