/**
 * Other programs in the way of a batch, on a real PostgreSQL: deadlocks, locks held too long,
 * cancelled statements, serialization failures. A second connection really causes each. The batch
 * is refused whole as worth another try, and lands once when it comes again.
 */
import { afterAll, describe, expect, test } from 'bun:test';
import pg from 'pg';
import { Channel, StatusKind } from '../../../../src/model/record-layout.ts';
import type { RecordBatch, StoreReader, StoreWriter } from '../../../../src/store/contract.ts';
import { openPostgresReader } from '../../../../src/store/postgres/reader.ts';
import { PostgresWriter } from '../../../../src/store/postgres/writer.ts';
import { BatchBuilder, NEW_YEAR_US } from '../../../support/batch-builder.ts';
import { until } from '../../../support/condition.ts';
import { PostgresServer, postgresSkipReason } from '../../../support/postgres-server.ts';
import { BTC, timeframes } from '../../../support/store-suite.ts';

const OPTIONS = { timeframes: timeframes('1m'), bookDeltas: false };
const ALL = { limit: 10_000, order: 'asc' } as const;
const NEW_TRADES = 500;

const skipReason = postgresSkipReason();
if (skipReason !== '') console.info(`postgres: conflicts skipped: ${skipReason}`);
const server = skipReason === '' ? await PostgresServer.start() : undefined;
afterAll(() => server?.dispose());

interface Conflict {
  readonly name: string;
  readonly state: string;
  readonly code: string;
  /** Of the database, for sessions that begin later. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** What a second program does first, in an open transaction: takes what the batch will want. */
  readonly hold: readonly string[];
  /** While the writer waits for it; the batch is then under way. */
  readonly provoke: (other: pg.Client) => Promise<unknown>;
}

const HOLD_CANDLE = ['UPDATE candle SET recv_us = recv_us'];
const CONFLICTS: readonly Conflict[] = [
  {
    name: 'a deadlock over rows',
    state: '40P01',
    code: 'store-busy',
    hold: HOLD_CANDLE,
    provoke: (other) => other.query('UPDATE derivative SET recv_us = recv_us'),
  },
  {
    name: 'a deadlock over tables',
    state: '40P01',
    code: 'store-busy',
    hold: ['LOCK TABLE gap IN SHARE MODE'],
    provoke: (other) => other.query('LOCK TABLE trade IN ACCESS EXCLUSIVE MODE'),
  },
  {
    name: 'a lock that is not had in time',
    state: '55P03',
    code: 'store-busy',
    settings: { lock_timeout: '300ms' },
    hold: HOLD_CANDLE,
    provoke: async () => undefined,
  },
  {
    name: 'a statement that takes too long',
    state: '57014',
    code: 'store-timeout',
    timeoutMs: 1_500,
    hold: HOLD_CANDLE,
    provoke: async () => undefined,
  },
  {
    name: 'a statement that an administrator cancels',
    state: '57014',
    code: 'store-timeout',
    hold: HOLD_CANDLE,
    provoke: (other) =>
      other.query(`SELECT pg_cancel_backend(pid) FROM pg_stat_activity
        WHERE application_name LIKE 'tickspine-writer%' AND datname = current_database()`),
  },
  {
    name: 'a row that another transaction changed (repeatable read)',
    state: '40001',
    code: 'store-busy',
    settings: { default_transaction_isolation: 'repeatable read' },
    hold: HOLD_CANDLE,
    provoke: (other) => other.query('COMMIT'),
  },
];

/** One candle, one derivative tick: what the next batch changes. */
function firstBatch(): RecordBatch {
  const batch = new BatchBuilder().trade({ id: 1 });
  batch.candle({ tradeCount: 1, isClosed: false });
  return batch.derivative([100, Number.NaN, Number.NaN, Number.NaN, Number.NaN]).build();
}

/** New trades, and something for every table that is written by key. */
function secondBatch(): RecordBatch {
  const batch = new BatchBuilder();
  for (let i = 0; i < NEW_TRADES; i += 1) batch.trade({ id: 2 + i, tsUs: NEW_YEAR_US + i });
  batch.derivative([100, 99, Number.NaN, Number.NaN, Number.NaN]);
  batch.candle({ tradeCount: 1 + NEW_TRADES, close: 107 });
  const channel = Channel.trades;
  const span = { fromUs: NEW_YEAR_US, toUs: NEW_YEAR_US + NEW_TRADES };
  batch.status({ kind: StatusKind.coverage, channel, fromId: 1, toId: 1 + NEW_TRADES, ...span });
  const lost = { fromId: 900, toId: 901, missing: 2, cause: 'disconnect' };
  return batch.status({ kind: StatusKind.gap, channel, ...span, ...lost }).build();
}

async function contentOf(reader: StoreReader): Promise<unknown> {
  const [trades, ticks] = [await reader.trades(ALL), await reader.derivatives(ALL)];
  const candles = await reader.candles({ ...BTC, ...ALL, timeframe: '1m' });
  const [gaps, coverage] = [await reader.gaps(ALL), await reader.coverage(ALL)];
  return { trades, ticks, candles, gaps, coverage };
}

async function openWriter(url: string): Promise<StoreWriter> {
  const writer = new PostgresWriter(url, OPTIONS);
  await writer.open();
  await writer.registerInstruments([BTC]);
  await writer.write(firstBatch());
  return writer;
}

async function connectOther(running: PostgresServer, database: string): Promise<pg.Client> {
  const other = new pg.Client({ connectionString: running.url(database) });
  await other.connect();
  // It never finds the deadlock first: the writer is the one that is refused.
  await other.query("SET deadlock_timeout = '1min'");
  return other;
}

async function expectConflict(running: PostgresServer, conflict: Conflict): Promise<void> {
  const database = await running.createDatabase();
  for (const [name, value] of Object.entries(conflict.settings ?? {})) {
    await running.query('postgres', `ALTER DATABASE ${database} SET ${name} = '${value}'`);
  }
  const url = running.url(database, `?timeout_ms=${conflict.timeoutMs ?? 15_000}`);
  const writer = await openWriter(url);
  const reader = await openPostgresReader(url);
  const other = await connectOther(running, database);
  try {
    const before = await contentOf(reader);
    await other.query('BEGIN');
    for (const sql of conflict.hold) await other.query(sql);
    const refused = writer.write(secondBatch()).then(
      () => 'landed',
      (error: unknown) => error,
    );
    await lockWaits(running, database);
    await conflict.provoke(other);
    const error = await refused;
    expect(error).toMatchObject({ code: conflict.code, retry: 'retry' });
    expect(error).toHaveProperty('cause.code', conflict.state);
    await other.query('ROLLBACK');
    expect(await contentOf(reader)).toEqual(before);

    const result = { trades: NEW_TRADES, derivatives: 1, candles: 1, gaps: 1, quarantined: 0 };
    expect(await writer.write(secondBatch())).toMatchObject(result);
    const after = await contentOf(reader);
    expect(after).toEqual(await contentWithoutConflict(running));
    // As a spool that did not learn of the success would: nothing changes.
    const again = { trades: 0, tradeDuplicates: NEW_TRADES, derivatives: 0, candles: 0, gaps: 0 };
    expect(await writer.write(secondBatch())).toMatchObject(again);
    expect(await contentOf(reader)).toEqual(after);
  } finally {
    await other.end();
    await reader.close();
    await writer.close();
  }
}

async function lockWaits(running: PostgresServer, database: string): Promise<void> {
  await until('the writer waits for a lock', async () => {
    const [row] = await running.query(
      'postgres',
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = '${database}'
         AND application_name LIKE 'tickspine-writer%' AND wait_event_type = 'Lock'`,
    );
    return row?.n === 1;
  });
}

async function contentWithoutConflict(running: PostgresServer): Promise<unknown> {
  const url = running.url(await running.createDatabase());
  const writer = await openWriter(url);
  await writer.write(secondBatch());
  await writer.close();
  const reader = await openPostgresReader(url);
  try {
    return await contentOf(reader);
  } finally {
    await reader.close();
  }
}

describe.skipIf(server === undefined)('a batch in PostgreSQL meets', () => {
  test.each(CONFLICTS)(
    '$name ($state)',
    async (conflict) => {
      await expectConflict(server as PostgresServer, conflict);
    },
    60_000,
  );
});
