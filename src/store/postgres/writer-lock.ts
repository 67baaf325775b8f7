/**
 * One writer a database: an advisory lock that the server drops when the connection ends, however
 * it ends. A writer that lost its connection may find that the server has not noticed yet; it then
 * ends its own old connection, which it knows by the name it gave.
 */
import { delay } from '../../base/clock.ts';
import { EngineError } from '../../base/errors.ts';
import type { Database } from './database.ts';

/** `tick`, then what for. */
const LOCK = '1953063787, 1';
const SCHEMA_LOCK = '1953063787, 2';
/** How long a connection that was just killed may take to be noticed. */
const ATTEMPTS = 15;
const PAUSE_MS = 100;

const HOLDER_SQL = `SELECT a.pid, a.application_name AS name FROM pg_locks l
  JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE l.locktype = 'advisory' AND l.granted AND l.database = (
    SELECT oid FROM pg_database WHERE datname = current_database())
    AND (l.classid, l.objid) = (${LOCK})`;

/** Rejects with `store-in-use` when another writer, in whatever process, has the database. */
export async function takeWriterLock(db: Database, ownName: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const [row] = await db.rows<{ held: boolean }>(`SELECT pg_try_advisory_lock(${LOCK}) AS held`);
    if (row?.held === true) return;
    const [holder] = await db.rows<{ pid: number; name: string }>(HOLDER_SQL);
    if (holder?.name === ownName) await db.run('SELECT pg_terminate_backend($1)', [holder.pid]);
    await delay(PAUSE_MS);
  }
  const [holder] = await db.rows<{ pid: number; name: string }>(HOLDER_SQL);
  if (holder?.name === ownName) {
    const message = `${db.where}: the server still works on what this process gave up`;
    throw new EngineError(message, { code: 'store-lost', retry: 'retry' });
  }
  const advice = 'stop it or record into another database';
  const message = `${db.where} is being written by another process: ${advice}`;
  throw new EngineError(message, { code: 'store-in-use', retry: 'fatal' });
}

/** Runs `task` while nobody else changes the schema. */
export async function withSchemaLock<T>(db: Database, task: () => Promise<T>): Promise<T> {
  await db.rows(`SELECT pg_advisory_lock(${SCHEMA_LOCK})`);
  try {
    return await task();
  } finally {
    if (!db.isLost) await db.rows(`SELECT pg_advisory_unlock(${SCHEMA_LOCK})`);
  }
}
