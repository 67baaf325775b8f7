/**
 * SQL Server's side of the migrations. A file is a run of batches with GO between them; DDL is
 * transactional, so a file applies whole or not at all. A lock of the database lets one process at
 * a time migrate.
 */
import { systemClock } from '../../base/clock.ts';
import { EngineError } from '../../base/errors.ts';
import type { MigrationSession } from '../contract.ts';
import { type AppliedMigration, loadMigrations, type MigrationTarget } from '../migrate.ts';
import { Connection } from './database.ts';
import { createKlinesView } from './klines-view.ts';
import { readSettings, SCHEME } from './settings.ts';

const TABLE_SQL = `IF OBJECT_ID(N'dbo.schema_migrations', N'U') IS NULL
CREATE TABLE dbo.schema_migrations (
  version    INT NOT NULL CONSTRAINT schema_migrations_pk PRIMARY KEY,
  name       NVARCHAR(128) NOT NULL,
  checksum   NVARCHAR(64) NOT NULL,
  applied_us BIGINT NOT NULL
);`;
const EXISTS_SQL = "SELECT OBJECT_ID(N'dbo.schema_migrations', N'U') AS id";
const APPLIED_SQL = 'SELECT version, name, checksum FROM dbo.schema_migrations ORDER BY version';
const RECORD_SQL = `INSERT INTO dbo.schema_migrations (version, name, checksum, applied_us)
  VALUES (@version, @name, @checksum, @applied_us)`;
const MIGRATE_LOCK = 'tickspine-migrate';
const MIGRATE_LOCK_MS = 30_000;
const WRITER_LOCK = 'tickspine-writer';

/** Batches of a file: GO stands alone on its line. */
export function batchesOf(sql: string): string[] {
  return sql
    .split(/^[ \t]*GO[ \t]*$/im)
    .map((batch) => batch.trim())
    .filter((batch) => batch !== '');
}

export function mssqlMigrationTarget(connection: Connection): MigrationTarget {
  return {
    where: connection.settings.where,
    async applied() {
      const [row] = await connection.rows<{ id: number | null }>(EXISTS_SQL);
      if ((row?.id ?? null) === null) return [];
      return connection.rows<AppliedMigration>(APPLIED_SQL);
    },
    async apply({ version, name, checksum, sql }) {
      await connection.batch(TABLE_SQL);
      await allOrNothing(connection, async () => {
        for (const batch of batchesOf(sql)) await connection.batch(batch);
        const applied_us = systemClock.wallUs();
        await connection.change(RECORD_SQL, { version, name, checksum, applied_us });
      });
    },
  };
}

async function allOrNothing<T>(connection: Connection, task: () => Promise<T>): Promise<T> {
  await connection.begin();
  try {
    const result = await task();
    await connection.commit();
    return result;
  } catch (error) {
    await connection.rollback();
    throw error;
  }
}

/** Runs `task` while no other process migrates this database. */
export async function whileMigrating<T>(
  connection: Connection,
  task: () => Promise<T>,
): Promise<T> {
  if (!(await takeLock(connection, MIGRATE_LOCK, MIGRATE_LOCK_MS))) {
    throw new EngineError(`${connection.settings.where}: another process migrates it: try again`, {
      code: 'store-busy',
      retry: 'retry',
    });
  }
  try {
    return await task();
  } finally {
    if (!connection.isLost) {
      await connection.batch(
        `${resourceSql(MIGRATE_LOCK)}
        EXEC sp_releaseapplock @Resource = @resource, @LockOwner = N'Session';`,
      );
    }
  }
}

/** One writer a database: held until the connection ends, however it ends. */
export async function takeWriterLock(connection: Connection, waitMs: number): Promise<void> {
  if (await takeLock(connection, WRITER_LOCK, waitMs)) return;
  throw new EngineError(
    `${connection.settings.where} is being written by another process: ` +
      'stop it or record into another database',
    { code: 'store-in-use', retry: 'fatal' },
  );
}

async function takeLock(connection: Connection, name: string, waitMs: number): Promise<boolean> {
  const { rows } = await connection.batch<{ result: number }>(`${resourceSql(name)}
    DECLARE @result INT;
    EXEC @result = sp_getapplock @Resource = @resource, @LockMode = N'Exclusive',
      @LockOwner = N'Session', @LockTimeout = ${waitMs};
    SELECT @result AS result;`);
  return Number(rows[0]?.result ?? -1) >= 0;
}

/** Locks are of a database, but on Babelfish of all of them: so the name has the database's. */
function resourceSql(name: string): string {
  return `DECLARE @resource NVARCHAR(255) = N'${name} ' + DB_NAME();`;
}

/** One connection for either access: what only looks sends nothing that changes anything. */
export async function openMssqlMigrations(url: string): Promise<MigrationSession> {
  const connection = await Connection.open(readSettings(url), 'tickspine migrate');
  return {
    target: mssqlMigrationTarget(connection),
    migrations: loadMigrations(SCHEME),
    createKlinesView: (key, timeframe) =>
      allOrNothing(connection, () => createKlinesView(connection, key, timeframe)),
    close: () => connection.close(),
  };
}
