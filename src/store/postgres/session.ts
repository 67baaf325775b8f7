/** One connection that holds the writer's lock: PostgreSQL's side of `ServerWriter`. */
import type { Instrument, InstrumentKey, InstrumentMeta } from '../../model/instrument.ts';
import type { PruneTarget, RecordBatch, SessionRow } from '../contract.ts';
import { loadMigrations, migrate } from '../migrate.ts';
import type { SortedBatch } from '../server/batch-sorter.ts';
import type { BulkTable, RowList } from '../server/row-list.ts';
import type { ServerDriver, ServerSession } from '../server/server-session.ts';
import type { StoredRows } from '../stored-rows.ts';
import { BatchRowTables } from './batch-rows.ts';
import { BulkLoad } from './bulk-load.ts';
import { CopyBuffer } from './copy-buffer.ts';
import { Database } from './database.ts';
import { type DatabaseUrl, SCHEME } from './database-url.ts';
import {
  endSession,
  registerInstruments,
  startSession,
  updateInstruments,
} from './instrument-rows.ts';
import { createKlinesView } from './klines-view.ts';
import { postgresMigrationTarget } from './migration-target.ts';
import { pruneRows, RetentionTable } from './prune.ts';
import { StoredCandleRows, StoredCoverageRows, StoredLedgerRows } from './stored-rows.ts';
import { useHypertables } from './timescale.ts';
import { TradeQueries } from './trade-queries.ts';
import { takeWriterLock } from './writer-lock.ts';

/** The server finds out about a writer whose machine is gone. Plans are along keys, always. */
const SETTINGS = {
  tcp_keepalives_idle: '30',
  tcp_keepalives_interval: '10',
  tcp_keepalives_count: '3',
  client_min_messages: 'warning',
  jit: 'off',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_sort: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
};

export class PostgresDriver implements ServerDriver {
  readonly #url: DatabaseUrl;
  /** Told apart from every other writer, so that this one knows its own old connection. */
  readonly #name = `tickspine-writer-${crypto.randomUUID().slice(0, 8)}`;
  readonly #copy = new CopyBuffer();

  constructor(url: DatabaseUrl) {
    this.#url = url;
  }

  async connect(): Promise<ServerSession> {
    const db = await Database.connect(this.#url, this.#name, SETTINGS);
    try {
      await takeWriterLock(db, this.#name);
      await migrate(postgresMigrationTarget(db), loadMigrations(SCHEME));
      const hasHypertables = await useHypertables(db);
      const bulk = await BulkLoad.open(db, !hasHypertables, this.#copy);
      return new PostgresSession(db, bulk, hasHypertables);
    } catch (error) {
      await db.close();
      throw error;
    }
  }
}

class PostgresSession extends BatchRowTables implements ServerSession {
  readonly rows: StoredRows;
  readonly #db: Database;
  readonly #bulk: BulkLoad;
  readonly #hasHypertables: boolean;

  constructor(db: Database, bulk: BulkLoad, hasHypertables: boolean) {
    super(db);
    this.#hasHypertables = hasHypertables;
    this.#db = db;
    this.#bulk = bulk;
    this.rows = {
      retention: new RetentionTable(db),
      trades: new TradeQueries(db),
      coverage: new StoredCoverageRows(db),
      ledger: new StoredLedgerRows(db),
      candles: new StoredCandleRows(db, this),
    };
  }

  get isLost(): boolean {
    return this.#db.isLost;
  }

  async begin(): Promise<void> {
    await this.#db.script('BEGIN');
    this.#bulk.begin();
  }

  commit(): Promise<void> {
    return this.#db.script('COMMIT');
  }

  /** When even that fails the connection is given up: the server then rolls back by itself. */
  async rollback(): Promise<void> {
    try {
      await this.#db.script('ROLLBACK');
    } catch {
      await this.#db.close();
    }
  }

  mark(): Promise<void> {
    return this.#db.script('SAVEPOINT mark');
  }

  keepMark(): Promise<void> {
    return this.#db.script('RELEASE mark');
  }

  undoToMark(): Promise<void> {
    return this.#db.script('ROLLBACK TO mark; RELEASE mark');
  }

  prepare({ batch, rows }: SortedBatch): Promise<void> {
    return this.#bulk.prepare(batch, rows);
  }

  insertRows(
    table: BulkTable,
    batch: RecordBatch,
    rows: RowList,
    from: number,
    to: number,
  ): Promise<number> {
    return this.#bulk.insert(table, batch, rows, from, to);
  }

  registerInstruments(instruments: readonly Instrument[]): Promise<readonly number[]> {
    return registerInstruments(this.#db, instruments);
  }

  updateInstrumentMeta(list: readonly InstrumentMeta[]): Promise<void> {
    return updateInstruments(this.#db, list);
  }

  startSession(session: SessionRow): Promise<void> {
    return startSession(this.#db, session);
  }

  endSession(sessionId: string, endedUs: number, summary: string): Promise<void> {
    return endSession(this.#db, sessionId, endedUs, summary);
  }

  async closeGap(rowId: number, nowUs: number, how: string): Promise<void> {
    await this.#db.run(
      'UPDATE gap SET repaired = 1, repaired_us = $1, how = $2 WHERE id = $3 AND repaired = 0',
      [nowUs, how, rowId],
    );
  }

  async prune(target: PruneTarget, beforeUs: number, rowsMax: number): Promise<number> {
    const count = await pruneRows(this.#db, target, beforeUs, rowsMax, this.#hasHypertables);
    if (count < rowsMax) await this.#bulk.dropEmpty(beforeUs);
    return count;
  }

  createKlinesView(key: InstrumentKey, timeframe: string): Promise<string> {
    return createKlinesView(this.#db, key, timeframe);
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}
