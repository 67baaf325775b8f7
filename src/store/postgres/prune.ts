/** Gives up old rows, the oldest first, some at a time, and remembers up to where. */
import type { PruneTarget, RetainedTable } from '../contract.ts';
import type { RetentionHorizon, RetentionRows } from '../stored-rows.ts';
import type { Database, SqlValue } from './database.ts';
import { PARTITIONED, type PartitionedTable } from './partitions.ts';
import { timeSql } from './sql-values.ts';
import { dropCompressed } from './timescale.ts';

interface OldRows {
  readonly table: string;
  readonly time: 'ts' | 'recv_us' | 'detected_us';
  /** An index begins with instrument and time: each instrument's oldest are found along it. */
  readonly isKeyed: boolean;
  /** What else a row must be to go. */
  readonly only?: string;
}

const TABLES: Readonly<Record<RetainedTable, OldRows>> = {
  trades: { table: 'trade', time: 'ts', isKeyed: true },
  quotes: { table: 'quote', time: 'recv_us', isKeyed: true },
  orderbook_snapshots: { table: 'book_snapshot', time: 'recv_us', isKeyed: true },
  // Written in the order of time, as the next two more or less are.
  orderbook_deltas: { table: 'book_delta', time: 'recv_us', isKeyed: false },
  candles: { table: 'candle', time: 'ts', isKeyed: true },
  derivatives: { table: 'derivative', time: 'ts', isKeyed: true },
  liquidations: { table: 'liquidation', time: 'ts', isKeyed: true },
  // An open gap stays, however old: it is what the store lacks.
  data_quality: {
    table: 'gap',
    time: 'detected_us',
    isKeyed: false,
    only: "(repaired = 1 OR kind <> 'trade_gap')",
  },
};

const HORIZONS_SQL = `SELECT table_name AS "table", timeframe, pruned_before_us AS us
  FROM retention`;
const HORIZON_SQL = `INSERT INTO retention (table_name, timeframe, pruned_before_us)
  VALUES ($1, $2, $3) ON CONFLICT (table_name, timeframe) DO UPDATE
  SET pruned_before_us = greatest(retention.pruned_before_us, excluded.pruned_before_us)`;

/**
 * Inside the transaction its caller opened. Returns how many rows were deleted. Of hypertables the
 * compressed chunks go whole, more rows than `rowsMax` at a time, and not before all of one is old.
 */
export async function pruneRows(
  db: Database,
  { table, timeframe = '' }: PruneTarget,
  beforeUs: number,
  rowsMax: number,
  hasHypertables: boolean,
): Promise<number> {
  const old = TABLES[table];
  const isHypertable = hasHypertables && isPartitioned(old.table);
  const { dropped, endUs } = isHypertable
    ? await dropCompressed(db, old.table, beforeUs)
    : { dropped: 0, endUs: Number.NEGATIVE_INFINITY };
  if (dropped > 0 && table === 'trades') {
    for (const { id } of await instruments(db)) await cutCoverage(db, id);
  }
  // Nothing that is compressed: its rows have no place of their own.
  const from: Terms = endUs > 0 ? [[old.time, endUs]] : [];
  let count = dropped;
  if (!old.isKeyed) count += await deleteOldest(db, old, from, beforeUs, rowsMax - count);
  else {
    for (const { id } of await instruments(db)) {
      const left = rowsMax - count;
      if (left <= 0) break;
      const of = old.table === 'candle' ? await timeframesOf(db, id, timeframe) : [undefined];
      for (const name of of) {
        const terms: Terms = [
          ...from,
          ['instrument', id],
          ...(name === undefined ? [] : [ofName(name)]),
        ];
        const gone = await deleteOldest(db, old, terms, beforeUs, rowsMax - count);
        if (gone > 0 && table === 'trades') await cutCoverage(db, id);
        count += gone;
      }
    }
  }
  if (count > 0) await db.run(HORIZON_SQL, [table, timeframe, beforeUs]);
  return count;
}

export class RetentionTable implements RetentionRows {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  horizons(): Promise<RetentionHorizon[]> {
    return this.#db.rows<RetentionHorizon>(HORIZONS_SQL, [], 'horizons');
  }
}

type Terms = readonly (readonly [column: string, value: string | number])[];

function isPartitioned(table: string): table is PartitionedTable {
  return (PARTITIONED as readonly string[]).includes(table);
}

function ofName(timeframe: string): readonly [string, string] {
  return ['timeframe', timeframe];
}

function instruments(db: Database): Promise<{ id: number }[]> {
  return db.rows<{ id: number }>('SELECT id FROM instruments ORDER BY id');
}

/** A time is where the rows begin; all else is equal. */
function termSql(column: string, value: string): string {
  if (column === 'ts') return `ts >= ${timeSql(value)}`;
  return column === 'recv_us' ? `recv_us >= ${value}` : `${column} = ${value}`;
}

async function timeframesOf(db: Database, instrument: number, name: string): Promise<string[]> {
  if (name !== '') return [name];
  const rows = await db.rows<{ timeframe: string }>(
    'SELECT DISTINCT timeframe FROM candle WHERE instrument = $1',
    [instrument],
  );
  return rows.map(({ timeframe }) => timeframe);
}

/** Partition by partition, the one of the oldest row first: rows of one are told by their place. */
async function deleteOldest(
  db: Database,
  { table, time, isKeyed, only }: OldRows,
  terms: Terms,
  beforeUs: number,
  rowsMax: number,
): Promise<number> {
  const values: SqlValue[] = [beforeUs, ...terms.map(([, value]) => value)];
  const where = [
    `${time} < ${time === 'ts' ? timeSql('$1') : '$1'}`,
    ...terms.map(([column], i) => termSql(column, `$${i + 2}`)),
    ...(only === undefined ? [] : [only]),
  ].join(' AND ');
  const order = isKeyed ? `ORDER BY ${time}` : '';
  let count = 0;
  while (count < rowsMax) {
    const [first] = await db.rows<{ place: string }>(
      `SELECT tableoid::regclass::text AS place FROM ${table} WHERE ${where} ${order} LIMIT 1`,
      values,
    );
    if (first === undefined) break;
    const limit = `LIMIT $${values.length + 1}`;
    const oldest = `SELECT ctid FROM ${first.place} WHERE ${where} ${order || 'ORDER BY ctid'}`;
    count += await db.run(
      `DELETE FROM ${first.place} WHERE ctid = ANY (ARRAY(${oldest} ${limit}))`,
      [...values, rowsMax - count],
    );
  }
  return count;
}

/** What is proven to be held starts at the oldest trade that is left. */
async function cutCoverage(db: Database, instrument: number): Promise<void> {
  for (const tape of [0, 1]) {
    const [oldest] = await db.rows<{ us: number; id: number; text: string | null }>(
      `SELECT ts AS us, trade_id AS id, text_id AS text FROM trade
       WHERE instrument = $1 AND tape = $2 ORDER BY ts, trade_id LIMIT 1`,
      [instrument, tape],
    );
    const ofTape = 'instrument = $1 AND tape = $2';
    if (oldest === undefined) {
      await db.run(`DELETE FROM trade_coverage WHERE ${ofTape}`, [instrument, tape]);
      continue;
    }
    const { us, id, text } = oldest;
    const gone = `DELETE FROM trade_coverage WHERE ${ofTape} AND to_us < $3`;
    await db.run(gone, [instrument, tape, us]);
    const fromId = text === null ? id : null;
    await db.run(
      `UPDATE trade_coverage SET from_us = $3,
         from_id = CASE WHEN from_id IS NULL THEN NULL ELSE greatest(from_id, $4::bigint) END
       WHERE ${ofTape} AND from_us < $3`,
      [instrument, tape, us, fromId],
    );
  }
}
