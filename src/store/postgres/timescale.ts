/**
 * With the TimescaleDB extension in the database the big tables are hypertables, a chunk a day, and
 * chunks older than a week are compressed. The extension has to be there before the first start.
 * Everything about it is in this file, in `trade-places.ts` and in the `DO` block of migration 1.
 *
 * A compressed chunk takes rows, and its rows are found by instrument and time. An id is found in
 * it slowly, so the writer knows of each day which ids it may hold, and looks only there. Its rows
 * have no place of their own by which retention could delete them: it goes as a whole.
 */
import { US_PER_DAY } from '../../base/clock.ts';
import type { Database } from './database.ts';
import { PARTITIONED, type PartitionedTable } from './partitions.ts';
import { timeSql } from './sql-values.ts';
import { COMPRESS_AFTER_DAYS, daysBetween, type TradeTable } from './trade-places.ts';

/** Rows that come again into compressed chunks are compared with those there, however many. */
const NO_LIMIT = 'SET timescaledb.max_tuples_decompressed_per_dml_transaction = 0';

/** Within a segment. With the columns of unique indexes, as those are looked for in it. */
const ORDER: Readonly<Record<PartitionedTable, string>> = {
  trade: 'ts, trade_id',
  quote: 'recv_us, sequence',
  book_snapshot: 'recv_us, sequence',
  book_delta: 'recv_us, first_sequence, sequence, unnumbered_us',
};

const NOW_SQL = `CREATE OR REPLACE FUNCTION tickspine_now_us() RETURNS BIGINT LANGUAGE SQL STABLE
  AS $$ SELECT (extract(epoch FROM now()) * 1000000)::BIGINT $$`;
/** Not unique where the time is no part of the key: a hypertable cannot hold that. */
const INDEXES = [
  `CREATE INDEX IF NOT EXISTS trade_id ON trade (instrument, tape, trade_id)
    WHERE text_id IS NULL`,
  `CREATE INDEX IF NOT EXISTS trade_text ON trade (instrument, tape, text_id)
    WHERE text_id IS NOT NULL`,
  `CREATE UNIQUE INDEX IF NOT EXISTS book_delta_key
    ON book_delta (instrument, first_sequence, sequence, unnumbered_us, recv_us)`,
];

/** True when the big tables are hypertables; makes them so when they have just been made. */
export async function useHypertables(db: Database): Promise<boolean> {
  const [row] = await db.rows<{ isPlain: boolean }>(
    `SELECT relkind = 'r' AS "isPlain" FROM pg_class WHERE oid = 'trade'::regclass`,
  );
  if (row?.isPlain !== true) return false;
  const known = await db.rows<{ name: string }>(
    'SELECT hypertable_name AS name FROM timescaledb_information.hypertables',
  );
  const names = known.map(({ name }) => name);
  await db.script(NOW_SQL);
  for (const table of PARTITIONED) {
    if (!names.includes(table)) await db.script(hypertableSql(table).join(';\n'));
  }
  await db.script([...INDEXES, NO_LIMIT].join(';\n'));
  return true;
}

function hypertableSql(table: PartitionedTable): string[] {
  const isByTime = table === 'trade';
  const column = isByTime ? 'ts' : 'recv_us';
  const chunk = isByTime ? "interval '1 day'" : `${US_PER_DAY}::BIGINT`;
  const age = isByTime
    ? `interval '${COMPRESS_AFTER_DAYS} days'`
    : `${COMPRESS_AFTER_DAYS * US_PER_DAY}::BIGINT`;
  // Ids are compared within a tape: a segment has one.
  const segments = isByTime ? 'instrument, tape' : 'instrument';
  const now = isByTime ? [] : [`SELECT set_integer_now_func('${table}', 'tickspine_now_us')`];
  return [
    `SELECT create_hypertable('${table}', '${column}', chunk_time_interval => ${chunk})`,
    ...now,
    `ALTER TABLE ${table} SET (timescaledb.compress,
      timescaledb.compress_segmentby = '${segments}',
      timescaledb.compress_orderby = '${ORDER[table]}')`,
    `SELECT add_compression_policy('${table}', ${age})`,
  ];
}

interface Chunk {
  readonly table: string;
  readonly fromUs: number;
  readonly toUs: number;
  readonly isCompressed: boolean;
}

/** Chunks of a hypertable, the oldest first. */
function chunksOf(db: Database, table: PartitionedTable): Promise<Chunk[]> {
  const us = (end: 'start' | 'end') =>
    table === 'trade'
      ? `(extract(epoch FROM range_${end}) * 1000000)::float8`
      : `range_${end}_integer::float8`;
  return db.rows<Chunk>(
    `SELECT format('%I.%I', chunk_schema, chunk_name) AS "table", ${us('start')} AS "fromUs",
       ${us('end')} AS "toUs", is_compressed AS "isCompressed"
     FROM timescaledb_information.chunks
     WHERE hypertable_schema = current_schema() AND hypertable_name = $1 ORDER BY 2`,
    [table],
  );
}

/**
 * For one statement: whole segments are read once, where an id would be looked for in each of them.
 * The session's plans are along keys otherwise.
 */
export const READ_SEGMENTS = 'SET LOCAL enable_hashjoin = on; SET LOCAL enable_nestloop = off';
export const ALONG_KEYS = 'SET LOCAL enable_hashjoin = off; SET LOCAL enable_nestloop = on';

export async function tradeChunks(db: Database): Promise<TradeTable[]> {
  const chunks = await chunksOf(db, 'trade');
  return chunks.map(({ table, fromUs, toUs, isCompressed }) => ({
    table,
    places: daysBetween(fromUs, toUs),
    isCompressed,
  }));
}

/** What retention may do in a hypertable. */
export interface CompressedPart {
  /** Rows that went with whole compressed chunks, all of them older than `beforeUs`. */
  readonly dropped: number;
  /** Rows from here on are in no compressed chunk. */
  readonly endUs: number;
}

/** Drops compressed chunks that ended before `beforeUs`. */
export async function dropCompressed(
  db: Database,
  table: PartitionedTable,
  beforeUs: number,
): Promise<CompressedPart> {
  let dropped = 0;
  let endUs = Number.NEGATIVE_INFINITY;
  for (const { table: chunk, fromUs, toUs, isCompressed } of await chunksOf(db, table)) {
    if (!isCompressed) continue;
    if (toUs <= beforeUs) {
      const [row] = await db.rows<{ n: number }>(`SELECT count(*)::float8 AS n FROM ${chunk}`);
      dropped += row?.n ?? 0;
      const [newer, older] = [fromUs, toUs].map((us) => edgeSql(table, us));
      await db.script(
        `SELECT drop_chunks('${table}', newer_than => ${newer}, older_than => ${older})`,
      );
    } else endUs = Math.max(endUs, toUs);
  }
  return { dropped, endUs };
}

function edgeSql(table: PartitionedTable, us: number): string {
  return table === 'trade' ? timeSql(`${us}::BIGINT`) : `${us}::BIGINT`;
}
