/** A PostgreSQL server that dies, stands still or hangs up: the writer says so, and goes on. */
import { afterAll, describe, expect, test } from 'bun:test';
import type { StoreWriter } from '../../../../src/store/contract.ts';
import { PostgresWriter } from '../../../../src/store/postgres/writer.ts';
import { BatchBuilder } from '../../../support/batch-builder.ts';
import { until } from '../../../support/condition.ts';
import { PostgresServer, postgresSkipReason } from '../../../support/postgres-server.ts';
import { BTC } from '../../../support/store-suite.ts';

const skipReason = postgresSkipReason();
if (skipReason !== '') console.info(`postgres: outages skipped: ${skipReason}`);
const TIMEOUT_MS = 3_000;
const OPTIONS = { timeframes: [], bookDeltas: false };

const server = skipReason === '' ? await PostgresServer.start() : undefined;
afterAll(() => server?.dispose());

function batch(firstId: number, count = 10) {
  const builder = new BatchBuilder();
  for (let id = firstId; id < firstId + count; id += 1) builder.trade({ id });
  return builder.build();
}

async function inDatabase(
  body: (running: PostgresServer, url: string, database: string) => Promise<void>,
): Promise<void> {
  if (server === undefined) throw new Error('no server');
  const database = await server.createDatabase();
  await body(server, server.url(database, `?timeout_ms=${TIMEOUT_MS}`), database);
}

async function openWriter(url: string): Promise<StoreWriter> {
  const writer = new PostgresWriter(url, OPTIONS);
  await writer.open();
  await writer.registerInstruments([BTC]);
  return writer;
}

async function tradeCount(running: PostgresServer, database: string): Promise<number> {
  const [row] = await running.query(database, 'SELECT count(*)::int AS n FROM trade');
  return Number(row?.n);
}

/** Writes until it lands; what it was refused with meanwhile. */
async function insist(writer: StoreWriter, firstId: number): Promise<unknown[]> {
  const errors: unknown[] = [];
  await until('the write lands', async () => {
    try {
      await writer.write(batch(firstId));
      return true;
    } catch (error) {
      errors.push(error);
      return false;
    }
  });
  return errors;
}

describe.skipIf(skipReason !== '')('PostgreSQL', () => {
  test('killed and started again loses nothing that was written, and the writer goes on', () =>
    inDatabase(async (running, url, database) => {
      const writer = await openWriter(url);
      await writer.write(batch(1));
      await running.kill();
      const refused = writer.write(batch(11));
      await expect(refused).rejects.toMatchObject({ name: 'EngineError', retry: 'retry' });
      await expect(writer.write(batch(11))).rejects.toMatchObject({ code: 'store-lost' });
      await running.restart();
      await insist(writer, 11);
      expect(await tradeCount(running, database)).toBe(20);
      await writer.close();
    }));

  test('shut down in order is worth another try, and so is one not there at the start', () =>
    inDatabase(async (running, url) => {
      const writer = await openWriter(url);
      await running.stop();
      await expect(writer.write(batch(1))).rejects.toMatchObject({ retry: 'retry' });
      const late = new PostgresWriter(url, OPTIONS);
      await expect(late.open()).rejects.toMatchObject({ code: 'store-lost', retry: 'retry' });
      await expect(late.open()).rejects.toThrow(/127\.0\.0\.1:\d+\/test_.*cannot be reached/);
      // What it is told meanwhile is known when the server is there.
      await expect(late.registerInstruments([BTC])).rejects.toMatchObject({ retry: 'retry' });
      await writer.close();
      await running.restart();
      await late.open();
      await late.open();
      expect((await late.write(batch(1))).trades).toBe(10);
      await late.close();
    }));

  test('that stands still is given up in time, and the batch lands once when it wakes', () =>
    inDatabase(async (running, url, database) => {
      const writer = await openWriter(url);
      await writer.write(batch(1));
      running.pause();
      try {
        const startMs = performance.now();
        const hanging = writer.write(batch(11));
        await expect(hanging).rejects.toMatchObject({ code: 'store-timeout', retry: 'retry' });
        expect(performance.now() - startMs).toBeLessThan(TIMEOUT_MS * 4);
        await expect(writer.write(batch(11))).rejects.toMatchObject({ retry: 'retry' });
      } finally {
        running.resume();
      }
      // The old connection still holds the lock for a moment; it is this writer's own.
      await insist(writer, 11);
      expect(await tradeCount(running, database)).toBe(20);
      await writer.close();
    }));

  test('that ends the connection costs one try', () =>
    inDatabase(async (running, url, database) => {
      const writer = await openWriter(url);
      const cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$'";
      for (let round = 0; round < 3; round += 1) {
        await running.query('postgres', cut.replace('$', database));
        for (const error of await insist(writer, 1 + round * 10)) {
          expect(error).toMatchObject({ retry: 'retry' });
        }
      }
      expect(await tradeCount(running, database)).toBe(30);
      await writer.close();
    }));

  test('that cuts the connection in mid-COPY leaves nothing of the batch', () =>
    inDatabase(async (running, url, database) => {
      const writer = await openWriter(url);
      await writer.write(batch(1));
      // A lock on the partition holds the COPY of the next batch up.
      const blocker = running.query(
        database,
        `BEGIN; LOCK TABLE trade_202601; SELECT pg_sleep(30)`,
      );
      blocker.catch(() => undefined);
      const waiting = `SELECT pid FROM pg_stat_activity WHERE datname = '${database}'
        AND wait_event_type = 'Lock'`;
      const locked = "SELECT pid FROM pg_locks WHERE relation = 'trade_202601'::regclass";
      await until('the partition is locked', async () => {
        return (await running.query(database, locked)).length > 0;
      });
      const refused = writer.write(batch(11, 5_000)).then(
        () => undefined,
        (error: unknown) => error,
      );
      const [row] = await until('the COPY waits', async () => {
        const rows = await running.query(database, waiting);
        return rows.length > 0 && rows;
      });
      await running.query(database, `SELECT pg_terminate_backend(${row?.pid})`);
      expect(await refused).toMatchObject({ retry: 'retry' });
      await running.query(
        database,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = '${database}' AND pid <> pg_backend_pid()`,
      );
      expect(await tradeCount(running, database)).toBe(10);
      await insist(writer, 11);
      expect(await tradeCount(running, database)).toBe(20);
      await writer.close();
    }));
});
