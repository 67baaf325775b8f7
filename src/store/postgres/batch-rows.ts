/**
 * Rows of a batch that are merged in memory: read by their keys, written back whole. Lists cross as
 * arrays, one a column.
 */
import { orNull } from '../row-text.ts';
import type { CandleKey, StoredCandle } from '../server/candle-batch.ts';
import type { CoverageRange, StoredCoverage } from '../server/coverage-batch.ts';
import type { DerivativeTick } from '../server/derivative-merge.ts';
import type { GapKey, StoredGap } from '../server/ledger-batch.ts';
import type { Database, SqlValue } from './database.ts';
import { timeSql } from './sql-values.ts';

type Column = readonly (string | number | null)[];

const FIND_CANDLES_SQL = `SELECT c.instrument, c.timeframe, c.ts AS "openUs", c.recv_us AS "recvUs",
    c.open, c.high, c.low, c.close, c.volume, c.quote_volume AS "quoteVolume",
    c.buy_volume AS "buyVolume", c.trade_count AS "tradeCount",
    coalesce(c.first_trade_id::float8, 'NaN') AS "firstTradeId",
    coalesce(c.last_trade_id::float8, 'NaN') AS "lastTradeId", c.state,
    c.closed = 1 AS "isClosed", c.rebuilt = 1 AS "isRebuilt", c.revision
  FROM unnest($1::int[], $2::text[], $3::bigint[]) AS k (instrument, timeframe, us)
  JOIN candle c ON c.instrument = k.instrument AND c.timeframe = k.timeframe COLLATE "C"
    AND c.ts = ${timeSql('k.us')}`;
const CANDLE_COLUMNS = `recv_us, open, high, low, close, volume, quote_volume, buy_volume,
  trade_count, first_trade_id, last_trade_id, state, closed, rebuilt, revision`;
const PUT_CANDLES_SQL = `INSERT INTO candle (instrument, timeframe, ts, ${CANDLE_COLUMNS})
  SELECT instrument, timeframe, ${timeSql('us')}, ${CANDLE_COLUMNS}
  FROM unnest($1::int[], $2::text[], $3::bigint[], $4::bigint[], $5::float8[], $6::float8[],
    $7::float8[], $8::float8[], $9::float8[], $10::float8[], $11::float8[], $12::bigint[],
    $13::bigint[], $14::bigint[], $15::smallint[], $16::smallint[], $17::smallint[], $18::int[])
    AS n (instrument, timeframe, us, ${CANDLE_COLUMNS})
  ON CONFLICT (instrument, timeframe, ts) DO UPDATE SET (${CANDLE_COLUMNS}) =
    ROW (${CANDLE_COLUMNS.replace(/\w+/g, 'excluded.$&')})`;

const FIND_DERIVATIVES_SQL = `SELECT d.instrument, d.ts AS "tsUs", d.recv_us AS "recvUs",
    d.mark_price AS a, d.index_price AS b, d.funding_rate AS c, d.next_funding_us AS d,
    d.open_interest AS e
  FROM (SELECT DISTINCT * FROM unnest($1::int[], $2::bigint[], $3::bigint[])
    AS u (instrument, us, recv_us)) k
  JOIN derivative d ON d.instrument = k.instrument AND d.ts = ${timeSql('k.us')}
    AND d.recv_us = k.recv_us`;
const DERIVATIVE_COLUMNS = 'mark_price, index_price, funding_rate, next_funding_us, open_interest';
const PUT_DERIVATIVES_SQL = `INSERT INTO derivative (instrument, ts, recv_us, ${DERIVATIVE_COLUMNS})
  SELECT instrument, ${timeSql('us')}, recv_us, ${DERIVATIVE_COLUMNS}
  FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::float8[], $5::float8[], $6::float8[],
    $7::bigint[], $8::float8[]) AS n (instrument, us, recv_us, ${DERIVATIVE_COLUMNS})
  ON CONFLICT (instrument, ts, recv_us) DO UPDATE SET (${DERIVATIVE_COLUMNS}) =
    ROW (${DERIVATIVE_COLUMNS.replace(/\w+/g, 'excluded.$&')})`;

const GAP_COLUMNS = `g.id AS "rowId", coalesce(g.instrument, 0) AS instrument, g.kind, g.channel,
  g.from_id AS "fromId", g.to_id AS "toId", g.from_us AS "fromUs", g.to_us AS "toUs", g.missing,
  g.cause, g.detected_us AS "detectedUs", g.repaired, g.repaired_us AS "repairedUs", g.how,
  g.content_hash AS "contentHash"`;
const FIND_GAPS_SQL = `SELECT ${GAP_COLUMNS}
  FROM (SELECT DISTINCT * FROM unnest($1::int[], $2::text[], $3::smallint[], $4::bigint[],
    $5::bigint[], $6::text[]) AS u (instrument, kind, channel, from_id, from_us, content_hash)) k
  JOIN gap g ON coalesce(g.instrument, 0) = k.instrument AND g.kind = k.kind
    AND g.channel = k.channel AND coalesce(g.from_id, -1) = k.from_id AND g.from_us = k.from_us
    AND g.content_hash = k.content_hash
  UNION SELECT ${GAP_COLUMNS} FROM gap g
    WHERE g.instrument = ANY ($7::int[]) AND g.kind = 'stale' AND g.repaired = 0`;
const INSERT_GAPS_SQL = `INSERT INTO gap (instrument, kind, channel, from_id, to_id, from_us, to_us,
    missing, cause, detected_us, repaired, repaired_us, how, content_hash)
  SELECT nullif(instrument, 0), kind, channel, from_id, to_id, from_us, to_us, missing, cause,
    detected_us, repaired, repaired_us, how, content_hash
  FROM unnest($1::int[], $2::text[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[],
    $7::bigint[], $8::bigint[], $9::text[], $10::bigint[], $11::smallint[], $12::bigint[],
    $13::text[], $14::text[]) WITH ORDINALITY AS n (instrument, kind, channel, from_id, to_id,
    from_us, to_us, missing, cause, detected_us, repaired, repaired_us, how, content_hash, place)
  ORDER BY place`;
const UPDATE_GAPS_SQL = `UPDATE gap g SET to_id = n.to_id, to_us = n.to_us, missing = n.missing,
    repaired = n.repaired, repaired_us = n.repaired_us, how = n.how
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::smallint[], $6::bigint[],
    $7::text[]) AS n (id, to_id, to_us, missing, repaired, repaired_us, how)
  WHERE g.id = n.id`;

const COVERAGE_COLUMNS = `v.id AS "rowId", v.instrument, v.tape, v.from_id AS "fromId",
  v.to_id AS "toId", v.from_us AS "fromUs", v.to_us AS "toUs"`;
const FIND_COVERAGE_SQL = `SELECT ${COVERAGE_COLUMNS} FROM trade_coverage v
  JOIN unnest($1::int[], $2::smallint[], $3::bigint[], $4::bigint[])
    AS k (instrument, tape, first, last) ON v.instrument = k.instrument AND v.tape = k.tape`;
const INSERT_COVERAGE_SQL = `INSERT INTO trade_coverage (instrument, tape, from_id, to_id, from_us,
    to_us)
  SELECT * FROM unnest($1::int[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[],
    $6::bigint[])`;
const UPDATE_COVERAGE_SQL = `UPDATE trade_coverage v SET from_id = n.from_id, to_id = n.to_id,
    from_us = n.from_us, to_us = n.to_us
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
    AS n (id, from_id, to_id, from_us, to_us)
  WHERE v.id = n.id`;

export class BatchRowTables {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  findCandles(keys: readonly CandleKey[]): Promise<StoredCandle[]> {
    const columns = columnsOf(keys, (key) => [key.instrument, key.timeframe, key.openUs]);
    return this.#db.rows<StoredCandle>(FIND_CANDLES_SQL, columns, 'find_candles');
  }

  async putCandles(rows: readonly StoredCandle[]): Promise<void> {
    await this.#put('put_candles', PUT_CANDLES_SQL, rows, (row) => [
      row.instrument,
      row.timeframe,
      row.openUs,
      row.recvUs,
      row.open,
      row.high,
      row.low,
      row.close,
      row.volume,
      row.quoteVolume,
      row.buyVolume,
      row.tradeCount,
      orNull(row.firstTradeId),
      orNull(row.lastTradeId),
      row.state,
      row.isClosed ? 1 : 0,
      row.isRebuilt ? 1 : 0,
      row.revision,
    ]);
  }

  async findDerivatives(keys: readonly DerivativeTick[]): Promise<DerivativeTick[]> {
    const columns = columnsOf(keys, (key) => [key.instrument, key.tsUs, key.recvUs]);
    const rows = await this.#db.rows<Omit<DerivativeTick, 'values'> & Values>(
      FIND_DERIVATIVES_SQL,
      columns,
      'find_derivatives',
    );
    return rows.map(({ instrument, tsUs, recvUs, a, b, c, d, e }) => {
      const values = [a, b, c, d, e].map((value) => value ?? Number.NaN);
      return { instrument, tsUs, recvUs, values };
    });
  }

  async putDerivatives(rows: readonly DerivativeTick[]): Promise<void> {
    await this.#put('put_derivatives', PUT_DERIVATIVES_SQL, rows, (row) => [
      row.instrument,
      row.tsUs,
      row.recvUs,
      ...row.values.map(orNull),
    ]);
  }

  findGaps(keys: readonly GapKey[], staleOf: readonly number[]): Promise<StoredGap[]> {
    const columns = columnsOf(keys, (key) => [
      key.instrument,
      key.kind,
      key.channel,
      key.fromId ?? -1,
      key.fromUs,
      key.contentHash,
    ]);
    return this.#db.rows<StoredGap>(FIND_GAPS_SQL, [...columns, staleOf], 'find_gaps');
  }

  async putGaps(rows: readonly StoredGap[]): Promise<void> {
    const added = rows.filter((row) => row.rowId === undefined);
    await this.#put('insert_gaps', INSERT_GAPS_SQL, added, (row) => [
      row.instrument,
      row.kind,
      row.channel,
      row.fromId,
      row.toId,
      row.fromUs,
      row.toUs,
      row.missing,
      row.cause,
      row.detectedUs,
      row.repaired,
      row.repairedUs,
      row.how,
      row.contentHash,
    ]);
    const known = rows.filter((row) => row.rowId !== undefined);
    await this.#put('update_gaps', UPDATE_GAPS_SQL, known, (row) => [
      row.rowId ?? null,
      row.toId,
      row.toUs,
      row.missing,
      row.repaired,
      row.repairedUs,
      row.how,
    ]);
  }

  /** By id along the id key, by time along that of rows without ids. */
  async findCoverage(ranges: readonly CoverageRange[]): Promise<StoredCoverage[]> {
    const found: StoredCoverage[] = [];
    for (const isById of [true, false]) {
      const wanted = ranges.filter((range) => range.isById === isById);
      if (wanted.length === 0) continue;
      const columns = columnsOf(wanted, (key) => [key.instrument, key.tape, key.from, key.to]);
      const touches = isById
        ? 'v.to_id >= k.first AND v.from_id <= k.last'
        : 'v.from_id IS NULL AND v.to_us >= k.first AND v.from_us <= k.last';
      const sql = `${FIND_COVERAGE_SQL} AND ${touches}`;
      const name = isById ? 'find_id_coverage' : 'find_time_coverage';
      found.push(...(await this.#db.rows<StoredCoverage>(sql, columns, name)));
    }
    return found;
  }

  async putCoverage(rows: readonly StoredCoverage[], removedIds: readonly number[]): Promise<void> {
    if (removedIds.length > 0) {
      await this.#db.run('DELETE FROM trade_coverage WHERE id = ANY ($1::bigint[])', [removedIds]);
    }
    const added = rows.filter((row) => row.rowId === undefined);
    await this.#put('insert_coverage', INSERT_COVERAGE_SQL, added, (row) => [
      row.instrument,
      row.tape,
      row.fromId,
      row.toId,
      row.fromUs,
      row.toUs,
    ]);
    const known = rows.filter((row) => row.rowId !== undefined);
    await this.#put('update_coverage', UPDATE_COVERAGE_SQL, known, (row) => [
      row.rowId ?? null,
      row.fromId,
      row.toId,
      row.fromUs,
      row.toUs,
    ]);
  }

  async #put<T>(
    name: string,
    sql: string,
    rows: readonly T[],
    valuesOf: (row: T) => readonly (string | number | null)[],
  ): Promise<void> {
    if (rows.length > 0) await this.#db.run(sql, columnsOf(rows, valuesOf), name);
  }
}

interface Values {
  readonly a: number | null;
  readonly b: number | null;
  readonly c: number | null;
  readonly d: number | null;
  readonly e: number | null;
}

/** One array a column; none when there are no rows. */
function columnsOf<T>(
  rows: readonly T[],
  valuesOf: (row: T) => readonly (string | number | null)[],
): SqlValue[] {
  const tuples = rows.map(valuesOf);
  const first = tuples[0] ?? [];
  return first.map((_, i): Column => tuples.map((tuple) => tuple[i] ?? null));
}
