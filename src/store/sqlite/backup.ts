/**
 * An online copy of a store: one consistent state, compacted, made by a reader while recording goes
 * on. The copy gets its name only when it is whole.
 */
import { SQLiteError } from 'bun:sqlite';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { EngineError } from '../../base/errors.ts';
import { explainError, openForReading, sqlitePath } from './database.ts';

export async function backupSqlite(url: string, target: string): Promise<void> {
  if (existsSync(target)) {
    throw new EngineError(`${target} is there already: give a backup a new name`, {
      code: 'backup-exists',
      retry: 'fatal',
    });
  }
  const path = sqlitePath(url);
  const db = openForReading(path);
  const part = `${target}.part`;
  try {
    rmSync(part, { force: true });
    db.run('PRAGMA query_only = OFF');
    db.run('VACUUM INTO ?', [part]);
    renameSync(part, target);
  } catch (error) {
    throw explainError(error, isOfSource(error) ? path : target);
  } finally {
    db.close();
    rmSync(part, { force: true });
  }
}

/** The store is only read: whatever else goes wrong, goes wrong with the copy. */
function isOfSource(error: unknown): boolean {
  const code = error instanceof SQLiteError ? (error.code ?? '') : '';
  return /^SQLITE_(CORRUPT|NOTADB|BUSY|LOCKED|IOERR_READ|IOERR_SHORT_READ)/.test(code);
}
