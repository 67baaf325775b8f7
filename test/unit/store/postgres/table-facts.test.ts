/** Counting what is stored: it may take longer than any other answer. */
import { expect, setDefaultTimeout, test } from 'bun:test';
import { store } from '../../../../src/store/postgres/store.ts';
import { BatchBuilder } from '../../../support/batch-builder.ts';
import { until } from '../../../support/condition.ts';
import { postgresSkipReason, sharedPostgres } from '../../../support/postgres-server.ts';
import { BTC, timeframes } from '../../../support/store-suite.ts';

setDefaultTimeout(120_000);

const TIMEOUT_MS = 1_000;
const LOCKED_SQL = "SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted";

test.skipIf(postgresSkipReason() !== '')('counts are not cut off by timeout_ms', async () => {
  const server = await sharedPostgres();
  const database = await server.createDatabase();
  const url = server.url(database);
  const writer = store.createWriter(url, { timeframes: timeframes('1m'), bookDeltas: true });
  await writer.open();
  await writer.registerInstruments([BTC]);
  await writer.write(new BatchBuilder().trade({ id: 1 }).trade({ id: 2 }).build());
  await writer.close();
  const reader = await store.openReader(server.url(database, `?timeout_ms=${TIMEOUT_MS}`));
  try {
    // Whoever counts waits for the lock: three times as long as an answer may take.
    const locked = server.query(
      database,
      `BEGIN; LOCK TABLE trade IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(${(3 * TIMEOUT_MS) / 1e3});
       COMMIT`,
    );
    const held = async () => (await server.query(database, LOCKED_SQL)).length > 0;
    await until('the lock', held);
    const facts = await reader.tables();
    expect(facts.find(({ table }) => table === 'trades')?.rows).toBe(2);
    await locked;
  } finally {
    await reader.close();
    await server.dropDatabase(database);
  }
});
