/** Deletes old rows in small steps, and remembers up to where. */
import type { Database } from 'bun:sqlite';
import type { PruneTarget, RetainedTable } from '../contract.ts';
import type { RetentionHorizon, RetentionRows } from '../stored-rows.ts';
import { readRows } from './statements.ts';

/** Rows of one instrument, oldest first by their key: `?` are instrument, horizon, count. */
const OLDEST_SQL: Readonly<Partial<Record<RetainedTable, string>>> = {
  trades: keyed('trade', 'ts_us', 'instrument, ts_us, tape, trade_id'),
  quotes: keyed('quote', 'recv_us', 'instrument, recv_us, sequence'),
  orderbook_snapshots: keyed('book_snapshot', 'recv_us', 'rowid'),
  derivatives: keyed('derivative', 'ts_us', 'instrument, ts_us, recv_us'),
  liquidations: keyed('liquidation', 'ts_us', 'instrument, ts_us, is_sell, price, size'),
};
const CANDLES_SQL = `DELETE FROM candle WHERE (instrument, timeframe, open_us) IN (
  SELECT instrument, timeframe, open_us FROM candle
  WHERE timeframe = ? AND instrument = ? AND open_us < ? ORDER BY open_us LIMIT ?)`;
/** No key of these begins with a time; they are written in the order of time. */
const DELTAS_SQL = `DELETE FROM book_delta WHERE recv_us < ? AND rowid IN (
  SELECT rowid FROM book_delta ORDER BY rowid LIMIT ?)`;
/** An open gap stays, however old: it is what the store lacks. */
const LEDGER_SQL = `DELETE FROM gap WHERE id IN (
  SELECT id FROM gap WHERE detected_us < ? AND (repaired = 1 OR kind <> 'trade_gap')
  ORDER BY id LIMIT ?)`;

function keyed(table: string, time: string, key: string): string {
  return `DELETE FROM ${table} WHERE (${key}) IN (
    SELECT ${key} FROM ${table} WHERE instrument = ? AND ${time} < ? ORDER BY ${time} LIMIT ?)`;
}

/** Inside the transaction its caller opened. Returns how many rows were deleted. */
export function pruneRows(
  db: Database,
  { table, timeframe = '' }: PruneTarget,
  beforeUs: number,
  rowsMax: number,
): number {
  const count = deleteRows(db, table, timeframe, beforeUs, rowsMax);
  if (count === 0) return 0;
  db.run(
    `INSERT INTO retention (table_name, timeframe, pruned_before_us) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET
       pruned_before_us = max(pruned_before_us, excluded.pruned_before_us)`,
    [table, timeframe, beforeUs],
  );
  return count;
}

export class RetentionTable implements RetentionRows {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  horizons(): RetentionHorizon[] {
    return readRows<RetentionHorizon>(
      this.#db,
      'SELECT table_name AS "table", timeframe, pruned_before_us AS us FROM retention',
    );
  }
}

function deleteRows(
  db: Database,
  table: RetainedTable,
  timeframe: string,
  beforeUs: number,
  rowsMax: number,
): number {
  if (table === 'orderbook_deltas') return db.run(DELTAS_SQL, [beforeUs, rowsMax]).changes;
  if (table === 'data_quality') return db.run(LEDGER_SQL, [beforeUs, rowsMax]).changes;
  let count = 0;
  for (const { id } of readRows<{ id: number }>(db, 'SELECT id FROM instruments')) {
    const left = rowsMax - count;
    if (left <= 0) break;
    if (table === 'candles') count += deleteCandles(db, id, timeframe, beforeUs, left);
    else {
      const { changes } = db.run(OLDEST_SQL[table] ?? '', [id, beforeUs, left]);
      if (changes > 0 && table === 'trades') cutCoverage(db, id);
      count += changes;
    }
  }
  return count;
}

function deleteCandles(
  db: Database,
  instrument: number,
  timeframe: string,
  beforeUs: number,
  rowsMax: number,
): number {
  const names =
    timeframe !== ''
      ? [timeframe]
      : readRows<{ timeframe: string }>(db, 'SELECT DISTINCT timeframe FROM candle').map(
          (row) => row.timeframe,
        );
  let count = 0;
  for (const name of names) {
    if (count >= rowsMax) break;
    count += db.run(CANDLES_SQL, [name, instrument, beforeUs, rowsMax - count]).changes;
  }
  return count;
}

/** What is proven to be held starts at the oldest trade that is left. */
function cutCoverage(db: Database, instrument: number): void {
  for (const tape of [0, 1]) {
    const [oldest] = readRows<{ ts_us: number; trade_id: number | string }>(
      db,
      `SELECT ts_us, trade_id FROM trade WHERE instrument = ? AND tape = ?
       ORDER BY ts_us, trade_id LIMIT 1`,
      instrument,
      tape,
    );
    const ofTape = 'instrument = ? AND tape = ?';
    if (oldest === undefined) {
      db.run(`DELETE FROM trade_coverage WHERE ${ofTape}`, [instrument, tape]);
      continue;
    }
    const { ts_us: fromUs, trade_id: id } = oldest;
    db.run(`DELETE FROM trade_coverage WHERE ${ofTape} AND to_us < ?`, [instrument, tape, fromUs]);
    const fromId = typeof id === 'number' ? id : null;
    db.run(
      `UPDATE trade_coverage SET from_us = ?, from_id = coalesce(max(from_id, ?), from_id)
       WHERE ${ofTape} AND from_us < ?`,
      [fromUs, fromId, instrument, tape, fromUs],
    );
  }
}
