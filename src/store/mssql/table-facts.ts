/** Counts and first and last times of what is stored, for `inspect`. */
import type { TableFacts } from '../contract.ts';
import type { ReadPool } from './database.ts';
import { numberOrNull, type SqlNumber } from './values.ts';

interface TableTimes {
  /** As people know it: the view's name. */
  readonly name: string;
  readonly base: string;
  /** Column that follows the instrument in a key and rises as `time` does. */
  readonly keyTime?: string;
  readonly time?: string;
}

const TABLES: readonly TableTimes[] = [
  { name: 'trades', base: 'trade', keyTime: 'ts', time: 'ts_us' },
  { name: 'quotes', base: 'quote', keyTime: 'recv_us', time: 'recv_us' },
  { name: 'orderbook_snapshots', base: 'book_snapshot', keyTime: 'recv_us', time: 'recv_us' },
  { name: 'orderbook_deltas', base: 'book_delta', keyTime: 'recv_us', time: 'recv_us' },
  { name: 'candles', base: 'candle', time: 'open_us' },
  { name: 'derivatives', base: 'derivative', keyTime: 'ts_us', time: 'ts_us' },
  { name: 'liquidations', base: 'liquidation', keyTime: 'ts_us', time: 'ts_us' },
  { name: 'data_quality', base: 'gap', time: 'from_us' },
  { name: 'coverage', base: 'trade_coverage', time: 'from_us' },
  { name: 'sessions', base: 'sessions', time: 'started_us' },
  { name: 'instruments', base: 'instruments' },
];

interface Edges {
  readonly firstUs: number | null;
  readonly lastUs: number | null;
}

export async function readTableFacts(pool: ReadPool): Promise<TableFacts[]> {
  const ids = await pool.rows<{ id: number }>('SELECT id FROM dbo.instruments');
  const facts: TableFacts[] = [];
  for (const table of TABLES) {
    const sql = `SELECT COUNT_BIG(*) AS row_count FROM dbo.${table.base}`;
    const [count] = await pool.rows<{ row_count: SqlNumber }>(sql);
    const edges = await readEdges(pool, table, ids);
    facts.push({ table: table.name, rows: Number(count?.row_count ?? 0), ...edges });
  }
  return facts;
}

/** Two key probes an instrument where the key allows: times of 50 M trades cost no scan. */
async function readEdges(
  pool: ReadPool,
  { base, keyTime, time }: TableTimes,
  ids: readonly { readonly id: number }[],
): Promise<Edges> {
  if (time === undefined) return { firstUs: null, lastUs: null };
  if (keyTime === undefined) {
    const sql = `SELECT MIN(${time}) AS first_us, MAX(${time}) AS last_us FROM dbo.${base}`;
    const [row] = await pool.rows<{ first_us: SqlNumber; last_us: SqlNumber }>(sql);
    return { firstUs: numberOrNull(row?.first_us), lastUs: numberOrNull(row?.last_us) };
  }
  const found: number[] = [];
  for (const { id } of ids) {
    for (const order of ['ASC', 'DESC']) {
      const sql = `SELECT TOP (1) ${time} AS us FROM dbo.${base} WHERE instrument = @id
        ORDER BY ${keyTime} ${order}`;
      const [row] = await pool.rows<{ us: SqlNumber }>(sql, { id });
      if (row !== undefined) found.push(Number(row.us));
    }
  }
  if (found.length === 0) return { firstUs: null, lastUs: null };
  return {
    firstUs: found.reduce((a, b) => Math.min(a, b)),
    lastUs: found.reduce((a, b) => Math.max(a, b)),
  };
}
