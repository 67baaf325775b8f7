/**
 * What the writer asks of stored trades: which ids are held, and the trades of a time range to make
 * candles of. Every query is a range of a key: the time key of the table or its id index. Ids that
 * are numbers have an empty trade_text.
 */
import { formatUs } from '../../base/clock.ts';
import type { Interval } from '../../base/interval-set.ts';
import type { TradeTuple } from '../candle-access.ts';
import {
  ID_LIMIT,
  type NamedTrade,
  TRADE_PAGE_COUNT,
  type TradePoint,
  type TradeRows,
} from '../stored-rows.ts';
import type { Connection } from './database.ts';
import type { SqlNumber } from './values.ts';

/** Times in statements: text to DATETIME2 in the server, as a driver's date keeps no µs. */
export const FROM_TS = 'CAST(@from_ts AS DATETIME2(6))';
export const TO_TS = 'CAST(@to_ts AS DATETIME2(6))';

const OF = "instrument = @instrument AND tape = @tape AND trade_text = N''";
// Only the edges of islands leave the server: rows whose id does not follow the one before.
const ISLANDS_SQL = `SELECT e.id, e.previous FROM (
    SELECT trade_id AS id, LAG(trade_id) OVER (ORDER BY trade_id) AS previous
    FROM dbo.trade WHERE ${OF} AND trade_id >= @from_id AND trade_id <= @to_id) e
  WHERE e.previous IS NULL OR e.id <> e.previous + 1 ORDER BY e.id`;
const BEFORE_SQL = `SELECT TOP (1) trade_id AS id, ts_us FROM dbo.trade
  WHERE ${OF} AND trade_id <= @id ORDER BY trade_id DESC`;
const AFTER_SQL = `SELECT TOP (1) trade_id AS id, ts_us FROM dbo.trade
  WHERE ${OF} AND trade_id >= @id ORDER BY trade_id`;
const NTH_SQL = `SELECT trade_id AS id FROM dbo.trade WHERE ${OF}
  ORDER BY trade_id DESC OFFSET @skip ROWS FETCH NEXT 1 ROWS ONLY`;
const NEWEST_SQL = `SELECT TOP (@count) trade_id AS id, trade_text AS text, ts_us FROM dbo.trade
  WHERE instrument = @instrument AND tape = @tape ORDER BY ts DESC, trade_id DESC, trade_text DESC`;
const HAS_TAPE_SQL = `SELECT TOP (1) 1 AS found FROM dbo.trade
  WHERE instrument = @instrument AND tape = @tape`;
const HAS_SQL = `SELECT TOP (1) 1 AS found FROM dbo.trade
  WHERE instrument = @instrument AND ts >= ${FROM_TS} AND ts < ${TO_TS} AND tape = @tape`;
const SPAN_SQL = `SELECT MIN(ts_us) AS first_us, MAX(ts_us) AS last_us FROM (
    SELECT * FROM (SELECT TOP (1) ts_us FROM dbo.trade
      WHERE instrument = @instrument AND ts >= ${FROM_TS} AND ts < ${TO_TS} ORDER BY ts) a
    UNION ALL
    SELECT * FROM (SELECT TOP (1) ts_us FROM dbo.trade
      WHERE instrument = @instrument AND ts >= ${FROM_TS} AND ts < ${TO_TS} ORDER BY ts DESC) b) e`;
const PAGE_SQL = `SELECT TOP (${TRADE_PAGE_COUNT}) ts_us, price, size, flags, trade_id, trade_text,
    recv_us
  FROM dbo.trade WHERE instrument = @instrument AND tape = @tape
    AND ts >= ${FROM_TS} AND ts < ${TO_TS}`;
const BEHIND_SQL = `AND (ts > ${FROM_TS} OR trade_id > @id
    OR (trade_id = @id AND trade_text > @text))`;
const PAGE_ORDER = 'ORDER BY ts, trade_id, trade_text';

interface PointColumns {
  readonly id: SqlNumber;
  readonly ts_us: SqlNumber;
}

interface PageColumns {
  readonly ts_us: SqlNumber;
  readonly price: number;
  readonly size: number;
  readonly flags: number;
  readonly trade_id: SqlNumber;
  readonly trade_text: string;
  readonly recv_us: SqlNumber;
}

export class TradeQueries implements TradeRows {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async islands(
    instrument: number,
    tape: number,
    fromId: number,
    toId: number,
  ): Promise<Interval[]> {
    if (fromId > toId) return [];
    const starts = await this.#connection.rows<{ id: SqlNumber; previous: SqlNumber }>(
      ISLANDS_SQL,
      { instrument, tape, from_id: fromId, to_id: toId },
    );
    if (starts.length === 0) return [];
    const last = await this.before(instrument, tape, toId);
    return starts.map(({ id }, i) => {
      const next = starts[i + 1];
      const to = next === undefined ? last?.id : Number(next.previous);
      return { from: Number(id), to: to ?? Number(id) };
    });
  }

  before(instrument: number, tape: number, id: number): Promise<TradePoint | undefined> {
    return this.#point(BEFORE_SQL, instrument, tape, id);
  }

  after(instrument: number, tape: number, id: number): Promise<TradePoint | undefined> {
    return this.#point(AFTER_SQL, instrument, tape, Math.min(id, ID_LIMIT));
  }

  async idOfNewest(instrument: number, tape: number, count: number): Promise<number | undefined> {
    const values = { instrument, tape, skip: count - 1 };
    const [row] = await this.#connection.rows<{ id: SqlNumber }>(NTH_SQL, values);
    return row === undefined ? undefined : Number(row.id);
  }

  async newestByTime(
    instrument: number,
    tape: number,
    count: number,
  ): Promise<readonly NamedTrade[]> {
    const rows = await this.#connection.rows<PointColumns & { readonly text: string }>(NEWEST_SQL, {
      instrument,
      tape,
      count,
    });
    return rows.map(({ id, text, ts_us }) => ({ id: tradeId(id, text), tsUs: Number(ts_us) }));
  }

  async hasTape(instrument: number, tape: number): Promise<boolean> {
    return (await this.#connection.rows(HAS_TAPE_SQL, { instrument, tape })).length > 0;
  }

  async hasTrades(
    instrument: number,
    tape: number,
    fromUs: number,
    toUs: number,
  ): Promise<boolean> {
    const values = { instrument, tape, ...times(fromUs, toUs) };
    return (await this.#connection.rows(HAS_SQL, values)).length > 0;
  }

  async page(
    instrument: number,
    tape: number,
    fromUs: number,
    toUs: number,
    after: TradeTuple | undefined,
  ): Promise<readonly TradeTuple[]> {
    const values = { instrument, tape, ...times(after?.[0] ?? fromUs, toUs) };
    const id = after?.[4];
    const behind =
      id === undefined
        ? {}
        : { id: typeof id === 'number' ? id : ID_LIMIT, text: typeof id === 'number' ? '' : id };
    const sql = `${PAGE_SQL} ${id === undefined ? '' : BEHIND_SQL} ${PAGE_ORDER}`;
    const rows = await this.#connection.rows<PageColumns>(sql, { ...values, ...behind });
    return rows.map((row) => [
      Number(row.ts_us),
      row.price,
      row.size,
      row.flags,
      tradeId(row.trade_id, row.trade_text),
      Number(row.recv_us),
    ]);
  }

  async timeSpan(
    instrument: number,
    fromUs: number,
    toUs: number,
  ): Promise<readonly [number, number] | undefined> {
    const values = { instrument, ...times(fromUs, toUs) };
    const [row] = await this.#connection.rows<{ first_us: SqlNumber; last_us: SqlNumber }>(
      SPAN_SQL,
      values,
    );
    if (row === undefined || row.first_us === null) return undefined;
    return [Number(row.first_us), Number(row.last_us)];
  }

  async #point(
    sql: string,
    instrument: number,
    tape: number,
    id: number,
  ): Promise<TradePoint | undefined> {
    const [row] = await this.#connection.rows<PointColumns>(sql, { instrument, tape, id });
    return row === undefined ? undefined : { id: Number(row.id), tsUs: Number(row.ts_us) };
  }
}

/** A number where the venue's id is one, else its text. */
export function tradeId(id: SqlNumber, text: string): number | string {
  return text === '' ? Number(id) : text;
}

/** The range as texts; DATETIME2 begins long before 1970 and ends long after 2255. */
export function times(fromUs: number, toUs: number): { from_ts: string; to_ts: string } {
  return { from_ts: formatUs(fromUs), to_ts: formatUs(toUs) };
}
