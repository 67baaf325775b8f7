import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../../../src/cli/run-cli.ts';
import { parseTimeframe } from '../../../../src/model/timeframe.ts';
import { createStoreWriter, openStoreReader } from '../../../../src/store/open-store.ts';
import { marketSeed } from '../../../support/market-seed.ts';
import { plainIo, plainParts } from '../../../support/plain-cli.ts';
import { seedBatch } from '../../../support/seed-batch.ts';

const directory = mkdtempSync(join(tmpdir(), 'tickspine-verify-'));
const path = join(directory, 'market.db');
const seed = marketSeed();

beforeAll(async () => {
  const timeframes = ['1m', '5m'].flatMap((name) => parseTimeframe(name) ?? []);
  const writer = await createStoreWriter(`sqlite:${path}`, { timeframes, bookDeltas: false });
  await writer.open();
  await writer.registerInstruments(seed.instruments);
  await writer.write(seedBatch(seed));
  for (const instrument of seed.instruments) {
    await writer.rebuildCandles(instrument, 0, 2e15, 2e15);
  }
  await writer.close();
});

afterAll(() => rmSync(directory, { recursive: true }));

async function run(...args: string[]) {
  const io = plainIo();
  const parts = { ...plainParts(), openReader: openStoreReader };
  const code = await runCli([...args, '--store', `sqlite:${path}`, '--json'], io, parts);
  return { code, result: JSON.parse(io.out.join('')) };
}

/** Changes the database behind the store's back and undoes it after `task`. */
async function damaged(sql: string, task: () => Promise<void>): Promise<void> {
  const whole = Buffer.from(await Bun.file(path).arrayBuffer());
  const database = new Database(path);
  expect(database.run(sql).changes).toBeGreaterThan(0);
  database.run('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  try {
    await task();
  } finally {
    rmSync(`${path}-wal`, { force: true });
    rmSync(`${path}-shm`, { force: true });
    await Bun.write(path, whole);
  }
}

describe('verify over SQLite', () => {
  const verify = () => run('verify', '--timeframe', '1m', '5m');

  test('proves what the store was given', async () => {
    const { code, result } = await verify();
    expect(result.instruments).toHaveLength(3);
    for (const proof of result.instruments) {
      expect(proof).toMatchObject({ trades: 840, candles_checked: 36, candles_behind: 0 });
    }
    expect(code).toBe(0);
  });

  test('notices deleted trades, though coverage still claims them', async () => {
    await damaged('DELETE FROM trade WHERE trade_id IN (1200, 1201)', async () => {
      const { code, result } = await verify();
      expect(code).toBe(1);
      const spot = result.instruments.find(
        (each: { venue: string; market_type: string }) =>
          each.venue === 'binance' && each.market_type === 'spot',
      );
      expect(spot.unexplained_holes).toEqual([
        { from_id: 1200, to_id: 1201, missing: 2, claim: 'covered' },
      ]);
      expect(spot.wrong_candles.length).toBeGreaterThan(0);
    });
  });

  test('notices a changed price', async () => {
    await damaged('UPDATE trade SET price = 9e9 WHERE trade_id = 1300', async () => {
      const { code, result } = await verify();
      expect(code).toBe(1);
      expect(JSON.stringify(result.instruments[0].wrong_candles)).toContain('high: stored');
    });
  });

  test('inspect counts rows, and a store that is not there is a failure', async () => {
    const { code, result } = await run('inspect');
    expect(code).toBe(0);
    const trades = result.tables.find((table: { table: string }) => table.table === 'trades');
    expect(trades.rows).toBe(2520);
    const io = plainIo();
    const parts = { ...plainParts(), openReader: openStoreReader };
    const absent = `sqlite:${join(directory, 'absent.db')}`;
    expect(await runCli(['inspect', '--store', absent], io, parts)).toBe(1);
    expect(await Bun.file(join(directory, 'absent.db')).exists()).toBe(false);
  });
});
