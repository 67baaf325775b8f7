/** The writing side: what the shared server writer asks of SQL Server, on one connection. */
import { EngineError } from '../../base/errors.ts';
import type { Instrument, InstrumentKey, InstrumentMeta } from '../../model/instrument.ts';
import type {
  PruneTarget,
  RecordBatch,
  SessionRow,
  StoreOptions,
  StoreWriter,
} from '../contract.ts';
import { loadMigrations, migrate } from '../migrate.ts';
import type { CandleKey, StoredCandle } from '../server/candle-batch.ts';
import type { CoverageRange, StoredCoverage } from '../server/coverage-batch.ts';
import type { DerivativeTick } from '../server/derivative-merge.ts';
import type { GapKey, StoredGap } from '../server/ledger-batch.ts';
import type { BulkTable, RowList } from '../server/row-list.ts';
import type { ServerSession } from '../server/server-session.ts';
import { ServerWriter } from '../server/server-writer.ts';
import type { StoredRows } from '../stored-rows.ts';
import { MssqlBatchRows } from './batch-rows.ts';
import { Connection } from './database.ts';
import { endSession, registerInstruments, startSession, updateMeta } from './instrument-table.ts';
import { createKlinesView } from './klines-view.ts';
import { mssqlMigrationTarget, takeWriterLock, whileMigrating } from './migration-target.ts';
import { pruneRows, readHorizons } from './prune.ts';
import { type MssqlSettings, readSettings, SCHEME } from './settings.ts';
import { CandleTable, CoverageTable, LedgerTable } from './stored-tables.ts';
import { TradeQueries } from './trade-queries.ts';

const APP_NAME = 'tickspine';
/** A process that was killed leaves its lock as soon as the server sees its connection end. */
const LOCK_WAIT_MS = 2_000;
const MARK = 'tickspine';

export function createMssqlWriter(url: string, options: StoreOptions): StoreWriter {
  const settings = readSettings(url);
  let hadLock = false;
  const connect = async () => {
    try {
      const session = await MssqlSession.open(settings);
      hadLock = true;
      return session;
    } catch (error) {
      const isInUse = error instanceof EngineError && error.code === 'store-in-use';
      throw hadLock && isInUse ? stillHeld(settings.where, error) : error;
    }
  };
  return new ServerWriter({ connect }, options);
}

/** The lock may well be with the connection that was lost, until the server notices. */
function stillHeld(where: string, cause: EngineError): EngineError {
  return new EngineError(
    `${where}: the writer's lock is taken, perhaps by the connection that was lost: ` +
      'it is tried again',
    { code: 'store-busy', retry: 'retry', cause },
  );
}

class MssqlSession implements ServerSession {
  readonly rows: StoredRows;
  readonly #connection: Connection;
  readonly #batchRows: MssqlBatchRows;
  readonly #ledger: LedgerTable;

  private constructor(connection: Connection, batchRows: MssqlBatchRows) {
    this.#connection = connection;
    this.#batchRows = batchRows;
    this.#ledger = new LedgerTable(connection);
    this.rows = {
      trades: new TradeQueries(connection),
      coverage: new CoverageTable(connection),
      ledger: this.#ledger,
      candles: new CandleTable(connection, batchRows),
      retention: { horizons: () => readHorizons(connection) },
    };
  }

  static async open(settings: MssqlSettings): Promise<MssqlSession> {
    const connection = await Connection.open(settings, APP_NAME);
    try {
      await takeWriterLock(connection, LOCK_WAIT_MS);
      const target = mssqlMigrationTarget(connection);
      await whileMigrating(connection, () => migrate(target, loadMigrations(SCHEME)));
      return new MssqlSession(connection, await MssqlBatchRows.open(connection));
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  get isLost(): boolean {
    return this.#connection.isLost;
  }

  begin(): Promise<void> {
    return this.#connection.begin();
  }

  commit(): Promise<void> {
    return this.#connection.commit();
  }

  rollback(): Promise<void> {
    return this.#connection.rollback();
  }

  async mark(): Promise<void> {
    await this.#connection.batch(`SAVE TRANSACTION ${MARK};`);
  }

  /** A savepoint of the same name takes its place; there is nothing to give back. */
  async keepMark(): Promise<void> {}

  async undoToMark(): Promise<void> {
    await this.#connection.batch(`ROLLBACK TRANSACTION ${MARK};`);
  }

  /** Tables are made by the migrations, and a table takes rows of any time. */
  async prepare(): Promise<void> {}

  insertRows(
    table: BulkTable,
    batch: RecordBatch,
    rows: RowList,
    from: number,
    to: number,
  ): Promise<number> {
    return this.#batchRows.insertRows(table, batch, rows, from, to);
  }

  findDerivatives(keys: readonly DerivativeTick[]): Promise<readonly DerivativeTick[]> {
    return this.#batchRows.findDerivatives(keys);
  }

  putDerivatives(rows: readonly DerivativeTick[]): Promise<void> {
    return this.#batchRows.putDerivatives(rows);
  }

  findCandles(keys: readonly CandleKey[]): Promise<readonly StoredCandle[]> {
    return this.#batchRows.findCandles(keys);
  }

  putCandles(rows: readonly StoredCandle[]): Promise<void> {
    return this.#batchRows.putCandles(rows);
  }

  findGaps(keys: readonly GapKey[], staleOf: readonly number[]): Promise<readonly StoredGap[]> {
    return this.#batchRows.findGaps(keys, staleOf);
  }

  putGaps(rows: readonly StoredGap[]): Promise<void> {
    return this.#batchRows.putGaps(rows);
  }

  findCoverage(ranges: readonly CoverageRange[]): Promise<readonly StoredCoverage[]> {
    return this.#batchRows.findCoverage(ranges);
  }

  putCoverage(rows: readonly StoredCoverage[], removedIds: readonly number[]): Promise<void> {
    return this.#batchRows.putCoverage(rows, removedIds);
  }

  registerInstruments(instruments: readonly Instrument[]): Promise<readonly number[]> {
    return registerInstruments(this.#connection, instruments);
  }

  updateInstrumentMeta(list: readonly InstrumentMeta[]): Promise<void> {
    return updateMeta(this.#connection, list);
  }

  startSession(session: SessionRow): Promise<void> {
    return startSession(this.#connection, session);
  }

  endSession(sessionId: string, endedUs: number, summary: string): Promise<void> {
    return endSession(this.#connection, sessionId, endedUs, summary);
  }

  closeGap(rowId: number, nowUs: number, how: string): Promise<void> {
    return this.#ledger.closeById(rowId, nowUs, how);
  }

  prune(target: PruneTarget, beforeUs: number, rowsMax: number): Promise<number> {
    return pruneRows(this.#connection, target, beforeUs, rowsMax);
  }

  createKlinesView(key: InstrumentKey, timeframe: string): Promise<string> {
    return createKlinesView(this.#connection, key, timeframe);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
