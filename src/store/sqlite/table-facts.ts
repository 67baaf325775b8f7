/** Counts and first and last times of what is stored, for `inspect`. */
import type { Database } from 'bun:sqlite';
import type { TableFacts } from '../contract.ts';
import { readRows } from './statements.ts';

interface TableTimes {
  /** As people know it: the view's name. */
  readonly name: string;
  readonly base: string;
  /** Time column that follows the instrument in a key, where the table has one. */
  readonly keyTime?: string;
  /** Time column of a small table, scanned. */
  readonly time?: string;
}

const TABLES: readonly TableTimes[] = [
  { name: 'trades', base: 'trade', keyTime: 'ts_us' },
  { name: 'quotes', base: 'quote', keyTime: 'recv_us' },
  { name: 'orderbook_snapshots', base: 'book_snapshot', keyTime: 'recv_us' },
  { name: 'orderbook_deltas', base: 'book_delta', time: 'recv_us' },
  { name: 'candles', base: 'candle', time: 'open_us' },
  { name: 'derivatives', base: 'derivative', keyTime: 'ts_us' },
  { name: 'liquidations', base: 'liquidation', keyTime: 'ts_us' },
  { name: 'data_quality', base: 'gap', time: 'from_us' },
  { name: 'coverage', base: 'trade_coverage', time: 'from_us' },
  { name: 'sessions', base: 'sessions', time: 'started_us' },
  { name: 'instruments', base: 'instruments' },
];

interface Edges {
  readonly firstUs: number | null;
  readonly lastUs: number | null;
}

export function readTableFacts(db: Database): TableFacts[] {
  const ids = readRows<{ id: number }>(db, 'SELECT id FROM instruments');
  return TABLES.map((table) => {
    const { base } = table;
    const count = readRows<{ rows: number }>(db, `SELECT count(*) AS rows FROM ${base}`)[0];
    const edges = readEdges(db, table, ids);
    return { table: table.name, rows: count?.rows ?? 0, ...edges };
  });
}

/**
 * Two key probes an instrument where the key allows, so that 50 M trades cost no scan for times.
 */
function readEdges(
  db: Database,
  table: TableTimes,
  ids: readonly { readonly id: number }[],
): Edges {
  const { base, keyTime, time } = table;
  if (time !== undefined) {
    const sql = `SELECT min(${time}) AS firstUs, max(${time}) AS lastUs FROM ${base}`;
    return readRows<Edges>(db, sql)[0] ?? { firstUs: null, lastUs: null };
  }
  if (keyTime === undefined) return { firstUs: null, lastUs: null };
  const times: number[] = [];
  for (const edge of ['min', 'max']) {
    const sql = `SELECT ${edge}(${keyTime}) AS us FROM ${base} WHERE instrument = ?`;
    for (const { id } of ids) {
      const us = readRows<{ us: number | null }>(db, sql, id)[0]?.us ?? null;
      if (us !== null) times.push(us);
    }
  }
  if (times.length === 0) return { firstUs: null, lastUs: null };
  return { firstUs: Math.min(...times), lastUs: Math.max(...times) };
}
