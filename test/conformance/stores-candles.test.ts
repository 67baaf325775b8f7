/**
 * Candles in a store: whose word counts, what a revision is, and what stored trades make of them.
 */
import { expect, test } from 'bun:test';
import { Prng } from '../../src/base/prng.ts';
import { CandleState, StatusKind } from '../../src/model/record-layout.ts';
import { bucketEndUs, bucketOpenUs, parseTimeframe } from '../../src/model/timeframe.ts';
import type { CandleRow } from '../../src/store/contract.ts';
import {
  BatchBuilder,
  type CandleFields,
  HOUR_US,
  MINUTE_US,
  NEW_YEAR_US,
  SECOND_US,
} from '../support/batch-builder.ts';
import { BTC, describeStores, type StoreBench, timeframes } from '../support/store-suite.ts';

const DAY_US = 24 * HOUR_US;
const { partial, repaired } = CandleState;

describeStores('candles', (suite) => {
  const ladder: readonly {
    readonly name: string;
    readonly steps: readonly CandleFields[];
    readonly row: Partial<CandleRow>;
  }[] = [
    {
      name: 'let an open candle grow freely at revision 0',
      steps: [
        { tradeCount: 1, isClosed: false },
        { tradeCount: 2, close: 101, isClosed: false },
        { tradeCount: 3, close: 102 },
      ],
      row: { trade_count: 3, close: 102, revision: 0, state: 'complete' },
    },
    {
      name: 'read a candle whose bucket is open as partial',
      steps: [{ tradeCount: 1, isClosed: false }],
      row: { trade_count: 1, state: 'partial', revision: 0 },
    },
    {
      name: 'raise the revision when a closed candle changes',
      steps: [{ tradeCount: 3 }, { tradeCount: 4, close: 107 }, { tradeCount: 4, state: repaired }],
      row: { trade_count: 4, revision: 2, state: 'repaired', close: 105 },
    },
    {
      name: 'keep the revision when nothing but rounding differs',
      steps: [{ volume: 10 }, { volume: 10 * (1 + 1e-13) }, {}],
      row: { volume: 10, revision: 0 },
    },
    {
      name: 'never replace a candle by one of fewer trades',
      steps: [{ tradeCount: 10 }, { tradeCount: 9, close: 1 }, { tradeCount: 2, isClosed: false }],
      row: { trade_count: 10, close: 105, revision: 0 },
    },
    {
      name: 'keep a closed candle closed',
      steps: [{ tradeCount: 3 }, { tradeCount: 4, isClosed: false }],
      row: { trade_count: 4, state: 'complete', revision: 1 },
    },
    {
      name: 'not go back to an older version with as many trades',
      steps: [{ state: partial }, { state: repaired }, { state: partial }],
      row: { state: 'repaired', revision: 1 },
    },
  ];
  for (const { name, steps, row } of ladder) {
    test(
      name,
      suite.with(async ({ writer, reader }) => {
        for (const step of steps) await writer.write(new BatchBuilder().candle(step).build());
        const query = { ...BTC, timeframe: '1m', limit: 5, order: 'asc' } as const;
        const rows = await (await reader()).candles(query);
        expect(rows.length).toBe(1);
        expect(rows[0]).toMatchObject(row);
      }),
    );
  }

  test(
    'equal an independent sum over the trades after a rebuild',
    suite.with(
      async (bench) => {
        const count = 4_000;
        const endUs = await writeTrades(bench, count, 40 * SECOND_US);
        const nowUs = endUs + 40 * DAY_US;
        await bench.writer.rebuildCandles(BTC, NEW_YEAR_US, endUs, nowUs);
        for (const name of ['1m', '37m', '1h', '4h', '1d', '1w']) {
          await expectEqualToTrades(bench, name, nowUs);
        }
        const before = await bench.dump();
        await bench.writer.rebuildCandles(BTC, NEW_YEAR_US, endUs, nowUs);
        expect(await bench.dump()).toBe(before);
      },
      { timeframes: timeframes('1d', '1m', '1w', '4h', '37m', '1h') },
    ),
  );

  test(
    'make only buckets that are over, and the seed of each that is not',
    suite.with(
      async (bench) => {
        const endUs = await writeTrades(bench, 1_000, 10 * SECOND_US);
        const seeds = await bench.writer.rebuildCandles(BTC, NEW_YEAR_US, endUs, endUs);
        expect(seeds.map((seed) => seed.timeframe)).toEqual([0, 1, 2]);
        for (const seed of seeds) {
          const timeframe = parseTimeframe(['1m', '1h', '1d'][seed.timeframe] ?? '');
          if (timeframe === undefined) throw new Error('unknown timeframe');
          expect(seed.openUs).toBe(bucketOpenUs(timeframe, endUs));
          const [sums] = await bench.query(
            `SELECT count(*) AS n, sum(size) AS v, sum(price * size) AS q, min(price) AS low,
               max(price) AS high FROM trades WHERE ts_us >= ${seed.openUs}`,
          );
          expect(seed.tradeCount).toBe(Number(sums?.n));
          expect([seed.low, seed.high]).toEqual([Number(sums?.low), Number(sums?.high)]);
          expectClose(seed.volume, Number(sums?.v));
          expectClose(seed.quoteVolume, Number(sums?.q));
          const rows = await bench.query(
            `SELECT 1 FROM candles
              WHERE timeframe = '${timeframe.name}' AND ts_us >= ${seed.openUs}`,
          );
          expect(rows.length).toBe(0);
        }
      },
      { timeframes: timeframes('1m', '1h', '1d') },
    ),
  );

  test(
    'do not lose trades whose finer candle was never stored',
    suite.with(
      async (bench) => {
        const endUs = await writeTrades(bench, 2_000, 20 * SECOND_US);
        const nowUs = endUs + 2 * DAY_US;
        // Only the last minute is asked for, and no minute of that day is stored yet.
        await bench.writer.rebuildCandles(BTC, endUs, endUs, nowUs);
        await expectEqualToTrades(bench, '1d', nowUs, 1);
      },
      { timeframes: timeframes('1m', '1h', '1d') },
    ),
  );

  test(
    'are made again in the batch that repairs a trade gap',
    suite.with(async ({ writer, reader }) => {
      const gap = {
        channel: 0,
        fromId: 2,
        toId: 2,
        fromUs: NEW_YEAR_US + SECOND_US,
        toUs: NEW_YEAR_US + 3 * SECOND_US,
      } as const;
      const coverage = { kind: StatusKind.coverage, channel: 0, fromUs: NEW_YEAR_US } as const;
      const toUs = NEW_YEAR_US + MINUTE_US;
      await writer.write(
        new BatchBuilder()
          .trade({ id: 1, tsUs: NEW_YEAR_US + SECOND_US, price: 10 })
          .trade({ id: 3, tsUs: NEW_YEAR_US + 3 * SECOND_US, price: 12 })
          .status({ ...gap, kind: StatusKind.gap, cause: 'sequence' })
          .candle({ open: 10, high: 12, low: 10, close: 12, tradeCount: 2, state: partial })
          .build(),
      );
      await writer.write(
        new BatchBuilder()
          .trade({ id: 2, tsUs: NEW_YEAR_US + 2 * SECOND_US, price: 99 })
          .status({ ...coverage, fromId: 1, toId: 3, toUs })
          .status({ ...gap, kind: StatusKind.repaired, how: 'rest' })
          .status({ kind: StatusKind.tick, channel: 0, recvUs: toUs })
          .build(),
      );
      const query = { ...BTC, timeframe: '1m', limit: 5, order: 'asc' } as const;
      const rows = await (await reader()).candles(query);
      expect(rows).toMatchObject([{ high: 99, trade_count: 3, state: 'repaired', revision: 1 }]);
    }),
  );

  test(
    'wait for the last gap of their bucket, and a start does not wait',
    suite.with(async ({ writer, reader }) => {
      const at = (seconds: number) => NEW_YEAR_US + seconds * SECOND_US;
      const gap = (id: number, seconds: number) => {
        const times = { fromUs: at(seconds - 1), toUs: at(seconds + 1) };
        return { channel: 0, fromId: id, toId: id, ...times } as const;
      };
      const coverage = { kind: StatusKind.coverage, channel: 0, fromUs: NEW_YEAR_US } as const;
      const tick = { kind: StatusKind.tick, channel: 0, recvUs: at(71) } as const;
      const minute = async () => {
        const query = { ...BTC, timeframe: '1m', limit: 1, order: 'asc' } as const;
        const [row] = await (await reader()).candles(query);
        return row;
      };
      await writer.write(
        new BatchBuilder()
          .trade({ id: 1, tsUs: at(1), price: 10 })
          .trade({ id: 3, tsUs: at(20), price: 12 })
          .trade({ id: 5, tsUs: at(40), price: 11 })
          .trade({ id: 6, tsUs: at(70), price: 11 })
          .status({ ...gap(2, 10), kind: StatusKind.gap, cause: 'sequence' })
          .status({ ...gap(4, 30), kind: StatusKind.gap, cause: 'sequence' })
          .candle({ open: 10, high: 12, low: 10, close: 11, tradeCount: 3, state: partial })
          .status(tick)
          .build(),
      );
      await writer.write(
        new BatchBuilder()
          .trade({ id: 2, tsUs: at(10), price: 99 })
          .status({ ...coverage, fromId: 1, toId: 3, toUs: at(20) })
          .status({ ...gap(2, 10), kind: StatusKind.repaired, how: 'rest' })
          .status(tick)
          .build(),
      );
      expect(await minute()).toMatchObject({ trade_count: 3, state: 'partial', revision: 0 });
      const { openGaps } = await writer.resume(BTC);
      expect(openGaps).toMatchObject([{ fromId: 4, toId: 4 }]);
      expect(await minute()).toMatchObject({ trade_count: 4, high: 99, state: 'partial' });
      await writer.write(
        new BatchBuilder()
          .trade({ id: 4, tsUs: at(30), price: 5 })
          .status({ ...coverage, fromId: 1, toId: 6, toUs: at(70) })
          .status({ ...gap(4, 30), kind: StatusKind.repaired, how: 'rest' })
          .status(tick)
          .build(),
      );
      const whole = { trade_count: 5, high: 99, low: 5, state: 'repaired', revision: 2 };
      expect(await minute()).toMatchObject(whole);
    }),
  );

  test(
    'are partial over an open gap or without coverage, complete when whole',
    suite.with(async ({ writer, reader }) => {
      const builder = new BatchBuilder();
      for (let i = 0; i < 4; i += 1) {
        builder.trade({ id: i + 1, tsUs: NEW_YEAR_US + i * MINUTE_US + SECOND_US });
      }
      // Covered: minutes 0 to 2. Gap still open in minute 1. Minute 3 is not proven.
      const toUs = NEW_YEAR_US + 3 * MINUTE_US;
      const times = { channel: 0, fromUs: NEW_YEAR_US } as const;
      builder.status({ ...times, kind: StatusKind.coverage, fromId: 1, toId: 3, toUs });
      const gapUs = NEW_YEAR_US + MINUTE_US + 2 * SECOND_US;
      builder.status({ channel: 0, kind: StatusKind.gap, fromUs: gapUs, toUs: gapUs + 1 });
      const rebuild = { ...times, kind: StatusKind.rebuild, toUs: toUs + MINUTE_US };
      builder.status({ ...rebuild, recvUs: NEW_YEAR_US + HOUR_US });
      await writer.write(builder.build());
      const query = { ...BTC, timeframe: '1m', limit: 9, order: 'asc' } as const;
      const states = (await (await reader()).candles(query)).map((row) => row.state);
      expect(states).toEqual(['complete', 'partial', 'complete', 'partial']);
    }),
  );

  test(
    'of a timeframe that is not stored are made from the coarsest that nests',
    suite.with(
      async (bench) => {
        const endUs = await writeTrades(bench, 3_000, 30 * SECOND_US);
        const nowUs = endUs + 9 * DAY_US;
        await bench.writer.rebuildCandles(BTC, NEW_YEAR_US, endUs, nowUs);
        const open = await bench.reader();
        const ask = (timeframe: string, order: 'asc' | 'desc', limit: number, extra = {}) =>
          open.candles({ ...BTC, timeframe, order, limit, ...extra });
        for (const name of ['15m', '148m', '2h', '1w', '1M']) {
          const rows = await ask(name, 'asc', 10_000);
          expect(rows.reduce((sum, row) => sum + row.trade_count, 0)).toBe(3_000);
          const back = await ask(name, 'desc', 10_000);
          expect(back.reverse()).toEqual(rows);
          const tail = await ask(name, 'desc', 2);
          expect(tail.reverse()).toEqual(rows.slice(-2));
          if (rows.length < 2) continue;
          const startUs = rows[1]?.ts_us ?? 0;
          expect(await ask(name, 'asc', 3, { startUs })).toEqual(rows.slice(1, 4));
          expect(await ask(name, 'asc', 3, { endUs: startUs })).toEqual(rows.slice(0, 1));
        }
        for (const name of ['7s', 'rubbish']) {
          await expect(ask(name, 'asc', 1)).rejects.toMatchObject({ name: 'EngineError' });
        }
        await expect(ask('90s', 'asc', 1)).rejects.toMatchObject({ code: 'not_derivable' });
      },
      { timeframes: timeframes('1m', '1h') },
    ),
  );
});

/** `count` trades about `spacingUs` apart; returns the time of the last. */
async function writeTrades(
  { writer }: StoreBench,
  count: number,
  spacingUs: number,
): Promise<number> {
  const prng = new Prng(7);
  let tsUs = NEW_YEAR_US;
  let builder = new BatchBuilder();
  for (let id = 1; id <= count; id += 1) {
    // Some share their time: order within it is by id.
    if (!prng.chance(0.2)) tsUs += 1 + prng.below(2 * spacingUs);
    const price = 60_000 + prng.below(1_000_000) / 100;
    const size = (1 + prng.below(1_000_000)) / 1e6;
    builder.trade({ id, tsUs, price, size, isSell: prng.chance(0.5) });
    if (id % 500 === 0) {
      await writer.write(builder.build());
      builder = new BatchBuilder();
    }
  }
  await writer.write(builder.build());
  return tsUs;
}

/** Compares stored candles with sums taken here, trade by trade, from the trades view. */
async function expectEqualToTrades(
  { query, reader }: StoreBench,
  name: string,
  nowUs: number,
  skipRows = 0,
): Promise<void> {
  const timeframe = parseTimeframe(name);
  if (timeframe === undefined) throw new Error(`no timeframe ${name}`);
  // Sorted here: where ids may be text, a view's ids are, and text sorts '10' before '9'.
  const trades = (await query('SELECT * FROM trades')).sort(byTimeAndId);
  const expected = new Map<number, Record<string, unknown>[]>();
  for (const trade of trades) {
    const openUs = bucketOpenUs(timeframe, Number(trade.ts_us));
    if (bucketEndUs(timeframe, openUs) > nowUs) continue;
    expected.set(openUs, [...(expected.get(openUs) ?? []), trade]);
  }
  const open = await reader();
  const rows = await open.candles({ ...BTC, timeframe: name, limit: 100_000, order: 'asc' });
  expect(rows.map((row) => row.ts_us)).toEqual([...expected.keys()].slice(-rows.length));
  expect(rows.length).toBeGreaterThanOrEqual(skipRows > 0 ? skipRows : expected.size);
  for (const row of rows) {
    const list = expected.get(row.ts_us) ?? [];
    const prices = list.map((trade) => Number(trade.price));
    expect([row.open, row.high, row.low, row.close, row.trade_count]).toEqual([
      prices[0] as number,
      Math.max(...prices),
      Math.min(...prices),
      prices.at(-1) as number,
      list.length,
    ]);
    expectClose(row.volume, exactSum(list.map((trade) => Number(trade.size) * 1e6)) / 1e6);
    const buys = list.filter((trade) => trade.side === 'buy');
    expectClose(row.buy_volume, exactSum(buys.map((trade) => Number(trade.size) * 1e6)) / 1e6);
    const notional = list.map((trade) => {
      // Price has 2 decimals and size 6: whole numbers, so the exact sum fits an integer type.
      const cents = Math.round(Number(trade.price) * 100);
      return BigInt(cents) * BigInt(Math.round(Number(trade.size) * 1e6));
    });
    const exact = notional.reduce((sum, value) => sum + value, 0n);
    expectClose(row.quote_volume, Number(exact) / 1e8);
  }
}

function byTimeAndId(a: Record<string, unknown>, b: Record<string, unknown>): number {
  return Number(a.ts_us) - Number(b.ts_us) || Number(a.trade_id) - Number(b.trade_id);
}

function exactSum(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + Math.round(value), 0);
}

function expectClose(actual: number, expected: number): void {
  const error = Math.abs(actual - expected);
  expect(error).toBeLessThanOrEqual(1e-12 * Math.max(1e-300, Math.abs(expected)));
}
