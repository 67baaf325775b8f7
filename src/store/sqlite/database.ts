/**
 * Opening SQLite files, and what their errors mean to the engine.
 *
 * Durability: WAL with synchronous=NORMAL. A commit is in the operating system's hands when `write`
 * resolves, so `kill -9` of the process loses nothing committed. Power loss or a kernel crash may
 * lose the commits since the last checkpoint (at most about 32 MB of log, as one piece from the
 * end: never a hole in the middle, never a corrupt file); the next start finds what is missing by
 * the trade ids and refills it. synchronous=FULL would add an fsync to each batch.
 */
import { constants, Database, SQLiteError } from 'bun:sqlite';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  EngineError,
  errorText,
  isFileError,
  type RetryClass,
  UsageError,
} from '../../base/errors.ts';

export const SCHEME = 'sqlite';
const BUSY_TIMEOUT_MS = 5_000;
/**
 * The writer waits less: its thread stands still meanwhile, and a refused batch goes to the spool.
 */
const WRITER_BUSY_TIMEOUT_MS = 500;
/**
 * Pages of 4 KiB in the log before a commit moves them into the file itself: a store under such
 * load that nobody finds the time to tidy it.
 */
const CHECKPOINT_PAGES = 8_000;
const WAL_LENGTH_KEPT = 64 * 1024 * 1024;
const WRITER_CACHE_KIB = 65_536;

/** File path of `sqlite:PATH` (also `sqlite://PATH`). */
export function sqlitePath(url: string): string {
  const path = url.replace(/^sqlite:(\/\/)?/i, '');
  if (path === '' || path.startsWith(':memory:')) {
    throw new UsageError(`store URL '${url}' names no file: use sqlite:PATH`);
  }
  return path;
}

export function openForWriting(path: string): Database {
  return guard(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    const db = new Database(path, { create: true, readwrite: true });
    db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    db.run('PRAGMA auto_vacuum = NONE');
    db.run('PRAGMA journal_mode = WAL');
    db.run('PRAGMA synchronous = NORMAL');
    db.run('PRAGMA foreign_keys = ON');
    db.run(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.run(`PRAGMA journal_size_limit = ${WAL_LENGTH_KEPT}`);
    db.run(`PRAGMA cache_size = -${WRITER_CACHE_KIB}`);
    db.run(`PRAGMA busy_timeout = ${WRITER_BUSY_TIMEOUT_MS}`);
    return db;
  });
}

/** A reader never takes a lock that a writer waits for; it only keeps old log pages alive. */
export function openForReading(path: string): Database {
  if (!existsSync(path)) {
    throw new EngineError(`there is no store at ${path}: record something first`, {
      code: 'store-missing',
      retry: 'fatal',
    });
  }
  return guard(path, () => {
    const db = new Database(path, { readonly: true });
    db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    db.run('PRAGMA query_only = ON');
    return db;
  });
}

/**
 * For a look that leaves the folder as it was; a file that is not there is an empty database. A
 * reader makes the log's files where there are none: without a log nobody writes, and the file is
 * read as one that cannot change.
 */
export function openUnchanged(path: string): Database {
  if (!existsSync(path)) return new Database(':memory:');
  if (existsSync(`${path}-wal`)) return openForReading(path);
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  const flags = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI;
  return guard(path, () => new Database(url.href, flags));
}

/** Runs `task`; what SQLite throws comes out as an EngineError. */
export function guard<T>(path: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw explainError(error, path);
  }
}

interface Advice {
  readonly code: string;
  readonly retry: RetryClass;
  readonly advice: string;
}

/** By the primary result code; extended codes (`SQLITE_IOERR_WRITE`) start with it. */
const ADVICE: readonly (readonly [string, Advice])[] = [
  ['SQLITE_FULL', { code: 'store-full', retry: 'retry', advice: 'free disk space' }],
  ['SQLITE_BUSY', { code: 'store-busy', retry: 'retry', advice: 'another program holds its lock' }],
  ['SQLITE_LOCKED', { code: 'store-busy', retry: 'retry', advice: 'another program locks it' }],
  ['SQLITE_IOERR', { code: 'store-io', retry: 'retry', advice: 'check the disk' }],
  [
    'SQLITE_CORRUPT',
    { code: 'store-corrupt', retry: 'fatal', advice: "salvage it with sqlite3's .recover" },
  ],
  ['SQLITE_NOTADB', { code: 'store-corrupt', retry: 'fatal', advice: 'it is no SQLite file' }],
  [
    'SQLITE_READONLY',
    { code: 'store-access', retry: 'fatal', advice: 'make the file and its folder writable' },
  ],
  [
    'SQLITE_CANTOPEN',
    { code: 'store-access', retry: 'fatal', advice: 'check the path and its permissions' },
  ],
  ['SQLITE_PERM', { code: 'store-access', retry: 'fatal', advice: 'check its permissions' }],
];

export function explainError(error: unknown, path: string): unknown {
  if (error instanceof EngineError) return error;
  if (error instanceof SQLiteError) {
    const name = error.code ?? '';
    const known = ADVICE.find(([prefix]) => name.startsWith(prefix))?.[1];
    const { code, retry, advice } = known ?? {
      code: 'store-error',
      retry: 'fatal' as const,
      advice: 'see the message',
    };
    return new EngineError(`${path}: ${errorText(error)} (${name || 'SQLite'}): ${advice}`, {
      code,
      retry,
      cause: error,
    });
  }
  if (isFileError(error)) {
    return new EngineError(`${path}: ${errorText(error)}: check the path and its permissions`, {
      code: 'store-access',
      retry: 'fatal',
      cause: error,
    });
  }
  return error;
}

/** The database refuses the row for what is in it; the transaction goes on without it. */
export function isRowRefusal(error: unknown): error is SQLiteError {
  const name = error instanceof SQLiteError ? (error.code ?? '') : '';
  return /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(name);
}
