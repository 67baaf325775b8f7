/**
 * Monthly partitions that cannot be made, or are gone: the store takes rows afterwards, and each
 * trade once.
 */
import { describe, expect, test } from 'bun:test';
import pg from 'pg';
import type { StoreWriter } from '../../../../src/store/contract.ts';
import { openPostgresReader } from '../../../../src/store/postgres/reader.ts';
import { PostgresWriter } from '../../../../src/store/postgres/writer.ts';
import { BatchBuilder, NEW_YEAR_US } from '../../../support/batch-builder.ts';
import { until } from '../../../support/condition.ts';
import {
  type PostgresServer,
  postgresSkipReason,
  sharedPostgres,
} from '../../../support/postgres-server.ts';
import { BTC, timeframes } from '../../../support/store-suite.ts';

const OPTIONS = { timeframes: timeframes('1m'), bookDeltas: true };
const ALL = { limit: 1_000, order: 'asc' } as const;
const FEBRUARY_US = Date.UTC(2026, 1) * 1_000;

interface Bench {
  readonly server: PostgresServer;
  readonly database: string;
  open(parameters?: string): Promise<StoreWriter>;
  /** Ids of the trades that are stored, in order of time. */
  ids(): Promise<(number | string)[]>;
  query(sql: string): Promise<Record<string, unknown>[]>;
}

function onServer(body: (bench: Bench) => Promise<void>): () => Promise<void> {
  return async () => {
    const server = await sharedPostgres();
    const database = await server.createDatabase();
    const writers: StoreWriter[] = [];
    try {
      await body({
        server,
        database,
        open: async (parameters = '') => {
          for (const old of writers.splice(0)) await old.close();
          const writer = new PostgresWriter(server.url(database, parameters), OPTIONS);
          writers.push(writer);
          await writer.open();
          await writer.registerInstruments([BTC]);
          return writer;
        },
        ids: async () => {
          const reader = await openPostgresReader(server.url(database));
          const rows = await reader.trades(ALL);
          await reader.close();
          return rows.map((row) => row.trade_id);
        },
        query: (sql) => server.query(database, sql),
      });
    } finally {
      for (const writer of writers) await writer.close();
      await server.dropDatabase(database);
    }
  };
}

/** A session that holds what `pg_dump` holds of a table. */
async function dumping({ server, database }: Bench, table: string): Promise<pg.Client> {
  const client = new pg.Client(server.url(database));
  await client.connect();
  await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS SHARE MODE`);
  return client;
}

describe.skipIf(postgresSkipReason() !== '')('a partition of PostgreSQL', () => {
  test.each([
    ['', 'store-timeout', '57014'],
    ["SET lock_timeout = '300ms'", 'store-busy', '55P03'],
  ])(
    'that another program keeps from being made is made by a later write (%s)',
    (setting, code, state) =>
      onServer(async (bench) => {
        if (setting !== '') {
          await bench.query(`ALTER DATABASE ${bench.database} ${setting}`);
        }
        const writer = await bench.open('?timeout_ms=1500');
        const batch = new BatchBuilder().trade({ id: 1 }).trade({ id: 2 }).quote([1, 1, 2, 1]);
        const dump = await dumping(bench, 'trade_other');
        try {
          for (let attempt = 0; attempt < 2; attempt += 1) {
            const refused = writer.write(batch.build());
            await expect(refused).rejects.toMatchObject({ code, retry: 'retry' });
            await expect(refused).rejects.toThrow(state);
          }
        } finally {
          await dump.end();
        }
        expect(await writer.write(batch.build())).toMatchObject({ trades: 2, quotes: 1 });
        batch.trade({ id: 3 });
        expect(await writer.write(batch.build())).toMatchObject({ trades: 1, tradeDuplicates: 2 });
        const again = await bench.open();
        expect(await again.write(batch.build())).toMatchObject({ trades: 0, tradeDuplicates: 3 });
        expect(await bench.ids()).toEqual([1, 2, 3]);
        expect(await bench.query('SELECT count(*)::int AS n FROM trade_202601')).toEqual([
          { n: 3 },
        ]);
      })(),
  );

  test('is not made where rows of the month lie in the rest: new ones join them', () =>
    onServer(async (bench) => {
      const { query } = bench;
      await bench.open();
      await query(`INSERT INTO trade_other
          (ts, recv_us, trade_id, price, size, native_size, instrument, flags, tape, text_id)
        SELECT to_timestamp(${NEW_YEAR_US} / 1e6), ${NEW_YEAR_US},
          number, 100, 1, 1, i.id, 0, 0, text
        FROM instruments i, (VALUES (1, NULL), (0, 'one')) t (number, text)`);
      // It reads ids when it starts.
      const second = await bench.open();
      const mixed = () =>
        new BatchBuilder()
          .trade({ id: 1 })
          .trade({ id: 2 })
          .trade({ id: 'one' })
          .trade({ id: 'two' })
          .trade({ id: 3, tsUs: FEBRUARY_US })
          .trade({ id: 'three', tsUs: FEBRUARY_US })
          .quote([1, 1, 2, 1])
          .build();
      expect(await second.write(mixed())).toMatchObject({ trades: 4, tradeDuplicates: 2 });
      expect(await second.write(mixed())).toMatchObject({ trades: 0, tradeDuplicates: 6 });
      // Ids of the one month under a time of the other.
      const moved = new BatchBuilder().trade({ id: 2, tsUs: FEBRUARY_US });
      moved.trade({ id: 'two', tsUs: FEBRUARY_US });
      expect(await second.write(moved.build())).toMatchObject({ trades: 0, tradeDuplicates: 2 });
      const back = new BatchBuilder().trade({ id: 3 }).trade({ id: 'three' }).trade({ id: 4 });
      expect(await second.write(back.build())).toMatchObject({ trades: 1, tradeDuplicates: 2 });
      const third = await bench.open();
      for (const batch of [mixed(), moved.build(), back.build()]) {
        expect(await third.write(batch)).toMatchObject({ trades: 0, quotes: 0, quarantined: 0 });
      }
      expect((await bench.ids()).map(String).sort()).toEqual([
        '1',
        '2',
        '3',
        '4',
        'one',
        'three',
        'two',
      ]);
      expect(await query("SELECT to_regclass('trade_202601') AS name")).toEqual([{ name: null }]);
      // Once they are gone the month gets its own.
      await query('DELETE FROM trade_other');
      const fourth = await bench.open();
      expect(await fourth.write(mixed())).toMatchObject({ trades: 4, tradeDuplicates: 2 });
      expect(await query('SELECT count(*)::int AS n FROM trade_202601')).toEqual([{ n: 4 }]);
    })());

  test('that retention dropped is looked into no more', () =>
    onServer(async (bench) => {
      const writer = await bench.open();
      const both = new BatchBuilder().trade({ id: 'old' }).trade({ id: 'new', tsUs: FEBRUARY_US });
      expect(await writer.write(both.build())).toMatchObject({ trades: 2 });
      expect(await writer.prune({ table: 'trades' }, FEBRUARY_US, 1_000)).toBe(1);
      const names = "SELECT to_regclass('trade_202601') AS name";
      expect(await bench.query(names)).toEqual([{ name: null }]);
      const later = new BatchBuilder().trade({ id: 'new', tsUs: FEBRUARY_US });
      later.trade({ id: 'newer', tsUs: FEBRUARY_US });
      expect(await writer.write(later.build())).toMatchObject({ trades: 1, tradeDuplicates: 1 });
      // A late trade of the month that went makes it again.
      expect(await writer.write(both.build())).toMatchObject({ trades: 1, tradeDuplicates: 1 });
      expect(await bench.query(names)).not.toEqual([{ name: null }]);
      expect(await writer.write(both.build())).toMatchObject({ trades: 0, tradeDuplicates: 2 });
      expect(await bench.ids()).toEqual(['old', 'new', 'newer']);
    })());

  test('that somebody dropped costs the session, not the store', () =>
    onServer(async (bench) => {
      const writer = await bench.open();
      const batch = new BatchBuilder().trade({ id: 1 }).build();
      expect(await writer.write(batch)).toMatchObject({ trades: 1 });
      const pids = () =>
        bench.query(`SELECT pid FROM pg_stat_activity
          WHERE application_name LIKE 'tickspine-writer%' AND datname = current_database()`);
      const before = await pids();
      expect(before).toHaveLength(1);
      await bench.query('DROP TABLE trade_202601');
      await expect(writer.write(batch)).rejects.toMatchObject({ code: 'store-error' });
      await until('the session is given up', async () => (await pids()).length === 0);
      expect(await writer.write(batch)).toMatchObject({ trades: 1 });
      expect(await pids()).not.toEqual(before);
      expect(await bench.ids()).toEqual([1]);
    })());
});
