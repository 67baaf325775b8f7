/**
 * The writing side of the SQLite store: one connection, one transaction a batch, one writer a file.
 *
 * Every call waits for the one before it, so that nothing slips into an open transaction while a
 * rebuild inside it awaits. A call that fails leaves no trace: its transaction is rolled back.
 */
import type { Database } from 'bun:sqlite';
import { assert } from '../../base/assert.ts';
import { systemClock } from '../../base/clock.ts';
import type { Instrument, InstrumentKey, InstrumentMeta } from '../../model/instrument.ts';
import type {
  CandleSeed,
  PruneTarget,
  RecordBatch,
  ResumeState,
  SessionRow,
  StoreOptions,
  StoreWriter,
  WriteResult,
} from '../contract.ts';
import type { FileLock } from '../file-lock.ts';
import { InstrumentCandles } from '../instrument-candles.ts';
import { loadMigrations, migrate } from '../migrate.ts';
import { dueAtStart, readResume } from '../resume.ts';
import type { StoredRows } from '../stored-rows.ts';
import { BatchWriter } from './batch-writer.ts';
import { CandleTable } from './candle-table.ts';
import { CoverageTable } from './coverage-table.ts';
import { explainError, openForWriting, SCHEME, sqlitePath } from './database.ts';
import { InstrumentTable } from './instrument-table.ts';
import { createKlinesView } from './klines-view.ts';
import { LedgerTable } from './ledger-table.ts';
import { sqliteMigrationTarget } from './migration-target.ts';
import { pruneRows, RetentionTable } from './retention.ts';
import { RowTables } from './row-tables.ts';
import { StatementSet } from './statements.ts';
import { TradeQueries } from './trade-queries.ts';
import { lockStore } from './writer-lock.ts';

/** All that exists only while the file is open. */
interface OpenStore {
  readonly db: Database;
  readonly lock: FileLock;
  readonly statements: StatementSet;
  readonly instruments: InstrumentTable;
  readonly sources: StoredRows & { readonly ledger: LedgerTable };
  readonly batches: BatchWriter;
}

/** How a gap is marked whose trades were found in the store at the start. */
const FOUND_AT_START = 'all ids were stored before the restart';

/** The log is moved into the file after so many batches or bytes of records. */
const CHECKPOINT_BATCHES = 20;
const CHECKPOINT_LENGTH = 2 << 20;

export class SqliteWriter implements StoreWriter {
  readonly #path: string;
  readonly #options: StoreOptions;
  #store: OpenStore | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  /** Since the log was moved into the file. */
  #loggedBatches = 0;
  #loggedLength = 0;

  constructor(url: string, options: StoreOptions) {
    this.#path = sqlitePath(url);
    this.#options = options;
  }

  open(): Promise<void> {
    return this.#inTurn(async () => {
      // Open, but what followed failed: it is tried again from here.
      if (this.#store !== undefined) return;
      // The database first: it makes the folder, and a path that is no database has a clear error.
      const db = openForWriting(this.#path);
      let lock: FileLock | undefined;
      try {
        lock = lockStore(this.#path);
        await migrate(sqliteMigrationTarget(db, this.#path), loadMigrations(SCHEME));
        this.#store = prepareStore(db, lock, this.#options);
      } catch (error) {
        lock?.release();
        db.close();
        throw error;
      }
    });
  }

  registerInstruments(instruments: readonly Instrument[]): Promise<void> {
    return this.#inTransaction((store) => store.instruments.register(instruments));
  }

  updateInstrumentMeta(list: readonly InstrumentMeta[]): Promise<void> {
    return this.#inTransaction((store) => store.instruments.updateMeta(list));
  }

  startSession(session: SessionRow): Promise<void> {
    const { sessionId, startedUs, command, version, host, config } = session;
    return this.#inTransaction(({ db }) => {
      db.run(
        `INSERT INTO sessions (session_id, started_us, command, version, host, config)
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        [sessionId, startedUs, command, version, host, config],
      );
    });
  }

  endSession(sessionId: string, endedUs: number, summary: string): Promise<void> {
    return this.#inTransaction(({ db }) => {
      db.run('UPDATE sessions SET ended_us = ?, summary = ? WHERE session_id = ?', [
        endedUs,
        summary,
        sessionId,
      ]);
    });
  }

  write(batch: RecordBatch): Promise<WriteResult> {
    return this.#inTransaction(async (store) => {
      const { result, rebuilds, nowUs } = store.batches.write(batch);
      for (const [instrument, due] of rebuilds) {
        const id = store.instruments.ids[instrument] as number;
        const tape = store.instruments.tapes[instrument] as number;
        result.candles += await this.#candles(store, id, tape, nowUs).rebuild(due);
      }
      this.#loggedBatches += 1;
      this.#loggedLength += batch.length;
      return result;
    });
  }

  /** Checkpoints: done by a commit, it would be on the way of the batch. */
  async tidy(): Promise<void> {
    const isDue =
      this.#loggedBatches >= CHECKPOINT_BATCHES || this.#loggedLength >= CHECKPOINT_LENGTH;
    if (!isDue) return;
    this.#loggedBatches = 0;
    this.#loggedLength = 0;
    await this.#inTurn(async () => this.#opened().db.run('PRAGMA wal_checkpoint(PASSIVE)'));
  }

  resume(instrument: Instrument): Promise<ResumeState> {
    return this.#inTransaction(async (store) => {
      const id = store.instruments.idOf(instrument);
      const tape = store.instruments.tapes[instrument.index] as number;
      const { state, closed } = await readResume(store.sources, id, tape);
      const foundUs = systemClock.wallUs();
      for (const gap of closed) store.sources.ledger.closeById(gap.id, foundUs, FOUND_AT_START);
      const due = dueAtStart([...closed, ...state.openGaps]);
      await this.#candles(store, id, tape, state.lastTradeUs).rebuild(due);
      return state;
    });
  }

  rebuildCandles(
    instrument: Instrument,
    fromUs: number,
    toUs: number,
    nowUs: number,
  ): Promise<readonly CandleSeed[]> {
    return this.#inTransaction(async (store) => {
      const id = store.instruments.idOf(instrument);
      const tape = store.instruments.tapes[instrument.index] as number;
      const candles = this.#candles(store, id, tape, nowUs);
      await candles.rebuild({ changed: [{ fromUs, toUs }], repaired: [], isOngoing: false });
      return candles.seeds(instrument.index, { fromUs, toUs });
    });
  }

  createKlinesView(key: InstrumentKey, timeframe: string): Promise<string> {
    return this.#inTurn(async () => createKlinesView(this.#opened().db, key, timeframe));
  }

  prune(target: PruneTarget, beforeUs: number, rowsMax: number): Promise<number> {
    return this.#inTransaction(({ db }) => pruneRows(db, target, beforeUs, rowsMax));
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      const store = this.#store;
      if (store === undefined) return;
      this.#store = undefined;
      try {
        store.db.run('PRAGMA optimize');
        // A reader in mid-query may keep the log; it is not worth waiting for at shutdown.
        store.db.run('PRAGMA busy_timeout = 200');
        store.db.run('PRAGMA wal_checkpoint(TRUNCATE)');
      } finally {
        store.statements.finalize();
        store.db.close();
        store.lock.release();
      }
    });
  }

  #candles({ sources }: OpenStore, id: number, tape: number, nowUs: number): InstrumentCandles {
    return new InstrumentCandles(sources, this.#options.timeframes, id, tape, nowUs);
  }

  #opened(): OpenStore {
    assert(this.#store !== undefined, 'Invariant: the store is open');
    return this.#store;
  }

  #inTransaction<T>(task: (store: OpenStore) => T | Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      const store = this.#opened();
      store.db.run('BEGIN IMMEDIATE');
      try {
        const result = await task(store);
        store.db.run('COMMIT');
        return result;
      } catch (error) {
        // A full disk or a lost file ends the transaction by itself.
        if (store.db.inTransaction) store.db.run('ROLLBACK');
        throw error;
      }
    });
  }

  async #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    await before;
    try {
      return await task();
    } catch (error) {
      throw explainError(error, this.#path);
    } finally {
      resolve();
    }
  }
}

function prepareStore(db: Database, lock: FileLock, options: StoreOptions): OpenStore {
  const instruments = new InstrumentTable(db);
  const statements = new StatementSet(db);
  const sources = {
    candles: new CandleTable(statements),
    retention: new RetentionTable(db),
    coverage: new CoverageTable(statements),
    ledger: new LedgerTable(statements),
    trades: new TradeQueries(statements),
  };
  const rows = new RowTables(statements);
  const isInTransaction = () => db.inTransaction;
  const tables = { ...sources, rows, instruments, isInTransaction };
  const batches = new BatchWriter(tables, options.timeframes, options.bookDeltas);
  return { db, lock, statements, instruments, sources, batches };
}
