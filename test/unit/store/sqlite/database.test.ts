import { Database } from 'bun:sqlite';
import { afterAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineError } from '../../../../src/base/errors.ts';
import { explainError, sqlitePath } from '../../../../src/store/sqlite/database.ts';
import { store } from '../../../../src/store/sqlite/store.ts';

const folder = mkdtempSync(join(tmpdir(), 'tickspine-sqlite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const OPTIONS = { timeframes: [], bookDeltas: false };

test('reads the path out of a URL', () => {
  expect(sqlitePath('sqlite:data/a.db')).toBe('data/a.db');
  expect(sqlitePath('sqlite:/var/a.db')).toBe('/var/a.db');
  expect(sqlitePath('sqlite:///var/a.db')).toBe('/var/a.db');
  expect(() => sqlitePath('sqlite:')).toThrow(/names no file/);
  expect(() => sqlitePath('sqlite::memory:')).toThrow(/names no file/);
});

function thrownBy(task: () => void): EngineError {
  try {
    task();
  } catch (error) {
    const explained = explainError(error, 'a.db');
    if (explained instanceof EngineError) return explained;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('a full disk is worth another try, and the message says what to do', () => {
  const db = new Database(':memory:');
  db.run('CREATE TABLE t (x)');
  db.run('PRAGMA max_page_count = 3');
  const error = thrownBy(() => db.run('INSERT INTO t VALUES (zeroblob(100000))'));
  expect(error).toMatchObject({ code: 'store-full', retry: 'retry' });
  expect(error.message).toMatch(/^a\.db: .*free disk space$/);
  expect(error.message).not.toContain('\n');
});

test('a lock of somebody else is worth another try', () => {
  const path = join(folder, 'locked.db');
  const holder = new Database(path);
  holder.run('BEGIN EXCLUSIVE');
  const other = new Database(path);
  const error = thrownBy(() => other.run('CREATE TABLE t (x)'));
  expect(error).toMatchObject({ code: 'store-busy', retry: 'retry' });
  other.close();
  holder.close();
});

test('a file that is no database is refused at once', async () => {
  const path = join(folder, 'text.db');
  writeFileSync(path, 'this is no database, however long it goes on '.repeat(100));
  const writer = store.createWriter(`sqlite:${path}`, OPTIONS);
  await expect(writer.open()).rejects.toMatchObject({ code: 'store-corrupt', retry: 'fatal' });
  await expect(store.openReader(`sqlite:${path}`)).rejects.toMatchObject({ code: 'store-corrupt' });
});

test('a path that cannot be a file is refused with the path in the message', async () => {
  const path = join(folder, 'a-folder.db');
  mkdirSync(path);
  const writer = store.createWriter(`sqlite:${path}`, OPTIONS);
  await expect(writer.open()).rejects.toMatchObject({ code: 'store-access', retry: 'fatal' });
  await expect(store.createWriter(`sqlite:${path}`, OPTIONS).open()).rejects.toThrow(path);
  const below = store.createWriter(`sqlite:${join(folder, 'text.db', 'x.db')}`, OPTIONS);
  await expect(below.open()).rejects.toMatchObject({ code: 'store-access' });
});

test('a reader of a store that is not there says so', async () => {
  const path = join(folder, 'absent.db');
  await expect(store.openReader(`sqlite:${path}`)).rejects.toMatchObject({ code: 'store-missing' });
  new Database(path).run('CREATE TABLE other (x)');
  await expect(store.openReader(`sqlite:${path}`)).rejects.toMatchObject({ code: 'store-missing' });
});

test('a backup that cannot be written names the copy, not the store', async () => {
  const path = join(folder, 'whole.db');
  new Database(path).run('CREATE TABLE t (x)');
  const copy = join(folder, 'nowhere', 'copy.db');
  const backup = store.backup!(`sqlite:${path}`, copy);
  await expect(backup).rejects.toMatchObject({ code: 'store-access' });
  await expect(backup).rejects.toThrow(new RegExp(`^${copy}: .*check the path`));
});

test('a disk that is full in mid-batch leaves nothing of it; the next try works', async () => {
  const { BatchBuilder, testInstrument } = await import('../../../support/batch-builder.ts');
  const path = join(folder, 'fills.db');
  const writer = store.createWriter(`sqlite:${path}`, OPTIONS);
  await writer.open();
  await writer.registerInstruments([testInstrument(0, 'BTC/USDT')]);
  const batch = new BatchBuilder();
  for (let id = 0; id < 20_000; id += 1) batch.trade({ id, tsUs: id });
  // It ends the transaction, as this trigger does: the batch dies after thousands of rows.
  const other = new Database(path);
  other.run(`CREATE TRIGGER full_disk BEFORE INSERT ON trade WHEN new.trade_id = 15000
    BEGIN SELECT raise(ROLLBACK, 'disk'); END`);
  await expect(writer.write(batch.build())).rejects.toBeInstanceOf(EngineError);
  expect(other.query('SELECT count(*) AS n FROM trade').get()).toEqual({ n: 0 });
  other.run('DROP TRIGGER full_disk');
  other.close();
  expect((await writer.write(batch.build())).trades).toBe(20_000);
  await writer.close();
});
