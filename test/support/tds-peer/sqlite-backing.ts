/**
 * A database behind the peer, so that what our store writes over the wire can be read back over the
 * wire: SQLite, through `dialect.ts`, one database connection a session. What it shows is that
 * statements and rows fit together; what a SQL Server makes of them it cannot show.
 */
import { Database, SQLiteError } from 'bun:sqlite';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatUs } from '../../../src/base/clock.ts';
import { translate } from './dialect.ts';
import type { PeerLoad, PeerParameters, PeerResult, PeerSession } from './peer.ts';
import type { TransactionAct } from './requests.ts';
import type { ColumnKind, PeerRow } from './tokens.ts';

/** A constraint said no: what a SQL Server calls 2627. */
const DUPLICATE_KEY = 2_627;
const SYNTAX = 102;
/** DATETIME2 in a server, text in SQLite. */
const TIME_COLUMNS = new Set(['ts', 'from_ts', 'to_ts', 'open_time', 'close_time', 'time']);
const LOCK = /= N'(\S+) ' \+ DB_NAME\(\)[\s\S]*sp_getapplock/;

export class SqliteBacking {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tickspine-peer-'));
  /** Who holds a lock of the database, by its name. */
  readonly locks = new Map<string, PeerSession>();

  openSession(): PeerSession {
    return new BackedSession(this, join(this.#folder, 'peer.db'));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

class BackedSession implements PeerSession {
  readonly #backing: SqliteBacking;
  readonly #db: Database;

  constructor(backing: SqliteBacking, path: string) {
    this.#backing = backing;
    this.#db = new Database(path, { create: true, readwrite: true });
    this.#db.run('PRAGMA journal_mode = WAL');
    this.#db.run('PRAGMA busy_timeout = 5000');
  }

  run(sql: string, parameters: PeerParameters): readonly PeerResult[] {
    const lock = LOCK.exec(sql)?.[1];
    if (lock !== undefined) return [this.#lock(lock)];
    const named = Object.fromEntries([...parameters].map(([name, value]) => [`@${name}`, value]));
    return translate(sql).map((statement) => this.#execute(statement, named));
  }

  load({ table, columns, rows }: PeerLoad): void {
    const marks = columns.map(() => '?').join(', ');
    const statement = this.#db.prepare(`INSERT INTO "${table}" VALUES (${marks})`);
    const tsAt = columns.indexOf('ts');
    for (const row of rows) {
      const values = row.map((value, i) => (i === tsAt ? formatUs(Number(value)) : value));
      statement.run(...(values as string[]));
    }
    statement.finalize();
  }

  transaction(act: TransactionAct): void {
    if (act === 'save') throw new Error('savepoints come as statements');
    if (act !== 'begin' && !this.#db.inTransaction) return;
    this.#db.run(act === 'begin' ? 'BEGIN IMMEDIATE' : act.toUpperCase());
  }

  close(): void {
    for (const [name, holder] of this.#backing.locks) {
      if (holder === this) this.#backing.locks.delete(name);
    }
    this.#db.close();
  }

  #lock(name: string): PeerResult {
    const holder = this.#backing.locks.get(name);
    const isFree = holder === undefined || holder === this;
    if (isFree && name.endsWith('writer')) this.#backing.locks.set(name, this);
    return { columns: ['result'], rows: [{ result: isFree ? 0 : -1 }] };
  }

  #execute(sql: string, named: Record<string, unknown>): PeerResult {
    try {
      const statement = this.#db.prepare<PeerRow, never[]>(sql);
      try {
        if (!/^\s*(SELECT|WITH)\b/i.test(sql)) {
          return { rowCount: statement.run(named as never).changes };
        }
        const rows = statement.all(named as never);
        const columns = statement.columnNames;
        return {
          columns,
          rows,
          kinds: columns.map((name, i) => kindOf(name, statement.declaredTypes[i])),
        };
      } finally {
        statement.finalize();
      }
    } catch (error) {
      if (!(error instanceof SQLiteError)) throw error;
      const number = /constraint/i.test(error.message) ? DUPLICATE_KEY : SYNTAX;
      throw Object.assign(new Error(`${error.message} in ${sql}`), { number });
    }
  }
}

/** As a SQL Server would describe a column of that type; undefined: by what the rows hold. */
function kindOf(name: string, type: string | null | undefined): ColumnKind | undefined {
  if (TIME_COLUMNS.has(name)) return 'time';
  if (type === null || type === undefined) return undefined;
  if (/^FLOAT/i.test(type)) return 'float';
  if (/^BIGINT/i.test(type)) return 'bigint';
  return /^(INT|INTEGER|SMALLINT|TINYINT)$/i.test(type) ? 'int' : undefined;
}
