/** Counts and first and last times of what is stored, for `inspect`. */
import type { TableFacts } from '../contract.ts';
import type { Database } from './database.ts';

interface TableTimes {
  /** As people know it: the view's name. */
  readonly name: string;
  readonly base: string;
  /** Time column that follows the instrument in an index, where the table has one. */
  readonly keyTime?: string;
  /** Time column of a small table, scanned. */
  readonly time?: string;
}

const TABLES: readonly TableTimes[] = [
  { name: 'trades', base: 'trade', keyTime: 'ts' },
  { name: 'quotes', base: 'quote', keyTime: 'recv_us' },
  { name: 'orderbook_snapshots', base: 'book_snapshot', keyTime: 'recv_us' },
  { name: 'orderbook_deltas', base: 'book_delta', time: 'recv_us' },
  { name: 'candles', base: 'candle', time: 'ts' },
  { name: 'derivatives', base: 'derivative', keyTime: 'ts' },
  { name: 'liquidations', base: 'liquidation', keyTime: 'ts' },
  { name: 'data_quality', base: 'gap', time: 'from_us' },
  { name: 'coverage', base: 'trade_coverage', time: 'from_us' },
  { name: 'sessions', base: 'sessions', time: 'started_us' },
  { name: 'instruments', base: 'instruments' },
];

export async function readTableFacts(db: Database): Promise<TableFacts[]> {
  const facts: TableFacts[] = [];
  for (const { name, base, keyTime, time } of TABLES) {
    const [row] = await db.rows<Omit<TableFacts, 'table'>>(
      `SELECT (SELECT count(*) FROM ${base}) AS rows, ${edgeSql('min', base, keyTime, time)}
         AS "firstUs", ${edgeSql('max', base, keyTime, time)} AS "lastUs"`,
    );
    facts.push({ table: name, rows: 0, firstUs: null, lastUs: null, ...row });
  }
  return facts;
}

/** One index probe an instrument where there is one, so that times cost no scan. */
function edgeSql(edge: 'min' | 'max', base: string, keyTime?: string, time?: string): string {
  if (keyTime !== undefined) {
    const one = `SELECT ${edge}(t.${keyTime}) FROM ${base} t WHERE t.instrument = i.id`;
    return `(SELECT ${edge}((${one})) FROM instruments i)`;
  }
  return time === undefined ? 'NULL' : `(SELECT ${edge}(${time}) FROM ${base})`;
}
