/**
 * The store on hypertables, with chunks that the extension's own policy compressed: what comes
 * again, comes late, is rebuilt, resumed and given up. On the server of TICKSPINE_TEST_PG_URL.
 */
import { expect, test } from 'bun:test';
import { systemClock, US_PER_DAY } from '../../../../src/base/clock.ts';
import { Channel, StatusKind } from '../../../../src/model/record-layout.ts';
import { openPostgresReader } from '../../../../src/store/postgres/reader.ts';
import { PostgresWriter } from '../../../../src/store/postgres/writer.ts';
import { BatchBuilder } from '../../../support/batch-builder.ts';
import { until } from '../../../support/condition.ts';
import { OutsidePostgres, timescaleSkipReason } from '../../../support/postgres-outside.ts';
import { BTC, timeframes } from '../../../support/store-suite.ts';

const OPTIONS = { timeframes: timeframes('1m', '1h'), bookDeltas: true };
const TODAY_US = Math.floor(systemClock.wallUs() / US_PER_DAY) * US_PER_DAY;
const DAYS = 12;
const PER_DAY = 400;
/** More than the extension decompresses in one statement unless it is told to. */
const MANY = 120_000;
const BATCH_COUNT = 20_000;
const ALL = { limit: 10_000, order: 'asc' } as const;

const skipReason = await timescaleSkipReason();
if (skipReason !== '') console.info(`TimescaleDB skipped: ${skipReason}`);

function dayUs(daysAgo: number): number {
  return TODAY_US - daysAgo * US_PER_DAY;
}

/** Trades of one day; ids rise from day to day. */
function tradesOf(daysAgo: number, step = 1): BatchBuilder {
  const batch = new BatchBuilder();
  const firstId = 1 + (DAYS - daysAgo) * PER_DAY;
  for (let i = 0; i < PER_DAY; i += step) {
    const tsUs = dayUs(daysAgo) + i * 60_000_000;
    batch.trade({ id: firstId + i, tsUs, price: 100 + (i % 7), isSell: i % 2 === 0 });
    batch.quote([100 + i, 1, 101 + i, 2], tsUs, i);
    batch.bookSnapshot([[100, 1]], [[101, 2]], tsUs, i);
    batch.bookDelta([[100, i]], [], i * 10, i * 10 + 9, tsUs);
  }
  const toUs = dayUs(daysAgo - 1);
  const ids = { fromId: firstId, toId: firstId + PER_DAY - 1 };
  const span = { channel: Channel.trades, ...ids, fromUs: dayUs(daysAgo), toUs };
  return step === 1 ? batch.status({ kind: StatusKind.coverage, ...span }) : batch;
}

class Bench {
  readonly server = new OutsidePostgres();
  readonly database: string;
  readonly url: string;
  readonly writer: PostgresWriter;

  private constructor(database: string) {
    this.database = database;
    this.url = this.server.url(database);
    this.writer = new PostgresWriter(this.url, OPTIONS);
  }

  static async open(): Promise<Bench> {
    const bench = new Bench(await new OutsidePostgres().createDatabase());
    await bench.writer.open();
    await bench.writer.registerInstruments([BTC]);
    return bench;
  }

  rows(sql: string): Promise<Record<string, unknown>[]> {
    return this.server.query(this.database, sql);
  }

  /** Runs the policies as the extension's scheduler does once in a while. */
  async compress(): Promise<void> {
    const jobs = await this.rows(
      "SELECT job_id FROM timescaledb_information.jobs WHERE proc_name = 'policy_compression'",
    );
    expect(jobs).toHaveLength(4);
    for (const { job_id: id } of jobs) {
      // The scheduler may be at it at the same time: one of them is told so.
      await until('the policy has run', () =>
        this.rows(`CALL run_job(${id})`).then(
          () => true,
          () => false,
        ),
      );
    }
  }

  /** Chunks by table: compressed and not. */
  async chunks(): Promise<Record<string, readonly [number, number]>> {
    const found = await this.rows(
      `SELECT hypertable_name AS name, count(*) FILTER (WHERE is_compressed)::int AS packed,
         count(*) FILTER (WHERE NOT is_compressed)::int AS plain
       FROM timescaledb_information.chunks GROUP BY 1 ORDER BY 1`,
    );
    return Object.fromEntries(found.map((row) => [row.name, [row.packed, row.plain]]));
  }

  async content(): Promise<unknown> {
    const reader = await openPostgresReader(this.url);
    try {
      const candles = { ...BTC, ...ALL, timeframe: '1h' };
      return {
        trades: await reader.trades(ALL),
        quotes: await reader.quotes(ALL),
        books: await reader.books(ALL),
        candles: await reader.candles(candles),
        coverage: await reader.coverage(ALL),
      };
    } finally {
      await reader.close();
    }
  }

  async close(): Promise<void> {
    await this.writer.close();
    await this.server.dropDatabase(this.database);
  }
}

async function onBench(body: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await Bench.open();
  try {
    await body(bench);
  } finally {
    await bench.close();
  }
}

/** All days, and what lies before a week is compressed. */
async function fill(bench: Bench): Promise<void> {
  for (let day = DAYS; day >= 0; day -= 1) await bench.writer.write(tradesOf(day).build());
  await bench.writer.rebuildCandles(BTC, dayUs(DAYS), dayUs(-1), dayUs(-2));
  await bench.compress();
}

const LIMIT_MS = 120_000;

test.skipIf(skipReason !== '')(
  'a chunk a day, compressed by the policy after a week',
  () =>
    onBench(async (bench) => {
      await fill(bench);
      // The chunk of seven days ago has ended less than seven days ago.
      const [packed, plain] = [DAYS - 7, 8];
      expect(await bench.chunks()).toEqual({
        book_delta: [packed, plain],
        book_snapshot: [packed, plain],
        quote: [packed, plain],
        trade: [packed, plain],
      });
    }),
  LIMIT_MS,
);

test.skipIf(skipReason !== '')(
  'what comes again into compressed chunks changes nothing, also for a new writer',
  () =>
    onBench(async (bench) => {
      await fill(bench);
      const before = await bench.content();
      const nothing = { trades: 0, tradeDuplicates: PER_DAY, quotes: 0, bookSnapshots: 0 };
      for (const day of [DAYS, DAYS - 1, 8, 1]) {
        const result = await bench.writer.write(tradesOf(day).build());
        expect(result).toMatchObject({ ...nothing, bookDeltas: 0, quarantined: 0 });
      }
      const next = new PostgresWriter(bench.url, OPTIONS);
      await bench.writer.close();
      await next.open();
      await next.registerInstruments([BTC]);
      expect(await next.write(tradesOf(DAYS).build())).toMatchObject(nothing);
      const newest = (DAYS + 1) * PER_DAY;
      expect(await next.resume(BTC)).toMatchObject({ lastTradeId: newest, openGaps: [] });
      await next.rebuildCandles(BTC, dayUs(DAYS), dayUs(-1), dayUs(-2));
      await next.close();
      expect(await bench.content()).toEqual(before);
    }),
  LIMIT_MS,
);

test.skipIf(skipReason !== '')(
  'what comes late lands in a compressed chunk, and is found there',
  () =>
    onBench(async (bench) => {
      // Every second trade of one day at first, the rest when it is compressed.
      for (const day of [DAYS, DAYS - 2]) await bench.writer.write(tradesOf(day).build());
      await bench.writer.write(tradesOf(DAYS - 1, 2).build());
      await bench.compress();
      const late = tradesOf(DAYS - 1).build();
      const half = { trades: PER_DAY / 2, tradeDuplicates: PER_DAY / 2, quotes: PER_DAY / 2 };
      expect(await bench.writer.write(late)).toMatchObject(half);
      const none = { trades: 0, tradeDuplicates: PER_DAY, quotes: 0 };
      expect(await bench.writer.write(late)).toMatchObject(none);
      await bench.compress();
      expect(await bench.writer.write(late)).toMatchObject(none);
      expect(await bench.rows('SELECT count(*)::int AS n FROM trades')).toEqual([
        { n: 3 * PER_DAY },
      ]);
    }),
  LIMIT_MS,
);

test.skipIf(skipReason !== '')(
  'more rows than the extension decompresses at once come again, and land once',
  () =>
    onBench(async (bench) => {
      const write = async (step: number) => {
        const landed = { trades: 0, quotes: 0 };
        for (let from = 0; from < MANY; from += BATCH_COUNT) {
          const batch = new BatchBuilder();
          for (let i = from; i < from + BATCH_COUNT; i += step) {
            const us = dayUs(DAYS) + i * 1_000;
            batch.trade({ id: i, tsUs: us }).quote([100, 1, 101, 2], us, i);
          }
          const { trades, quotes } = await bench.writer.write(batch.build());
          landed.trades += trades;
          landed.quotes += quotes;
        }
        return landed;
      };
      const half = { trades: MANY / 2, quotes: MANY / 2 };
      expect(await write(2)).toEqual(half);
      await bench.compress();
      expect(await write(2)).toEqual({ trades: 0, quotes: 0 });
      expect(await write(1)).toEqual(half);
      await bench.compress();
      // One batch whose rows are all over the chunk: every part of it is looked at.
      const spread = new BatchBuilder();
      for (let i = 0; i < MANY; i += 100) {
        spread.quote([100, 1, 101, 2], dayUs(DAYS) + i * 1_000, i);
        spread.quote([100, 1, 101, 2], dayUs(DAYS) + i * 1_000 + 1, i);
      }
      expect((await bench.writer.write(spread.build())).quotes).toBe(MANY / 100);
    }),
  LIMIT_MS,
);

test.skipIf(skipReason !== '')(
  'new trades are looked for in no compressed chunk',
  () =>
    onBench(async (bench) => {
      await fill(bench);
      const reads = async () => {
        const [row] = await bench.rows(
          `SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::int AS n
           FROM pg_stat_all_tables WHERE relname LIKE 'compress_hyper%'`,
        );
        return Number(row?.n);
      };
      await Bun.sleep(1_500);
      const before = await reads();
      const batch = new BatchBuilder();
      for (let i = 0; i < 1_000; i += 1) batch.trade({ id: 50_000 + i, tsUs: dayUs(0) + i });
      expect((await bench.writer.write(batch.build())).trades).toBe(1_000);
      await bench.writer.close();
      await Bun.sleep(1_500);
      expect(await reads()).toBe(before);
    }),
  LIMIT_MS,
);

test.skipIf(skipReason !== '')(
  'retention gives up compressed chunks whole, and rows of the others',
  () =>
    onBench(async (bench) => {
      await fill(bench);
      const beforeUs = dayUs(9) + 3_600_000_000;
      for (const table of [
        'trades',
        'quotes',
        'orderbook_snapshots',
        'orderbook_deltas',
      ] as const) {
        // Days 12, 11 and 10; of day 9 a part is old, and it is compressed.
        expect(await bench.writer.prune({ table }, beforeUs, 10)).toBe(3 * PER_DAY);
        expect(await bench.writer.prune({ table }, beforeUs, 10)).toBe(0);
      }
      const [oldest] = await bench.rows('SELECT min(ts_us)::float8 AS us FROM trades');
      expect(oldest?.us).toBe(dayUs(9));
      const state = await bench.writer.resume(BTC);
      expect(state.intervals.at(0)?.from).toBe(1 + 3 * PER_DAY);
      // Everything goes: what is compressed at once, the rest a few rows at a time.
      let steps = 0;
      while ((await bench.writer.prune({ table: 'trades' }, dayUs(-3), 1_000)) > 0) steps += 1;
      expect(steps).toBeGreaterThan(3);
      expect(await bench.rows('SELECT count(*)::int AS n FROM trades')).toEqual([{ n: 0 }]);
    }),
  LIMIT_MS,
);
