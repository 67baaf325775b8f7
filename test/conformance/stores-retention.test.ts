/** Old rows go, in small steps; what is left stays true: coverage, candles, open gaps. */
import { expect, test } from 'bun:test';
import { Channel, StatusKind } from '../../src/model/record-layout.ts';
import type { RetainedTable, StoreReader, StoreWriter } from '../../src/store/contract.ts';
import { BatchBuilder, MINUTE_US, NEW_YEAR_US, SECOND_US } from '../support/batch-builder.ts';
import { BTC, describeStores, ETH, timeframes } from '../support/store-suite.ts';

const WHOLE = { limit: 1_000, order: 'asc' } as const;
const ROWS = 40;
const LEVELS = [[1, 2]] as const;
const at = (i: number) => NEW_YEAR_US + i * SECOND_US;

/** Row i of every table, i seconds after the new year. */
function fill(): BatchBuilder {
  const batch = new BatchBuilder();
  for (let i = 0; i < ROWS; i += 1) {
    batch
      .trade({ id: 100 + i, tsUs: at(i) })
      .trade({ instrument: 1, id: 500 + i, tsUs: at(i) })
      .quote([1, 2, 3, 4], at(i), i)
      .bookSnapshot(LEVELS, LEVELS, at(i), i)
      .bookDelta(LEVELS, LEVELS, i, i, at(i))
      .derivative([1, 2, 3, 4, 5], at(i))
      .liquidation(1, 2, true, at(i))
      .candle({ openUs: NEW_YEAR_US + i * MINUTE_US, isClosed: true });
  }
  return batch;
}

async function pruneAll(
  writer: StoreWriter,
  table: RetainedTable,
  beforeUs: number,
  timeframe?: string,
): Promise<number[]> {
  const target = timeframe === undefined ? { table } : { table, timeframe };
  const steps: number[] = [];
  for (;;) {
    const count = await writer.prune(target, beforeUs, 7);
    if (count === 0) return steps;
    steps.push(count);
    expect(steps.length).toBeLessThan(100);
  }
}

type Rows = readonly { readonly ts_us: number }[];
const READ: readonly [RetainedTable, (reader: StoreReader) => Promise<Rows>][] = [
  ['quotes', (reader) => reader.quotes(WHOLE)],
  ['orderbook_snapshots', (reader) => reader.books(WHOLE)],
  ['derivatives', (reader) => reader.derivatives(WHOLE)],
  ['liquidations', (reader) => reader.liquidations(WHOLE)],
];

describeStores('retention', (suite) => {
  for (const [table, read] of READ) {
    test(
      `deletes ${table} older than the horizon, a few at once, and no other`,
      suite.with(async ({ writer, reader }) => {
        await writer.write(fill().build());
        const steps = await pruneAll(writer, table, at(25));
        expect(Math.max(...steps)).toBeLessThanOrEqual(7);
        expect(steps.reduce((sum, count) => sum + count, 0)).toBe(25);
        const left = await read(await reader());
        expect([left.length, left[0]?.ts_us]).toEqual([ROWS - 25, at(25)]);
        for (const [other, readOther] of READ) {
          if (other !== table) expect(await readOther(await reader())).toHaveLength(ROWS);
        }
      }),
    );
  }

  test(
    'deletes trades of every instrument, and coverage begins where they do',
    suite.with(async ({ writer, reader }) => {
      const batch = fill();
      const proof = { kind: StatusKind.coverage, channel: Channel.trades } as const;
      batch.status({ ...proof, fromId: 100, toId: 139, fromUs: at(0), toUs: at(39) });
      batch.status({ ...proof, instrument: 1, fromId: 500, toId: 509, fromUs: at(0), toUs: at(9) });
      await writer.write(batch.build());
      const steps = await pruneAll(writer, 'trades', at(25));
      expect(steps.reduce((sum, count) => sum + count, 0)).toBe(50);
      const open = await reader();
      const left = await open.trades(WHOLE);
      expect(left.map(({ ts_us: us }) => us).every((us) => us >= at(25))).toBe(true);
      expect(left).toHaveLength(2 * (ROWS - 25));
      // The interval that ended before the horizon is gone.
      expect(await open.coverage(WHOLE)).toMatchObject([
        { symbol: BTC.symbol, from_id: 125, to_id: 139, from_us: at(25), to_us: at(39) },
      ]);
      const resumed = await writer.resume(BTC);
      expect(resumed).toMatchObject({ lastTradeId: 139, openGaps: [] });
      expect(resumed.intervals).toEqual([{ from: 125, to: 139 }]);
      expect((await writer.resume(ETH)).openGaps).toEqual([]);
    }),
  );

  test(
    'deletes book deltas',
    suite.with(async ({ writer, query }) => {
      await writer.write(fill().build());
      const steps = await pruneAll(writer, 'orderbook_deltas', at(25));
      expect(steps.reduce((sum, count) => sum + count, 0)).toBe(25);
      const [row] = await query('SELECT count(*) AS n, min(recv_us) AS first FROM book_delta');
      expect([Number(row?.n), Number(row?.first)]).toEqual([ROWS - 25, at(25)]);
    }),
  );

  test(
    'deletes candles of one timeframe only',
    suite.with(
      async ({ writer, reader }) => {
        const batch = fill();
        batch.candle({ timeframe: 1, openUs: NEW_YEAR_US });
        await writer.write(batch.build());
        const beforeUs = NEW_YEAR_US + 10 * MINUTE_US;
        await pruneAll(writer, 'candles', beforeUs, '1m');
        const open = await reader();
        const candles = (timeframe: string) => open.candles({ ...WHOLE, ...BTC, timeframe });
        expect((await candles('1m')).map(({ ts_us: us }) => us)[0]).toBe(beforeUs);
        expect(await candles('1m')).toHaveLength(ROWS - 10);
        expect(await candles('1h')).toHaveLength(1);
      },
      { timeframes: timeframes('1m', '1h') },
    ),
  );

  test(
    'never deletes an open gap of trades',
    suite.with(async ({ writer, reader }) => {
      const gap = { channel: Channel.trades, fromUs: at(0), toUs: at(1) } as const;
      const batch = new BatchBuilder()
        .status({ ...gap, kind: StatusKind.gap, fromId: 5, toId: 9 })
        .status({ ...gap, kind: StatusKind.gap, fromId: 20, toId: 29 })
        .status({ ...gap, kind: StatusKind.repaired, fromId: 20, toId: 29 })
        .status({ kind: StatusKind.stale, channel: Channel.book, fromUs: at(0) });
      await writer.write(batch.build());
      expect(await pruneAll(writer, 'data_quality', at(1))).toEqual([2]);
      const left = await (await reader()).gaps(WHOLE);
      expect(left).toMatchObject([{ kind: 'trade_gap', from_id: 5, repaired: 0 }]);
    }),
  );

  test(
    'leaves candles as they are whose trades are gone',
    suite.with(async ({ writer, reader }) => {
      const batch = new BatchBuilder();
      for (let i = 0; i < 180; i += 1) batch.trade({ id: i + 1, tsUs: at(i), size: 1 });
      await writer.write(batch.build());
      const endUs = at(3_600);
      await writer.rebuildCandles(BTC, at(0), at(180), endUs);
      const candles = async () => (await reader()).candles({ ...WHOLE, ...BTC, timeframe: '1m' });
      const before = await candles();
      expect(before.map(({ trade_count: count }) => count)).toEqual([60, 60, 60]);
      await pruneAll(writer, 'trades', at(90));
      // A refill asks for the whole range again: the first two minutes have lost trades.
      await writer.rebuildCandles(BTC, at(0), at(180), endUs);
      expect(await candles()).toEqual(before);
    }),
  );

  test(
    'remembers the horizon, and finds nothing more to do',
    suite.with(async ({ writer, query }) => {
      await writer.write(fill().build());
      expect(await writer.prune({ table: 'quotes' }, at(0), 100)).toBe(0);
      expect(await query('SELECT * FROM retention')).toEqual([]);
      await pruneAll(writer, 'quotes', at(5));
      await pruneAll(writer, 'quotes', at(3));
      const [row] = await query('SELECT table_name, pruned_before_us AS us FROM retention');
      expect([row?.table_name, Number(row?.us)]).toEqual(['quotes', at(5)]);
    }),
  );
});
