/**
 * Schema migrations: plain SQL files `sql/<store>/NNNN-name.sql`, applied in order, each once, each
 * in a transaction of its own. The database remembers a checksum of what it ran: an applied file
 * that changed since is an error, never run again, because nobody knows what the old one did.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file with LF line ends, in hex. */
  readonly checksum: string;
}

export interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

/** What a store gives to be migrated. */
export interface MigrationTarget {
  /** For messages, without secrets. */
  readonly where: string;
  /** Rows of `schema_migrations`, none where that table is missing. Changes nothing. */
  applied(): Promise<readonly AppliedMigration[]>;
  /** Runs the SQL and records the row, both or neither; makes the table first if need be. */
  apply(migration: Migration): Promise<void>;
}

const FILE_NAME = /^(\d{4})-([a-z0-9-]+)\.sql$/;
const SQL_ROOT = join(import.meta.dirname, '../../sql');

/** Migrations of one store, ascending. Versions are 1, 2, 3 … without holes. */
export function loadMigrations(store: string, root = SQL_ROOT): readonly Migration[] {
  const folder = join(root, store);
  const list: Migration[] = [];
  for (const file of readdirSync(folder).sort()) {
    const match = FILE_NAME.exec(file);
    if (match === null) continue;
    // A checkout on Windows may have CRLF; the checksum must not tell machines apart.
    const sql = readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n');
    const checksum = new Bun.CryptoHasher('sha256').update(sql).digest('hex');
    list.push({ version: Number(match[1]), name: match[2] ?? '', sql, checksum });
  }
  const isWhole = list.every((migration, i) => migration.version === i + 1);
  assert(list.length > 0 && isWhole, `Invariant: ${folder} holds 0001-….sql, 0002-….sql, …`);
  return list;
}

export interface MigrationState {
  /** `0001`, as in the file's name. */
  readonly version: string;
  readonly name: string;
  readonly state: 'applied' | 'pending';
}

/** Every migration of this build. Rejects as `migrate` does when the store was made otherwise. */
export async function appliedOrPending(
  target: MigrationTarget,
  migrations: readonly Migration[],
): Promise<MigrationState[]> {
  const pending = new Set(await pendingOf(target, migrations));
  return migrations.map((migration) => ({
    version: String(migration.version).padStart(4, '0'),
    name: migration.name,
    state: pending.has(migration) ? 'pending' : 'applied',
  }));
}

/** Applies what is pending; returns how many. */
export async function migrate(
  target: MigrationTarget,
  migrations: readonly Migration[],
): Promise<number> {
  const pending = await pendingOf(target, migrations);
  for (const migration of pending) await target.apply(migration);
  return pending.length;
}

async function pendingOf(
  target: MigrationTarget,
  migrations: readonly Migration[],
): Promise<readonly Migration[]> {
  const known = new Map(migrations.map((migration) => [migration.version, migration]));
  const done = await target.applied();
  for (const { version, name, checksum } of done) {
    const expected = known.get(version);
    if (expected === undefined) {
      throw schemaError(
        `${target.where} has schema version ${version} (${name}), this build knows ` +
          `${migrations.length}: use a newer build`,
      );
    }
    if (expected.checksum !== checksum) {
      throw schemaError(
        `${target.where} was made with another ${version}-${name} (checksum ` +
          `${checksum.slice(0, 12)}, this build has ${expected.checksum.slice(0, 12)})`,
      );
    }
  }
  const doneVersions = new Set(done.map((row) => row.version));
  return migrations.filter((migration) => !doneVersions.has(migration.version));
}

function schemaError(message: string): EngineError {
  return new EngineError(message, { code: 'store-schema', retry: 'fatal' });
}
