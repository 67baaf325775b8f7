/**
 * What a store on a server brings: its connection and its own SQL. All that is the same for servers
 * (order of things, merging, halving, reconnecting) is done by `ServerWriter` on top of this.
 *
 * Errors: everything a session throws is an EngineError made by the store. `retry` is worth another
 * try after a reconnect if need be, `fatal` names in one line what to do. `RowError` blames a row.
 */
import { EngineError } from '../../base/errors.ts';
import type { Instrument, InstrumentKey, InstrumentMeta } from '../../model/instrument.ts';
import type { PruneTarget, RecordBatch, SessionRow } from '../contract.ts';
import type { StoredRows } from '../stored-rows.ts';
import type { SortedBatch } from './batch-sorter.ts';
import type { CandleKey, StoredCandle } from './candle-batch.ts';
import type { CoverageRange, StoredCoverage } from './coverage-batch.ts';
import type { DerivativeTick } from './derivative-merge.ts';
import type { GapKey, StoredGap } from './ledger-batch.ts';
import type { BulkTable, RowList } from './row-list.ts';

/** The database refuses a row for what is in it; which of them is found by halving. */
export class RowError extends EngineError {
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'store-row', retry: 'fatal', cause });
  }
}

/** Rows of a batch in and out, inside the open transaction. Lists may be empty. */
export interface BatchRows {
  /**
   * Loads rows from..to of `rows` in bulk; those whose key is there already (in the table, or
   * earlier in the list) are left out. Returns how many came in.
   */
  insertRows(
    table: BulkTable,
    batch: RecordBatch,
    rows: RowList,
    from: number,
    to: number,
  ): Promise<number>;
  /** Stored rows of the same instrument, time and receive time. */
  findDerivatives(keys: readonly DerivativeTick[]): Promise<readonly DerivativeTick[]>;
  /** Inserts or replaces whole rows; keys differ. */
  putDerivatives(rows: readonly DerivativeTick[]): Promise<void>;
  findCandles(keys: readonly CandleKey[]): Promise<readonly StoredCandle[]>;
  putCandles(rows: readonly StoredCandle[]): Promise<void>;
  /** Rows of these keys, and the open `stale` rows of these instruments; each once. */
  findGaps(keys: readonly GapKey[], staleOf: readonly number[]): Promise<readonly StoredGap[]>;
  putGaps(rows: readonly StoredGap[]): Promise<void>;
  findCoverage(ranges: readonly CoverageRange[]): Promise<readonly StoredCoverage[]>;
  putCoverage(rows: readonly StoredCoverage[], removedIds: readonly number[]): Promise<void>;
}

/** For quarantine: a place in the transaction to come back to. Never nested. */
export interface Savepoints {
  mark(): Promise<void>;
  keepMark(): Promise<void>;
  undoToMark(): Promise<void>;
}

/** One connection that holds the writer's lock, its schema up to date. */
export interface ServerSession extends BatchRows, Savepoints {
  /** `StoredRows` for resume and rebuilds. `candles.putRebuilt` may use `putRebuiltCandles`. */
  readonly rows: StoredRows;
  /** The connection is gone, or in a state nobody knows: the next call makes a new one. */
  readonly isLost: boolean;
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Before the transaction of a batch: partitions and whatever else its rows need. */
  prepare(sorted: SortedBatch): Promise<void>;
  /** Adds or refreshes instruments; their row ids in the same order. */
  registerInstruments(instruments: readonly Instrument[]): Promise<readonly number[]>;
  /** Refreshes known instruments only. */
  updateInstrumentMeta(list: readonly InstrumentMeta[]): Promise<void>;
  startSession(session: SessionRow): Promise<void>;
  endSession(sessionId: string, endedUs: number, summary: string): Promise<void>;
  /** Marks a ledger row as repaired, by its row id. */
  closeGap(rowId: number, nowUs: number, how: string): Promise<void>;
  /** The contract's `prune`, inside a transaction. */
  prune(target: PruneTarget, beforeUs: number, rowsMax: number): Promise<number>;
  createKlinesView(key: InstrumentKey, timeframe: string): Promise<string>;
  /** Gives up lock and connection; never throws. */
  close(): Promise<void>;
}

export interface ServerDriver {
  /** Connects, takes the writer's lock, applies pending migrations. */
  connect(): Promise<ServerSession>;
}
