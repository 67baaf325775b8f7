/** Gives up old rows: the oldest first, some at a time, inside the transaction of its caller. */
import { US_PER_SECOND } from '../../base/clock.ts';
import type { PruneTarget, RetainedTable } from '../contract.ts';
import type { Database, SqlValue } from './database.ts';
import { timeSql } from './sql-values.ts';

interface OldRows {
  readonly table: string;
  readonly column: 'ts' | 'recv_us' | 'detected_us';
  /** Has an index of instrument and time, and too many rows to sort. */
  readonly isBig: boolean;
}

const TABLES: Readonly<Record<RetainedTable, OldRows>> = {
  trades: { table: 'trade', column: 'ts', isBig: true },
  quotes: { table: 'quote', column: 'recv_us', isBig: true },
  orderbook_snapshots: { table: 'book_snapshot', column: 'recv_us', isBig: true },
  orderbook_deltas: { table: 'book_delta', column: 'recv_us', isBig: false },
  candles: { table: 'candle', column: 'ts', isBig: false },
  derivatives: { table: 'derivative', column: 'ts', isBig: false },
  liquidations: { table: 'liquidation', column: 'ts', isBig: false },
  data_quality: { table: 'gap', column: 'detected_us', isBig: false },
};
/** Kinds that nothing repairs: what happened, not what is missing. */
const DONE_GAP = "(repaired = 1 OR kind IN ('quarantine', 'refused', 'dropped'))";
const FIRST_WINDOW_US = 3_600 * US_PER_SECOND;
const WINDOW_GROWTH = 8;

const HORIZON_SQL = `INSERT INTO retention (table_name, timeframe, pruned_before_us)
  VALUES ($1, $2, $3) ON CONFLICT (table_name, timeframe) DO UPDATE
  SET pruned_before_us = greatest(retention.pruned_before_us, excluded.pruned_before_us)`;
/** The oldest trade left of each instrument and tape. */
const OLDEST = (column: string, order: string): string => `(SELECT t.${column} FROM trade t
  WHERE t.instrument = v.instrument AND t.tape = v.tape ORDER BY t.ts, t.trade_id ${order} LIMIT 1)`;
const DROP_COVERAGE_SQL = `DELETE FROM trade_coverage WHERE to_us < $1`;
const CUT_COVERAGE_SQL = `UPDATE trade_coverage v SET
    from_us = least(greatest(v.from_us, $1), v.to_us),
    from_id = CASE WHEN v.from_id IS NULL THEN NULL ELSE least(v.to_id, greatest(v.from_id,
      coalesce(${OLDEST('trade_id', '')}, v.from_id))) END
  WHERE v.from_us < $1`;

/** Returns how many rows went. */
export async function pruneRows(
  db: Database,
  { table: name, timeframe }: PruneTarget,
  beforeUs: number,
  rowsMax: number,
): Promise<number> {
  const old = TABLES[name];
  const count = await deleteOldest(db, old, timeframe, beforeUs, rowsMax);
  await db.run(HORIZON_SQL, [name, timeframe ?? '', beforeUs]);
  if (name === 'trades' && count < rowsMax) {
    await db.run(DROP_COVERAGE_SQL, [beforeUs]);
    await db.run(CUT_COVERAGE_SQL, [beforeUs]);
  }
  return count;
}

async function deleteOldest(
  db: Database,
  { table, column, isBig }: OldRows,
  timeframe: string | undefined,
  beforeUs: number,
  rowsMax: number,
): Promise<number> {
  const time = (us: string) => (column === 'ts' ? timeSql(us) : us);
  const values: SqlValue[] = [beforeUs, rowsMax];
  const terms = [`${column} < ${time('$1')}`];
  if (table === 'gap') terms.push(DONE_GAP);
  if (timeframe !== undefined) {
    values.push(timeframe);
    terms.push(`timeframe = $${values.length}`);
  }
  const deleteWhere = (where: readonly string[]) => `DELETE FROM ${table} d USING (
      SELECT tableoid, ctid FROM ${table} WHERE ${where.join(' AND ')}
      ORDER BY ${column} LIMIT $2) o
    WHERE d.tableoid = o.tableoid AND d.ctid = o.ctid`;
  if (!isBig) return db.run(deleteWhere(terms), values);
  const oldestUs = await oldestOf(db, table, column);
  if (oldestUs === undefined || oldestUs >= beforeUs) return 0;
  // A window from the oldest row on, so that a slice never sorts a month.
  for (let width = FIRST_WINDOW_US; ; width *= WINDOW_GROWTH) {
    const endUs = Math.min(beforeUs, oldestUs + width);
    const window = [`${column} >= ${time('$1')}`, `${column} < ${time('$3')}`];
    const [row] = await db.rows<{ count: number }>(
      `SELECT count(*) AS count FROM (SELECT FROM ${table} WHERE ${window.join(' AND ')}
        LIMIT $2) w`,
      [oldestUs, rowsMax, endUs],
    );
    if ((row?.count ?? 0) < rowsMax && endUs < beforeUs) continue;
    return db.run(deleteWhere(window), [oldestUs, rowsMax, endUs]);
  }
}

/** Two key probes an instrument. */
async function oldestOf(db: Database, table: string, column: string): Promise<number | undefined> {
  const [row] = await db.rows<{ first: number | null }>(
    `SELECT min((SELECT min(t.${column}) FROM ${table} t WHERE t.instrument = i.id)) AS first
     FROM instruments i`,
  );
  return row?.first ?? undefined;
}
