/**
 * PostgreSQL's side of the migrations: DDL is transactional here, so a file applies whole or not at
 * all. Whoever starts at the same time waits, then finds the work done.
 */
import { systemClock } from '../../base/clock.ts';
import type { MigrationAccess, MigrationSession } from '../contract.ts';
import type { AppliedMigration, MigrationTarget } from '../migrate.ts';
import { loadMigrations } from '../migrate.ts';
import { Database } from './database.ts';
import { parseDatabaseUrl, SCHEME } from './database-url.ts';
import { createKlinesView } from './klines-view.ts';
import { withSchemaLock } from './writer-lock.ts';

const EXISTS_SQL = "SELECT to_regclass('schema_migrations') IS NOT NULL AS there";
const MAKE_SQL = `CREATE TABLE IF NOT EXISTS schema_migrations (
  version    INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  checksum   TEXT NOT NULL,
  applied_us BIGINT NOT NULL
)`;
const APPLIED_SQL = 'SELECT version, name, checksum FROM schema_migrations ORDER BY version';

export function postgresMigrationTarget(db: Database): MigrationTarget {
  return {
    where: db.where,
    applied: () =>
      withSchemaLock(db, async () => {
        const [row] = await db.rows<{ there: boolean }>(EXISTS_SQL);
        return row?.there === true ? db.rows<AppliedMigration>(APPLIED_SQL) : [];
      }),
    apply: ({ version, name, checksum, sql }) =>
      withSchemaLock(db, async () => {
        await db.script(MAKE_SQL);
        const done = await db.rows('SELECT 1 FROM schema_migrations WHERE version = $1', [version]);
        if (done.length > 0) return;
        await db.script('BEGIN');
        try {
          await db.script(sql);
          const values = [version, name, checksum, systemClock.wallUs()];
          await db.run('INSERT INTO schema_migrations VALUES ($1, $2, $3, $4)', values);
          await db.script('COMMIT');
        } catch (error) {
          if (!db.isLost) await db.script('ROLLBACK');
          throw error;
        }
      }),
  };
}

export async function openPostgresMigrations(
  url: string,
  access: MigrationAccess,
): Promise<MigrationSession> {
  const settings = access === 'look' ? { default_transaction_read_only: 'on' } : {};
  const db = await Database.connect(parseDatabaseUrl(url), 'tickspine-migrate', settings);
  return {
    target: postgresMigrationTarget(db),
    migrations: loadMigrations(SCHEME),
    createKlinesView: (key, timeframe) => createKlinesView(db, key, timeframe),
    close: () => db.close(),
  };
}
