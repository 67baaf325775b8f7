/** Rows of a batch in and out, set by set: staged in bulk, then one statement a table. */
import { afterTurn } from '../../base/clock.ts';
import type { CandleState } from '../../model/record-layout.ts';
import type { RecordBatch } from '../contract.ts';
import type { CandleKey, StoredCandle } from '../server/candle-batch.ts';
import type { CoverageRange, StoredCoverage } from '../server/coverage-batch.ts';
import type { DerivativeTick } from '../server/derivative-merge.ts';
import type { GapKey, StoredGap } from '../server/ledger-batch.ts';
import type { BulkTable, RowList } from '../server/row-list.ts';
import { type BatchRows, RowError } from '../server/server-session.ts';
import type { Connection } from './database.ts';
import {
  CANDLE_KEYS,
  CANDLES_IN,
  COVERAGE_IN,
  COVERAGE_RANGES,
  DERIVATIVE_KEYS,
  DERIVATIVES_IN,
  GAP_KEY,
  GAP_KEYS,
  GAPS_IN,
  packCandle,
  packCandleKey,
  packCoverage,
  packCoverageRange,
  packDerivative,
  packDerivativeKey,
  packGap,
  packGapKey,
} from './merged-tables.ts';
import { BULK_ROWS } from './row-tables.ts';
import { SeenKeys } from './seen-keys.ts';
import { insertSql, matchSql, putSql, Staging } from './staging.ts';
import { numberOrNaN, numberOrNull, type SqlNumber } from './values.ts';

/** Rows packed in one turn of the event loop. */
const PACKED_A_TURN = 2_048;

const STAGED = [
  ...Object.values(BULK_ROWS),
  CANDLE_KEYS,
  CANDLES_IN,
  DERIVATIVE_KEYS,
  DERIVATIVES_IN,
  GAP_KEYS,
  GAPS_IN,
  COVERAGE_RANGES,
  COVERAGE_IN,
];

const CANDLE_COLUMNS = CANDLES_IN.columns.map(({ name }) => `t.[${name}]`).join(', ');
const FIND_CANDLES_SQL = `SELECT ${CANDLE_COLUMNS} FROM dbo.candle t
  JOIN #candle_key s ON ${matchSql(CANDLES_IN.key)}; TRUNCATE TABLE #candle_key;`;
const FIND_DERIVATIVES_SQL = `SELECT t.* FROM dbo.derivative t
  JOIN #derivative_key s ON ${matchSql(DERIVATIVES_IN.key)}; TRUNCATE TABLE #derivative_key;`;

const GAP_COLUMNS = `t.id, t.instrument, t.kind, t.channel, t.from_id, t.to_id, t.from_us, t.to_us,
  t.missing, t.cause, t.detected_us, t.repaired, t.repaired_us, t.how, t.content_hash`;
const FIND_GAPS_SQL = `SELECT ${GAP_COLUMNS} FROM dbo.gap t
  JOIN #gap_key s ON ${matchSql(GAP_KEY)}`;
// What makes a row's key never changes.
const PUT_GAPS_SQL = `UPDATE t SET t.to_id = s.to_id, t.to_us = s.to_us, t.missing = s.missing,
    t.repaired = s.repaired, t.repaired_us = s.repaired_us, t.how = s.how
  FROM dbo.gap t JOIN #gap_in s ON t.id = s.row_id;
  INSERT INTO dbo.gap (instrument, kind, channel, from_key, content_hash, from_id, to_id, from_us,
    to_us, missing, cause, detected_us, repaired, repaired_us, how)
  SELECT instrument, kind, channel, from_key, content_hash, from_id, to_id, from_us, to_us, missing,
    cause, detected_us, repaired, repaired_us, how
  FROM #gap_in WHERE row_id IS NULL ORDER BY place;
  TRUNCATE TABLE #gap_in;`;

const FIND_COVERAGE_SQL = `SELECT t.id, t.instrument, t.tape, t.from_id, t.to_id, t.from_us, t.to_us
  FROM dbo.trade_coverage t JOIN #coverage_range s
    ON t.instrument = s.instrument AND t.tape = s.tape
  WHERE (s.is_by_id = 1 AND t.from_id <= s.range_to AND t.to_id >= s.range_from)
    OR (s.is_by_id = 0 AND t.from_id IS NULL AND t.from_us <= s.range_to
      AND t.to_us >= s.range_from);
  TRUNCATE TABLE #coverage_range;`;
const PUT_COVERAGE_SQL = `UPDATE t SET t.from_id = s.from_id, t.to_id = s.to_id,
    t.from_us = s.from_us, t.to_us = s.to_us
  FROM dbo.trade_coverage t JOIN #coverage_in s ON t.id = s.row_id;
  INSERT INTO dbo.trade_coverage (instrument, tape, from_id, to_id, from_us, to_us)
  SELECT instrument, tape, from_id, to_id, from_us, to_us
  FROM #coverage_in WHERE row_id IS NULL ORDER BY place;
  TRUNCATE TABLE #coverage_in;`;

type Columns<Name extends string> = Record<Name, SqlNumber>;

export class MssqlBatchRows implements BatchRows {
  readonly #connection: Connection;
  readonly #staging: Staging;

  private constructor(connection: Connection, staging: Staging) {
    this.#connection = connection;
    this.#staging = staging;
  }

  static async open(connection: Connection): Promise<MssqlBatchRows> {
    return new MssqlBatchRows(connection, await Staging.open(connection, STAGED));
  }

  async insertRows(
    table: BulkTable,
    { bytes }: RecordBatch,
    rows: RowList,
    from: number,
    to: number,
  ): Promise<number> {
    const bulk = BULK_ROWS[table];
    const seen = new SeenKeys();
    const count = await this.#staging.load(bulk, async (packer) => {
      for (let i = from; i < to; i += 1) {
        const [at, instrument] = [rows.at[i] as number, rows.instrument[i] as number];
        const tape = rows.tape[i] as number;
        const problem = bulk.problemOf?.(bytes, at) ?? '';
        if (problem !== '') throw new RowError(problem);
        if (!bulk.isNew(seen, bytes, at, instrument, tape)) continue;
        packer.beginRow();
        bulk.pack(packer, bytes, at, instrument, tape);
        if ((i - from) % PACKED_A_TURN === PACKED_A_TURN - 1) await aTurn();
      }
    });
    if (count === 0) return 0;
    return (await this.#connection.batch(insertSql(bulk))).changes;
  }

  async findDerivatives(keys: readonly DerivativeTick[]): Promise<readonly DerivativeTick[]> {
    if (keys.length === 0) return [];
    await this.#staging.fill(DERIVATIVE_KEYS, keys, packDerivativeKey);
    const { rows } = await this.#connection.batch<Columns<string>>(FIND_DERIVATIVES_SQL);
    // Keys may repeat, and then so do rows.
    return rows.map((row) => ({
      instrument: Number(row.instrument),
      tsUs: Number(row.ts_us),
      recvUs: Number(row.recv_us),
      values: [
        row.mark_price,
        row.index_price,
        row.funding_rate,
        row.next_funding_us,
        row.open_interest,
      ].map(numberOrNaN),
    }));
  }

  async putDerivatives(rows: readonly DerivativeTick[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#staging.fill(DERIVATIVES_IN, rows, packDerivative);
    await this.#connection.batch(putSql(DERIVATIVES_IN));
  }

  async findCandles(keys: readonly CandleKey[]): Promise<readonly StoredCandle[]> {
    if (keys.length === 0) return [];
    await this.#staging.fill(CANDLE_KEYS, keys, packCandleKey);
    const { rows } = await this.#connection.batch<CandleColumns>(FIND_CANDLES_SQL);
    return rows.map(candleOf);
  }

  async putCandles(rows: readonly StoredCandle[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#staging.fill(CANDLES_IN, rows, packCandle);
    await this.#connection.batch(putSql(CANDLES_IN));
  }

  async findGaps(
    keys: readonly GapKey[],
    staleOf: readonly number[],
  ): Promise<readonly StoredGap[]> {
    if (keys.length > 0) await this.#staging.fill(GAP_KEYS, keys, packGapKey);
    // Row ids are whole numbers of ours: they may stand in the text.
    const stale = `UNION ALL SELECT ${GAP_COLUMNS} FROM dbo.gap t
      WHERE t.instrument IN (${staleOf.join(', ')}) AND t.kind = N'stale' AND t.repaired = 0`;
    const sql = `${FIND_GAPS_SQL} ${staleOf.length === 0 ? '' : stale}; TRUNCATE TABLE #gap_key;`;
    const { rows } = await this.#connection.batch<GapColumns>(sql);
    return [...new Map(rows.map((row) => [Number(row.id), gapOf(row)])).values()];
  }

  async putGaps(rows: readonly StoredGap[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#staging.fill(GAPS_IN, rows, packGap);
    await this.#connection.batch(PUT_GAPS_SQL);
  }

  async findCoverage(ranges: readonly CoverageRange[]): Promise<readonly StoredCoverage[]> {
    if (ranges.length === 0) return [];
    await this.#staging.fill(COVERAGE_RANGES, ranges, packCoverageRange);
    const { rows } = await this.#connection.batch<Columns<string>>(FIND_COVERAGE_SQL);
    return rows.map((row) => ({
      rowId: Number(row.id),
      instrument: Number(row.instrument),
      tape: Number(row.tape),
      fromId: numberOrNull(row.from_id),
      toId: numberOrNull(row.to_id),
      fromUs: Number(row.from_us),
      toUs: Number(row.to_us),
    }));
  }

  async putCoverage(rows: readonly StoredCoverage[], removedIds: readonly number[]): Promise<void> {
    if (removedIds.length > 0) {
      const ids = removedIds.join(', ');
      await this.#connection.batch(`DELETE FROM dbo.trade_coverage WHERE id IN (${ids});`);
    }
    if (rows.length === 0) return;
    await this.#staging.fill(COVERAGE_IN, rows, packCoverage);
    await this.#connection.batch(PUT_COVERAGE_SQL);
  }
}

type CandleColumns = Columns<string> & { readonly timeframe: string };

function candleOf(row: CandleColumns): StoredCandle {
  return {
    instrument: Number(row.instrument),
    timeframe: row.timeframe,
    openUs: Number(row.open_us),
    recvUs: Number(row.recv_us),
    open: Number(row.open),
    high: Number(row.high),
    low: Number(row.low),
    close: Number(row.close),
    volume: Number(row.volume),
    quoteVolume: Number(row.quote_volume),
    buyVolume: Number(row.buy_volume),
    tradeCount: Number(row.trade_count),
    firstTradeId: numberOrNaN(row.first_trade_id),
    lastTradeId: numberOrNaN(row.last_trade_id),
    state: Number(row.state) as CandleState,
    isClosed: Number(row.closed) === 1,
    isRebuilt: Number(row.rebuilt) === 1,
    revision: Number(row.revision),
  };
}

interface GapColumns extends Columns<NumberOfGap> {
  readonly kind: string;
  readonly cause: string;
  readonly how: string | null;
  readonly content_hash: string;
}
type NumberOfGap =
  | 'id'
  | 'instrument'
  | 'channel'
  | 'from_id'
  | 'to_id'
  | 'from_us'
  | 'to_us'
  | 'missing'
  | 'detected_us'
  | 'repaired'
  | 'repaired_us';

function gapOf(row: GapColumns): StoredGap {
  return {
    rowId: Number(row.id),
    instrument: Number(row.instrument),
    kind: row.kind,
    channel: Number(row.channel),
    fromId: numberOrNull(row.from_id),
    toId: numberOrNull(row.to_id),
    fromUs: Number(row.from_us),
    toUs: numberOrNull(row.to_us),
    missing: Number(row.missing),
    cause: row.cause,
    detectedUs: Number(row.detected_us),
    repaired: Number(row.repaired) === 1 ? 1 : 0,
    repairedUs: numberOrNull(row.repaired_us),
    how: row.how,
    contentHash: row.content_hash,
  };
}

function aTurn(): Promise<void> {
  return new Promise((resolve) => afterTurn(resolve));
}
