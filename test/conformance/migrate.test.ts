/** `migrate` as a real process, on every store. */
import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BatchBuilder } from '../support/batch-builder.ts';
import { type JsonObject, jsonLine, PROJECT, runCommand } from '../support/cli-process.ts';
import { postgresSkipReason, sharedPostgres } from '../support/postgres-server.ts';
import { describeStores, type StoreBench } from '../support/store-suite.ts';
import { WorkFolder } from '../support/work-folder.ts';

setDefaultTimeout(120_000);

interface Shown {
  readonly applied_now: number;
  readonly migrations: readonly { readonly state: string }[];
}

async function migrate(folder: WorkFolder, ...args: string[]): Promise<Shown> {
  const result = await runCommand(folder.path, 'migrate', ...args, '--json');
  expect([result.code, result.stderr]).toEqual([0, '']);
  const { stores } = jsonLine(result) as JsonObject & { readonly stores: readonly Shown[] };
  return stores[0]!;
}

function states({ migrations }: Shown): string[] {
  return [...new Set(migrations.map(({ state }) => state))];
}

describeStores('dry run', ({ target }) => {
  test('of a store that is not there says that all is pending, and makes nothing', async () => {
    const fresh = await target.fresh();
    using folder = new WorkFolder();
    try {
      const dry = ['--dry-run', '--store', fresh.url];
      const first = await migrate(folder, ...dry);
      expect([first.applied_now, states(first)]).toEqual([0, ['pending']]);
      // Nothing to ask: not even the table that remembers what was applied.
      const rows = (async () => fresh.query('SELECT * FROM schema_migrations'))();
      await expect(rows).rejects.toThrow();
      expect(states(await migrate(folder, '--store', fresh.url))).toEqual(['applied']);
      expect(states(await migrate(folder, ...dry))).toEqual(['applied']);
    } finally {
      await fresh.dispose();
    }
  });
});

describeStores('klines views', (suite) => {
  const market = async (bench: StoreBench, folder: WorkFolder, ...klines: string[]) => {
    const requests = klines.flatMap((request) => ['--klines', request]);
    return migrate(folder, '--store', bench.url, ...requests);
  };

  test(
    'are made on request, beside a recorder at work',
    suite.with(async (bench) => {
      using folder = new WorkFolder();
      await bench.writer.write(
        new BatchBuilder().candle({}).candle({ timeframe: 1, close: 7 }).build(),
      );
      const read = () => bench.query('SELECT close, volume FROM binance_btcusdt_klines');
      const [binance, other] = ['binance:BTC/USDT:1m', 'binance:ETH/USDT:1h'];
      expect(await market(bench, folder, binance!, other!)).toMatchObject({
        klines: [
          { view: 'binance_btcusdt_klines', timeframe: '1m', state: 'made' },
          { view: 'binance_ethusdt_klines', timeframe: '1h', state: 'made' },
        ],
      });
      expect(await read()).toEqual([{ close: 105, volume: 10 }]);
      await market(bench, folder, 'binance:BTC/USDT:spot:1h');
      expect(await read()).toEqual([{ close: 7, volume: 10 }]);
      const nobody = ['migrate', '--store', bench.url, '--klines', 'nobody:BTC/USDT:1m'];
      const { code, stderr } = await runCommand(folder.path, ...nobody);
      expect([code, stderr]).toEqual([
        1,
        'tickspine: the store has no instrument nobody BTC/USDT spot\n',
      ]);
      const added = await bench.writer.write(new BatchBuilder().trade({ id: 1 }).build());
      expect(added.trades).toBe(1);
    }),
  );
});

describe('a dry run', () => {
  test('of a SQLite file leaves its folder as it was', async () => {
    using folder = new WorkFolder();
    const dry = ['migrate', '--dry-run', '--store', 'sqlite:typo/a.db'];
    const { code, stdout } = await runCommand(folder.path, ...dry);
    expect([code, folder.names()]).toEqual([0, []]);
    expect(stdout).toContain('pending: no store there yet');
    await migrate(folder, '--store', 'sqlite:a.db');
    const names = folder.names();
    expect(states(await migrate(folder, '--dry-run', '--store', 'sqlite:a.db'))).toEqual([
      'applied',
    ]);
    expect(folder.names()).toEqual(names);
  });

  test.skipIf(postgresSkipReason() !== '')('needs no more than the reader role', async () => {
    const server = await sharedPostgres();
    const database = await server.createDatabase();
    using folder = new WorkFolder();
    try {
      await server.query(database, readFileSync(join(PROJECT, 'sql/postgres/roles.sql'), 'utf8'));
      const dry = ['--dry-run', '--store', server.socketUrl(database, 'tickspine_reader')];
      expect(states(await migrate(folder, ...dry))).toEqual(['pending']);
      await migrate(folder, '--store', server.socketUrl(database, 'tickspine_writer'));
      expect(states(await migrate(folder, ...dry))).toEqual(['applied']);
    } finally {
      await server.dropDatabase(database);
      await server.query('postgres', 'DROP ROLE tickspine_reader, tickspine_writer');
    }
  });
});
