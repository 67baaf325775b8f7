/**
 * SQLite's side of the migrations: DDL is transactional here, so a file applies whole or not at
 * all.
 */
import type { Database } from 'bun:sqlite';
import { systemClock } from '../../base/clock.ts';
import type { MigrationSession } from '../contract.ts';
import { type AppliedMigration, loadMigrations, type MigrationTarget } from '../migrate.ts';
import { openForWriting, SCHEME, sqlitePath } from './database.ts';
import { readRows } from './statements.ts';

export function sqliteMigrationTarget(db: Database, path: string): MigrationTarget {
  return {
    where: path,
    async applied() {
      db.run(`CREATE TABLE IF NOT EXISTS schema_migrations (
        version    INTEGER PRIMARY KEY,
        name       TEXT NOT NULL,
        checksum   TEXT NOT NULL,
        applied_us INTEGER NOT NULL
      ) STRICT`);
      return readRows<AppliedMigration>(
        db,
        'SELECT version, name, checksum FROM schema_migrations ORDER BY version',
      );
    },
    async apply({ version, name, checksum, sql }) {
      db.transaction(() => {
        db.run(sql);
        db.run('INSERT INTO schema_migrations VALUES (?, ?, ?, ?)', [
          version,
          name,
          checksum,
          systemClock.wallUs(),
        ]);
      }).immediate();
    },
  };
}

/** For `migrate`: the file is made when it is not there. */
export async function openSqliteMigrations(url: string): Promise<MigrationSession> {
  const path = sqlitePath(url);
  const db = openForWriting(path);
  return {
    target: sqliteMigrationTarget(db, path),
    migrations: loadMigrations(SCHEME),
    close: async () => db.close(),
  };
}
