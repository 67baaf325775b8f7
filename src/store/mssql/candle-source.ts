/** Candle rows for the shared reading of candles: all markets in one table, or a table a market. */
import { formatUs } from '../../base/clock.ts';
import type { InstrumentKey } from '../../model/instrument.ts';
import { parseTimeframe } from '../../model/timeframe.ts';
import type { CandleSource } from '../candle-reader.ts';
import type { CandleRow } from '../contract.ts';
import { klinesViewName } from '../klines-view-name.ts';
import type { Parameter, ReadPool } from './database.ts';
import { quotedName } from './klines-view.ts';
import { storedTimeframes } from './stored-tables.ts';
import { FROM_TS, TO_TS, times } from './trade-queries.ts';
import { type DriverDate, dateUs, numberOrNull, type SqlNumber } from './values.ts';

const OF = 'instrument = @instrument AND timeframe = @timeframe';
const RANGE = `${OF} AND open_us >= @from_us AND open_us < @to_us`;
const COLUMNS = `open_us, [open], high, low, [close], volume, quote_volume, trade_count, buy_volume,
  CASE WHEN closed = 0 OR state = 1 THEN 'partial' WHEN state = 2 THEN 'repaired'
    ELSE 'complete' END AS state, revision`;

export type CandleColumns = Readonly<Record<string, SqlNumber>> & {
  readonly state: CandleRow['state'];
};

/** A source whose rows the server can add up. */
export interface PartSource extends CandleSource {
  /** A SELECT of the parts of a bucket; rank: 0 complete, 1 repaired, 2 partial. */
  parts(
    instrument: number,
    range: { readonly timeframe: string; readonly fromUs: number; readonly toUs: number },
  ): { readonly sql: string; readonly values: Readonly<Record<string, Parameter>> };
}

export function candleRow(key: InstrumentKey, timeframe: string, row: CandleColumns): CandleRow {
  const tsUs = Number(row.open_us);
  return {
    venue: key.venue,
    symbol: key.symbol,
    market_type: key.marketType,
    timeframe,
    ts: formatUs(tsUs),
    ts_us: tsUs,
    open: Number(row.open),
    high: Number(row.high),
    low: Number(row.low),
    close: Number(row.close),
    volume: Number(row.volume),
    quote_volume: Number(row.quote_volume),
    trade_count: Number(row.trade_count),
    buy_volume: Number(row.buy_volume),
    // Not by the server: a quotient that no FLOAT holds would be an error there.
    vwap: Number(row.volume) > 0 ? Number(row.quote_volume) / Number(row.volume) : null,
    state: row.state,
    revision: Number(row.revision),
  };
}

export class MssqlCandleSource implements PartSource {
  readonly #pool: ReadPool;
  readonly #key: InstrumentKey;

  constructor(pool: ReadPool, key: InstrumentKey) {
    this.#pool = pool;
    this.#key = key;
  }

  async range(
    instrument: number,
    timeframe: string,
    fromUs: number,
    toUs: number,
    order: 'asc' | 'desc',
    limit: number,
  ): Promise<CandleRow[]> {
    const sql = `SELECT TOP (@limit) ${COLUMNS} FROM dbo.candle WHERE ${RANGE}
      ORDER BY open_us ${order === 'asc' ? 'ASC' : 'DESC'}`;
    const values = { instrument, timeframe, from_us: fromUs, to_us: toUs, limit };
    const rows = await this.#pool.rows<CandleColumns>(sql, values);
    return rows.map((row) => candleRow(this.#key, timeframe, row));
  }

  async edge(
    instrument: number,
    timeframe: string,
    edge: 'min' | 'max',
    fromUs: number,
    toUs: number,
  ): Promise<number | null> {
    const sql = `SELECT ${edge}(open_us) AS us FROM dbo.candle WHERE ${RANGE}`;
    const values = { instrument, timeframe, from_us: fromUs, to_us: toUs };
    const [row] = await this.#pool.rows<{ us: SqlNumber }>(sql, values);
    return numberOrNull(row?.us);
  }

  timeframes(instrument: number): Promise<readonly string[]> {
    return storedTimeframes(this.#pool, instrument);
  }

  parts(
    instrument: number,
    { timeframe, fromUs, toUs }: Parameters<PartSource['parts']>[1],
  ): ReturnType<PartSource['parts']> {
    const sql = `SELECT open_us, [open], high, low, [close], volume, quote_volume, buy_volume,
        trade_count, revision,
        CASE WHEN closed = 0 OR state = 1 THEN 2 WHEN state = 2 THEN 1 ELSE 0 END AS rank
      FROM dbo.candle WHERE ${RANGE}`;
    return { sql, values: { instrument, timeframe, from_us: fromUs, to_us: toUs } };
  }
}

/** What a table of one market may hold: its timeframe is known by how long its candles are. */
const PAIR_TIMEFRAMES = [
  ...['1s', '5s', '15s', '30s', '1m', '3m', '5m', '15m', '30m'],
  ...['1h', '2h', '4h', '6h', '8h', '12h', '1d', '3d', '1w', '1M'],
];
const US_PER_MS = 1_000;
/** Months are of 28 to 31 days. */
const MONTH_US = [28, 31].map((days) => days * 86_400 * 1_000_000);

interface PairColumns {
  readonly open_time: DriverDate;
  readonly close_time: DriverDate;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly quote_volume: number;
  readonly trade_count: SqlNumber;
  readonly taker_buy_volume: number;
}

/**
 * `mode=per_pair`: candles from `<venue>_<symbol>_klines`, a view of ours or a table that was there
 * before. Such a table says nothing of state and revision: its candles read `complete` and 0.
 */
export class PairCandleSource implements PartSource {
  readonly #pool: ReadPool;
  readonly #key: InstrumentKey;
  readonly #name: string;

  constructor(pool: ReadPool, key: InstrumentKey) {
    this.#pool = pool;
    this.#key = key;
    this.#name = klinesViewName(key);
  }

  async range(
    _instrument: number,
    timeframe: string,
    fromUs: number,
    toUs: number,
    order: 'asc' | 'desc',
    limit: number,
  ): Promise<CandleRow[]> {
    const sql = `SELECT TOP (@limit) open_time, [open], high, low, [close], volume, quote_volume,
        trade_count, taker_buy_volume
      FROM dbo.${quotedName(this.#name)} WHERE open_time >= ${FROM_TS} AND open_time < ${TO_TS}
      ORDER BY open_time ${order === 'asc' ? 'ASC' : 'DESC'}`;
    const rows = await this.#pool.rows<PairColumns>(sql, { limit, ...times(fromUs, toUs) });
    return rows.map((row) =>
      candleRow(this.#key, timeframe, {
        open_us: dateUs(row.open_time),
        open: row.open,
        high: row.high,
        low: row.low,
        close: row.close,
        volume: row.volume,
        quote_volume: row.quote_volume,
        trade_count: row.trade_count,
        buy_volume: row.taker_buy_volume,
        state: 'complete',
        revision: 0,
      } as unknown as CandleColumns),
    );
  }

  async edge(
    _instrument: number,
    _timeframe: string,
    edge: 'min' | 'max',
    fromUs: number,
    toUs: number,
  ): Promise<number | null> {
    const sql = `SELECT ${edge}(open_time) AS time FROM dbo.${quotedName(this.#name)}
      WHERE open_time >= ${FROM_TS} AND open_time < ${TO_TS}`;
    const [row] = await this.#pool.rows<{ time: DriverDate | null }>(sql, times(fromUs, toUs));
    return row === undefined || row.time === null ? null : dateUs(row.time);
  }

  parts(
    _instrument: number,
    { fromUs, toUs }: Parameters<PartSource['parts']>[1],
  ): ReturnType<PartSource['parts']> {
    const epoch = "CAST('1970-01-01' AS DATETIME2(6))";
    const sql = `SELECT DATEDIFF_BIG(MICROSECOND, ${epoch}, open_time) AS open_us, [open], high,
        low, [close], volume, quote_volume, taker_buy_volume AS buy_volume, trade_count,
        0 AS revision, 0 AS rank
      FROM dbo.${quotedName(this.#name)} WHERE open_time >= ${FROM_TS} AND open_time < ${TO_TS}`;
    return { sql, values: times(fromUs, toUs) };
  }

  async timeframes(): Promise<readonly string[]> {
    const [found] = await this.#pool.rows<{ id: number | null }>('SELECT OBJECT_ID(@name) AS id', {
      name: `dbo.${quotedName(this.#name)}`,
    });
    if (found === undefined || found.id === null) return [];
    const [row] = await this.#pool.rows<PairColumns>(
      `SELECT TOP (1) open_time, close_time FROM dbo.${quotedName(this.#name)} ORDER BY open_time`,
    );
    if (row === undefined) return [];
    const lengthUs = dateUs(row.close_time) - dateUs(row.open_time) + US_PER_MS;
    const [shortUs = 0, longUs = 0] = MONTH_US;
    if (lengthUs >= shortUs && lengthUs <= longUs) return ['1M'];
    return PAIR_TIMEFRAMES.filter((name) => parseTimeframe(name)?.lengthUs === lengthUs);
  }
}
