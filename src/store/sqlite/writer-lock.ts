/**
 * One writer a store. The lock is SQLite's own exclusive file lock on an empty file `<path>-lock`,
 * held by an open transaction: the operating system drops it when the process ends, however it
 * ends, so no lock is ever stale. The file itself stays; removing it would let two writers lock two
 * files.
 */
import { Database, SQLiteError } from 'bun:sqlite';
import { EngineError } from '../../base/errors.ts';
import { explainError } from './database.ts';

export class WriterLock {
  readonly #db: Database;

  /** Throws `store-in-use` when another writer, in whatever process, has the store open. */
  constructor(path: string) {
    const lockPath = `${path}-lock`;
    let db: Database | undefined;
    try {
      db = new Database(lockPath, { create: true, readwrite: true });
      db.run('PRAGMA busy_timeout = 0');
      db.run('BEGIN EXCLUSIVE');
    } catch (error) {
      db?.close();
      if (error instanceof SQLiteError && (error.code ?? '').startsWith('SQLITE_BUSY')) {
        throw new EngineError(
          `${path} is being written by another process: stop it or record into another file`,
          { code: 'store-in-use', retry: 'fatal', cause: error },
        );
      }
      throw explainError(error, lockPath);
    }
    this.#db = db;
  }

  release(): void {
    this.#db.close();
  }
}
