/**
 * With the TimescaleDB extension in the database the big tables are hypertables, a chunk a day, and
 * chunks older than a week are compressed. The extension has to be there before the first start.
 *
 * Written after its documentation (2.11 and later) and not tried against it: no server with the
 * extension is at hand. Everything about it is in this file and in the `DO` block of migration 1.
 */
import type { Database } from './database.ts';
import { PARTITIONED } from './partitions.ts';

const DAY_US = 86_400_000_000;
const COMPRESS_AFTER_DAYS = 7;

const NOW_SQL = `CREATE OR REPLACE FUNCTION tickspine_now_us() RETURNS BIGINT LANGUAGE SQL STABLE
  AS $$ SELECT (extract(epoch FROM now()) * 1000000)::BIGINT $$`;
/** Not unique where the time is no part of the key: a hypertable cannot hold that. */
const INDEXES = [
  'CREATE INDEX IF NOT EXISTS trade_id ON trade (instrument, tape, trade_id)',
  'CREATE INDEX IF NOT EXISTS trade_text ON trade (instrument, tape, text_id)',
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
  await db.script(INDEXES.join(';\n'));
  return true;
}

function hypertableSql(table: (typeof PARTITIONED)[number]): string[] {
  const isByTime = table === 'trade';
  const column = isByTime ? 'ts' : 'recv_us';
  const chunk = isByTime ? "interval '1 day'" : `${DAY_US}::BIGINT`;
  const age = isByTime
    ? `interval '${COMPRESS_AFTER_DAYS} days'`
    : `${COMPRESS_AFTER_DAYS * DAY_US}::BIGINT`;
  const now = isByTime ? [] : [`SELECT set_integer_now_func('${table}', 'tickspine_now_us')`];
  return [
    `SELECT create_hypertable('${table}', '${column}', chunk_time_interval => ${chunk})`,
    ...now,
    `ALTER TABLE ${table} SET (timescaledb.compress,
      timescaledb.compress_segmentby = 'instrument', timescaledb.compress_orderby = '${column}')`,
    `SELECT add_compression_policy('${table}', ${age})`,
  ];
}
