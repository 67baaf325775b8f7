/**
 * SQLite's side of the migrations: DDL is transactional here, so a file applies whole or not at
 * all.
 */
import type { Database } from 'bun:sqlite';
import { systemClock } from '../../base/clock.ts';
import type { MigrationAccess, MigrationSession } from '../contract.ts';
import { type AppliedMigration, loadMigrations, type MigrationTarget } from '../migrate.ts';
import { guard, openForWriting, openUnchanged, SCHEME, sqlitePath } from './database.ts';
import { createKlinesView } from './klines-view.ts';
import { readRows } from './statements.ts';

const TABLE_SQL = `CREATE TABLE IF NOT EXISTS schema_migrations (
  version    INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  checksum   TEXT NOT NULL,
  applied_us INTEGER NOT NULL
) STRICT`;
const EXISTS_SQL = "SELECT name FROM sqlite_schema WHERE name = 'schema_migrations'";
const APPLIED_SQL = 'SELECT version, name, checksum FROM schema_migrations ORDER BY version';

export function sqliteMigrationTarget(db: Database, path: string): MigrationTarget {
  return {
    where: path,
    async applied() {
      return guard(path, () =>
        readRows(db, EXISTS_SQL).length === 0 ? [] : readRows<AppliedMigration>(db, APPLIED_SQL),
      );
    },
    async apply({ version, name, checksum, sql }) {
      db.run(TABLE_SQL);
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

/** For `migrate`: the file is made when it is not there and may be changed. */
export async function openSqliteMigrations(
  url: string,
  access: MigrationAccess,
): Promise<MigrationSession> {
  const path = sqlitePath(url);
  const db = access === 'change' ? openForWriting(path) : openUnchanged(path);
  return {
    target: sqliteMigrationTarget(db, path),
    migrations: loadMigrations(SCHEME),
    createKlinesView: async (key, timeframe) =>
      guard(path, () => createKlinesView(db, key, timeframe)),
    close: async () => db.close(),
  };
}
