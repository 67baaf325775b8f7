/**
 * What the writer asks of stored trades: which ids are held, and the trades of a time range to make
 * candles of. Ids are looked up along the id index of each partition, times along its time index.
 */
import type { Interval } from '../../base/interval-set.ts';
import type { TradeTuple } from '../candle-access.ts';
import {
  ID_LIMIT,
  type NamedTrade,
  TRADE_PAGE_COUNT,
  type TradePoint,
  type TradeRows,
} from '../stored-rows.ts';
import { TEXT_ID_NUMBER } from './copy-rows.ts';
import type { Database } from './database.ts';
import { timeSql } from './sql-values.ts';

const OF_TAPE = 'FROM trade WHERE instrument = $1 AND tape = $2';
// Only the edges of islands leave the server: rows whose id does not follow the one before.
const ISLANDS_SQL = `SELECT id, previous FROM (
    SELECT trade_id AS id, lag(trade_id) OVER (ORDER BY trade_id) AS previous
    ${OF_TAPE} AND text_id IS NULL AND trade_id >= $3 AND trade_id <= $4) held
  WHERE previous IS NULL OR id <> previous + 1 ORDER BY id`;
const NEAR_SQL = `SELECT trade_id AS id, ts AS "tsUs" ${OF_TAPE} AND text_id IS NULL`;
const BEFORE_SQL = `${NEAR_SQL} AND trade_id <= $3 ORDER BY trade_id DESC LIMIT 1`;
const AFTER_SQL = `${NEAR_SQL} AND trade_id >= $3 ORDER BY trade_id LIMIT 1`;
const NTH_SQL = `${NEAR_SQL} AND trade_id <= $3 ORDER BY trade_id DESC LIMIT 1 OFFSET $4`;
const IN_RANGE = `ts >= ${timeSql('$3')} AND ts < ${timeSql('$4')}`;
const PAGE_SQL = `SELECT ts, price, size, flags, trade_id, text_id, recv_us ${OF_TAPE}
    AND ${IN_RANGE}`;
const ORDER = 'ORDER BY ts, trade_id, text_id';
const AFTER_PAGE = `AND (ts, trade_id, coalesce(text_id, '')) > (${timeSql('$3')}, $5::bigint, $6)`;
const NEWEST_SQL = `SELECT trade_id AS id, text_id AS text, ts AS "tsUs" ${OF_TAPE}
  ORDER BY ts DESC, trade_id DESC, text_id DESC LIMIT $3`;

interface PageRow {
  readonly ts: number;
  readonly price: number;
  readonly size: number;
  readonly flags: number;
  readonly trade_id: number;
  readonly text_id: string | null;
  readonly recv_us: number;
}

export class TradeQueries implements TradeRows {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async islands(instrument: number, tape: number, from: number, to: number): Promise<Interval[]> {
    if (from > to) return [];
    const starts = await this.#db.rows<{ id: number; previous: number | null }>(
      ISLANDS_SQL,
      [instrument, tape, from, to],
      'islands',
    );
    if (starts.length === 0) return [];
    const last = await this.before(instrument, tape, to);
    return starts.map(({ id }, i) => {
      const next = starts[i + 1];
      return { from: id, to: (next === undefined ? last?.id : next.previous) ?? id };
    });
  }

  async before(instrument: number, tape: number, id: number): Promise<TradePoint | undefined> {
    const values = [instrument, tape, Math.min(id, ID_LIMIT)];
    return (await this.#db.rows<TradePoint>(BEFORE_SQL, values, 'before'))[0];
  }

  async after(instrument: number, tape: number, id: number): Promise<TradePoint | undefined> {
    return (await this.#db.rows<TradePoint>(AFTER_SQL, [instrument, tape, id], 'after'))[0];
  }

  async idOfNewest(instrument: number, tape: number, count: number): Promise<number | undefined> {
    const values = [instrument, tape, ID_LIMIT, count - 1];
    return (await this.#db.rows<TradePoint>(NTH_SQL, values, 'nth'))[0]?.id;
  }

  async newestByTime(instrument: number, tape: number, count: number): Promise<NamedTrade[]> {
    const rows = await this.#db.rows<{ id: number; text: string | null; tsUs: number }>(
      NEWEST_SQL,
      [instrument, tape, count],
      'newest',
    );
    return rows.map(({ id, text, tsUs }) => ({ id: text ?? id, tsUs }));
  }

  async hasTape(instrument: number, tape: number): Promise<boolean> {
    const sql = `SELECT EXISTS (SELECT ${OF_TAPE} AND text_id IS NULL)
      OR EXISTS (SELECT ${OF_TAPE} AND text_id IS NOT NULL) AS "isHeld"`;
    const [row] = await this.#db.rows<{ isHeld: boolean }>(sql, [instrument, tape], 'has_tape');
    return row?.isHeld ?? false;
  }

  async hasTrades(
    instrument: number,
    tape: number,
    fromUs: number,
    toUs: number,
  ): Promise<boolean> {
    const sql = `SELECT 1 ${OF_TAPE} AND ${IN_RANGE} LIMIT 1`;
    const values = [instrument, tape, fromUs, toUs];
    return (await this.#db.rows(sql, values, 'has_trades')).length > 0;
  }

  async page(
    instrument: number,
    tape: number,
    fromUs: number,
    toUs: number,
    after: TradeTuple | undefined,
  ): Promise<readonly TradeTuple[]> {
    const id = after?.[4];
    const values = [instrument, tape, after?.[0] ?? fromUs, toUs];
    if (id !== undefined) {
      values.push(typeof id === 'number' ? id : TEXT_ID_NUMBER);
    }
    const behind = id === undefined ? '' : AFTER_PAGE;
    const texts = id === undefined ? [] : [typeof id === 'string' ? id : ''];
    const rows = await this.#db.rows<PageRow>(
      `${PAGE_SQL} ${behind} ${ORDER} LIMIT ${TRADE_PAGE_COUNT}`,
      [...values, ...texts],
      id === undefined ? 'first_page' : 'page',
    );
    return rows.map((row) => {
      const { ts, price, size, flags, recv_us } = row;
      return [ts, price, size, flags, row.text_id ?? row.trade_id, recv_us];
    });
  }

  async timeSpan(
    instrument: number,
    fromUs: number,
    toUs: number,
  ): Promise<readonly [number, number] | undefined> {
    const sql = `SELECT min(ts) AS first, max(ts) AS last FROM trade WHERE instrument = $1
      AND ts >= ${timeSql('$2')} AND ts < ${timeSql('$3')}`;
    const values = [instrument, fromUs, toUs];
    const [row] = await this.#db.rows<{ first: number | null; last: number | null }>(
      sql,
      values,
      'time_span',
    );
    return row === undefined || row.first === null || row.last === null
      ? undefined
      : [row.first, row.last];
  }
}
