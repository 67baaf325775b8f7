import { Database } from 'bun:sqlite';
import { afterAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadMigrations, migrate } from '../../../src/store/migrate.ts';
import { sqliteMigrationTarget } from '../../../src/store/sqlite/migration-target.ts';

const root = mkdtempSync(join(tmpdir(), 'tickspine-sql-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

function migrationsOf(...files: string[]) {
  folders += 1;
  const store = `store${folders}`;
  mkdirSync(join(root, store));
  for (const [i, sql] of files.entries()) {
    writeFileSync(join(root, store, `000${i + 1}-step-${i + 1}.sql`), sql);
  }
  return loadMigrations(store, root);
}

const ONE = 'CREATE TABLE a (x);';
const TWO = 'CREATE TABLE b (x); INSERT INTO b VALUES (1);';

test('applies what is pending, in order, once', async () => {
  const db = new Database(':memory:');
  const target = sqliteMigrationTarget(db, 'a.db');
  expect(await migrate(target, migrationsOf(ONE))).toBe(1);
  expect(await migrate(target, migrationsOf(ONE, TWO))).toBe(1);
  expect(await migrate(target, migrationsOf(ONE, TWO))).toBe(0);
  expect(db.query('SELECT x FROM b').all()).toEqual([{ x: 1 }]);
  const rows = db.query('SELECT version, name FROM schema_migrations').all();
  expect(rows).toEqual([
    { version: 1, name: 'step-1' },
    { version: 2, name: 'step-2' },
  ]);
});

test('refuses a store whose applied migration was changed since', async () => {
  const target = sqliteMigrationTarget(new Database(':memory:'), 'a.db');
  await migrate(target, migrationsOf(ONE));
  const changed = migrate(target, migrationsOf(`${ONE} -- harmless?`, TWO));
  await expect(changed).rejects.toMatchObject({ code: 'store-schema', retry: 'fatal' });
});

test('gives the same checksum whatever the line ends of the checkout', () => {
  const [unix] = migrationsOf('CREATE TABLE a (\n x\n);\n');
  const [windows] = migrationsOf('CREATE TABLE a (\r\n x\r\n);\r\n');
  expect(windows?.checksum).toBe(unix?.checksum as string);
});

test('refuses a store of a newer build', async () => {
  const target = sqliteMigrationTarget(new Database(':memory:'), 'a.db');
  await migrate(target, migrationsOf(ONE, TWO));
  await expect(migrate(target, migrationsOf(ONE))).rejects.toThrow(/use a newer build/);
});

test('leaves nothing of a migration that fails half way', async () => {
  const db = new Database(':memory:');
  const target = sqliteMigrationTarget(db, 'a.db');
  await expect(
    migrate(target, migrationsOf(`${ONE} INSERT INTO nowhere VALUES (1);`)),
  ).rejects.toThrow();
  expect(db.query("SELECT name FROM sqlite_schema WHERE name = 'a'").all()).toEqual([]);
  expect(db.query('SELECT * FROM schema_migrations').all()).toEqual([]);
});

test('finds the files that come with the build', () => {
  const names = loadMigrations('sqlite').map((migration) => migration.name);
  expect(names.slice(0, 2)).toEqual(['base-tables', 'views']);
});
