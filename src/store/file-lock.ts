/**
 * A lock that dies with its holder. It is SQLite's own exclusive file lock on an empty file, held
 * by an open transaction: the operating system drops it when the process ends, however it ends, so
 * no lock is ever stale. The file itself stays; removing it would let two holders lock two files.
 */
import { Database, SQLiteError } from 'bun:sqlite';

export class FileLock {
  readonly #db: Database;

  private constructor(db: Database) {
    this.#db = db;
  }

  /** Undefined when another holder, in whatever process, has it. Throws what SQLite says. */
  static take(path: string): FileLock | undefined {
    let db: Database | undefined;
    try {
      db = new Database(path, { create: true, readwrite: true });
      db.run('PRAGMA busy_timeout = 0');
      // Nothing is written, so no journal either.
      db.run('PRAGMA journal_mode = MEMORY');
      db.run('BEGIN EXCLUSIVE');
      return new FileLock(db);
    } catch (error) {
      db?.close();
      if (error instanceof SQLiteError && (error.code ?? '').startsWith('SQLITE_BUSY')) {
        return undefined;
      }
      throw error;
    }
  }

  release(): void {
    this.#db.close();
  }
}
