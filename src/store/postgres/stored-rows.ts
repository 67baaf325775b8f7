/** Coverage, ledger and candles as resume and rebuilding ask for them. */

import type { RebuiltCandle } from '../candle-access.ts';
import type { CoveredSpan, GapSpan } from '../candle-evidence.ts';
import type { CandleSums } from '../candle-fold.ts';
import type { LedgerGap } from '../resume-state.ts';
import { putRebuiltCandles } from '../server/rebuilt-candles.ts';
import type { CandleRows, CoverageInterval, CoverageRows, LedgerRows } from '../stored-rows.ts';
import type { BatchRowTables } from './batch-rows.ts';
import type { Database } from './database.ts';
import { timeSql } from './sql-values.ts';

const NUMBER = (column: string): string => `coalesce(${column}::float8, 'NaN')`;

const SPANS_SQL = `SELECT id, from_id AS "fromId", to_id AS "toId", from_us AS "fromUs",
    to_us AS "toUs"
  FROM trade_coverage WHERE instrument = $1 AND tape = $2
  ORDER BY from_id NULLS FIRST, from_us`;
const OPEN_GAPS_SQL = `SELECT id, ${NUMBER('from_id')} AS "fromId", ${NUMBER('to_id')} AS "toId",
    from_us AS "fromUs", ${NUMBER('to_us')} AS "toUs", cause
  FROM gap WHERE instrument = $1 AND kind = 'trade_gap' AND channel = 0 AND repaired = 0
  ORDER BY from_us, from_id NULLS FIRST`;
const GAP_SPANS_SQL = `SELECT from_us AS "fromUs", ${NUMBER('to_us')} AS "toUs",
    repaired = 1 AS "isRepaired"
  FROM gap WHERE coalesce(instrument, 0) = $1 AND kind = 'trade_gap' AND channel = 0
    AND from_us < $3 AND coalesce(to_us, $2) >= $2`;
const OF_TIMEFRAME = `FROM candle WHERE instrument = $1 AND timeframe = $2
  AND ts >= ${timeSql('$3')} AND ts < ${timeSql('$4')}`;
const CLOSED_SQL = `SELECT ts AS "openUs", open, high, low, close, volume,
    quote_volume AS "quoteVolume", buy_volume AS "buyVolume", trade_count AS "tradeCount",
    ${NUMBER('first_trade_id')} AS "firstTradeId", ${NUMBER('last_trade_id')} AS "lastTradeId",
    recv_us AS "recvUs"
  ${OF_TIMEFRAME} AND closed = 1 ORDER BY ts`;
const OPEN_SPAN_SQL = `SELECT min(ts) AS first, max(ts) AS last ${OF_TIMEFRAME}`;
const NEXT_TIMEFRAME_SQL = `SELECT timeframe AS name FROM candle
  WHERE instrument = $1 AND timeframe > $2 ORDER BY timeframe LIMIT 1`;

export class StoredCoverageRows implements CoverageRows {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  spans(instrument: number, tape: number): Promise<(CoverageInterval & CoveredSpan)[]> {
    return this.#db.rows(SPANS_SQL, [instrument, tape], 'spans');
  }
}

export class StoredLedgerRows implements LedgerRows {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  openTradeGaps(instrument: number): Promise<LedgerGap[]> {
    return this.#db.rows<LedgerGap>(OPEN_GAPS_SQL, [instrument], 'open_gaps');
  }

  tradeGapSpans(instrument: number, fromUs: number, toUs: number): Promise<GapSpan[]> {
    return this.#db.rows<GapSpan>(GAP_SPANS_SQL, [instrument, fromUs, toUs], 'gap_spans');
  }
}

export class StoredCandleRows implements CandleRows {
  readonly #db: Database;
  readonly #tables: BatchRowTables;

  constructor(db: Database, tables: BatchRowTables) {
    this.#db = db;
    this.#tables = tables;
  }

  closed(
    instrument: number,
    timeframe: string,
    fromUs: number,
    toUs: number,
  ): Promise<CandleSums[]> {
    const values = [instrument, timeframe, fromUs, toUs];
    return this.#db.rows<CandleSums>(CLOSED_SQL, values, 'closed');
  }

  timeframes(instrument: number): Promise<string[]> {
    return storedTimeframes(this.#db, instrument);
  }

  async openSpan(
    instrument: number,
    timeframe: string,
    fromUs: number,
    toUs: number,
  ): Promise<readonly [number, number] | undefined> {
    const values = [instrument, timeframe, fromUs, toUs];
    const [row] = await this.#db.rows<Edges>(OPEN_SPAN_SQL, values, 'open_span');
    if (row === undefined || row.first === null || row.last === null) return undefined;
    return [row.first, row.last];
  }

  putRebuilt(
    instrument: number,
    timeframe: string,
    candles: readonly RebuiltCandle[],
  ): Promise<number> {
    return putRebuiltCandles(this.#tables, instrument, timeframe, candles);
  }
}

interface Edges {
  readonly first: number | null;
  readonly last: number | null;
}

/** Names of the timeframes stored for the instrument: one key probe each. */
export async function storedTimeframes(db: Database, instrument: number): Promise<string[]> {
  const names: string[] = [];
  for (let name = ''; ; ) {
    const values = [instrument, name];
    const rows = await db.rows<{ name: string }>(NEXT_TIMEFRAME_SQL, values, 'timeframe');
    const next = rows[0]?.name;
    if (next === undefined) return names;
    name = next;
    names.push(name);
  }
}
