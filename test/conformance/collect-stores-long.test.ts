/** Several stores in one run, migrations and backups, through the command line and real files. */
import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { CliProcess, jsonLine, runCommand } from '../support/cli-process.ts';
import { until } from '../support/condition.ts';
import { numberOf } from '../support/store-file.ts';
import { checkTruth } from '../support/truth-check.ts';
import { WorkFolder } from '../support/work-folder.ts';

const WHOLE = { missing: 0, duplicate: 0, different: 0, unknown: 0 };
const simulate = (folder: WorkFolder, ...stores: string[]) => [
  ...['collect', '--simulate', '--no-http', '--json', '--truth', folder.file('truth.ndjson')],
  ...stores.flatMap((name) => ['--store', `sqlite:${folder.file(name)}`]),
];
const trades = (path: string) => {
  try {
    return numberOf(path, 'SELECT count(*) FROM trades');
  } catch {
    return 0;
  }
};

test('two stores hold the same after a kill; a locked one holds back none', async () => {
  using folder = new WorkFolder();
  const [a, b] = [folder.file('a.db'), folder.file('b.db')];
  {
    await using killed = new CliProcess(folder.path, simulate(folder, 'a.db', 'b.db'));
    await until('both record', () => Math.min(trades(a), trades(b)) > 300, 30_000);
    killed.signal('SIGKILL');
    await killed.result();
  }
  await using clean = new CliProcess(folder.path, simulate(folder, 'a.db', 'b.db'));
  const before = [trades(a), trades(b)];
  await until('both go on', () => trades(a) > before[0]! && trades(b) > before[1]!, 30_000);
  // The second store is locked by somebody for a while: the first one goes on, and nothing is lost.
  const lock = new Database(b);
  lock.run('PRAGMA busy_timeout = 30000');
  lock.run('BEGIN IMMEDIATE');
  const locked = trades(a);
  await clean.log('takes nothing, spooling to disk', 30_000);
  await until('the other store goes on', () => trades(a) > locked + 500, 30_000);
  lock.run('ROLLBACK');
  lock.close();
  await clean.log('has all that was spooled', 60_000);
  clean.signal('SIGINT');
  const result = await clean.result();
  expect(result.code).toBe(0);
  const { stores } = jsonLine(result) as { stores: { trades: number; spool_dropped: number }[] };
  expect(stores.map(({ spool_dropped: dropped }) => dropped)).toEqual([0, 0]);
  expect(jsonLine(result)).toMatchObject({ dropped: 0, open_gaps: 0, spool_length: 0 });
  for (const path of [a, b]) {
    const { trades: count, ...truth } = checkTruth(path, folder.file('truth.ndjson'));
    expect(count).toBeGreaterThan(1_000);
    expect(truth).toMatchObject(WHOLE);
    const verified = await runCommand(folder.path, 'verify', '--store', `sqlite:${path}`, '--json');
    expect([verified.code, jsonLine(verified).ok]).toEqual([0, true]);
  }
  expect(trades(b)).toBe(trades(a));
}, 180_000);

test('a backup is whole while recording goes on, and never replaces a file', async () => {
  using folder = new WorkFolder();
  await using live = new CliProcess(folder.path, simulate(folder, 'a.db'));
  await until('it records', () => trades(folder.file('a.db')) > 300, 30_000);
  const store = ['--store', `sqlite:${folder.file('a.db')}`];
  const backup = await runCommand(folder.path, 'inspect', ...store, '--backup', 'copy.db');
  expect([backup.code, backup.stderr]).toEqual([0, '']);
  const copy = folder.file('copy.db');
  expect(numberOf(copy, 'SELECT count(*) FROM trades')).toBeGreaterThan(300);
  expect(new Database(copy).query('PRAGMA quick_check').get()).toEqual({ quick_check: 'ok' });
  const again = await runCommand(folder.path, 'inspect', ...store, '--backup', 'copy.db');
  expect(again.code).toBe(1);
  expect(again.stderr).toBe(`tickspine: ${copy} is there already: give a backup a new name\n`);
  expect(folder.names().filter((name) => name.endsWith('.part'))).toEqual([]);
  live.signal('SIGINT');
  expect((await live.result()).code).toBe(0);
}, 60_000);

test('migrate shows what is pending, applies it once, and refuses what was changed', async () => {
  using folder = new WorkFolder();
  const run = async (...more: string[]) =>
    runCommand(folder.path, 'migrate', '--store', 'sqlite:m.db', ...more);
  const dry = jsonLine(await run('--dry-run', '--json')) as { stores: Migrated[] };
  expect(dry.stores[0]).toMatchObject({ store: 'sqlite:m.db', applied_now: 0 });
  expect(dry.stores[0]?.migrations.map(({ state }) => state)).toEqual(
    dry.stores[0]?.migrations.map(() => 'pending') ?? [],
  );
  expect((await run('--dry-run', '--sql')).stdout).toContain('CREATE TABLE IF NOT EXISTS trade (');
  const count = dry.stores[0]?.migrations.length ?? 0;
  expect(count).toBeGreaterThanOrEqual(3);
  const applied = await run();
  expect(applied.stdout).toContain(`sqlite:m.db: ${count} applied (${count} now), 0 pending`);
  expect((await run()).stdout).toContain(`${count} applied (0 now), 0 pending`);
  const db = new Database(folder.file('m.db'));
  db.run("UPDATE schema_migrations SET checksum = 'abc' WHERE version = 1");
  db.close();
  const refused = await run();
  expect([refused.code, refused.stderr.split('\n').length]).toEqual([1, 2]);
  expect(refused.stderr).toContain('was made with another 1-base-tables');
}, 60_000);

interface Migrated {
  readonly store: string;
  readonly applied_now: number;
  readonly migrations: readonly { readonly state: string }[];
}
