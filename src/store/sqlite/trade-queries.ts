/**
 * What the writer asks of stored trades: which ids are held, and the trades of a time range to make
 * candles of. Every query is a range of a key: the time key of the table or its id index.
 */
import type { Statement } from 'bun:sqlite';
import type { Interval } from '../../base/interval-set.ts';
import type { TradeTuple } from '../candle-access.ts';
import {
  ID_LIMIT,
  type NamedTrade,
  TRADE_PAGE_COUNT,
  type TradePoint,
  type TradeRows,
} from '../stored-rows.ts';
import type { StatementSet } from './statements.ts';

// Only the edges of islands leave SQLite: rows whose id does not follow the one before.
const ISLANDS_SQL = `SELECT id, previous FROM (
    SELECT trade_id AS id, lag(trade_id) OVER (ORDER BY trade_id) AS previous
    FROM trade INDEXED BY trade_by_id
    WHERE instrument = ? AND tape = ? AND trade_id >= ? AND trade_id <= ?)
  WHERE previous IS NULL OR id <> previous + 1`;
const NEAR_SQL = `SELECT trade_id AS id, ts_us AS tsUs FROM trade INDEXED BY trade_by_id
  WHERE instrument = ? AND tape = ?`;
const PAGE_SQL = `SELECT ts_us, price, size, flags, trade_id, recv_us FROM trade
  WHERE instrument = ? AND tape = ? AND (ts_us, tape, trade_id) > (?, ?, ?) AND ts_us < ?
  ORDER BY ts_us, tape, trade_id LIMIT ${TRADE_PAGE_COUNT}`;
const FIRST_PAGE_SQL = `SELECT ts_us, price, size, flags, trade_id, recv_us FROM trade
  WHERE instrument = ? AND tape = ? AND ts_us >= ? AND ts_us < ?
  ORDER BY ts_us, tape, trade_id LIMIT ${TRADE_PAGE_COUNT}`;

interface Edge {
  readonly us: number | null;
}

export class TradeQueries implements TradeRows {
  readonly #islands: Statement<{ id: number; previous: number | null }, number[]>;
  readonly #before: Statement<TradePoint, number[]>;
  readonly #after: Statement<TradePoint, number[]>;
  readonly #nth: Statement<TradePoint, number[]>;
  readonly #page: Statement;
  readonly #firstPage: Statement;
  readonly #has: Statement;
  readonly #hasTape: Statement;
  readonly #first: Statement<Edge, number[]>;
  readonly #last: Statement<Edge, number[]>;
  readonly #newestByTime: Statement<NamedTrade, number[]>;

  constructor(statements: StatementSet) {
    this.#islands = statements.prepare(ISLANDS_SQL);
    this.#before = statements.prepare(
      `${NEAR_SQL} AND trade_id <= ? ORDER BY trade_id DESC LIMIT 1`,
    );
    this.#after = statements.prepare(
      `${NEAR_SQL} AND trade_id >= ? AND trade_id <= ${ID_LIMIT} ORDER BY trade_id LIMIT 1`,
    );
    this.#nth = statements.prepare(
      `${NEAR_SQL} AND trade_id <= ? ORDER BY trade_id DESC LIMIT 1 OFFSET ?`,
    );
    this.#page = statements.prepare(PAGE_SQL);
    this.#firstPage = statements.prepare(FIRST_PAGE_SQL);
    this.#has = statements.prepare(`SELECT 1 FROM trade
      WHERE instrument = ? AND ts_us >= ? AND ts_us < ? AND tape = ? LIMIT 1`);
    this.#hasTape = statements.prepare(
      'SELECT 1 FROM trade INDEXED BY trade_by_id WHERE instrument = ? AND tape = ? LIMIT 1',
    );
    const range = 'FROM trade WHERE instrument = ? AND ts_us >= ? AND ts_us < ?';
    this.#first = statements.prepare(`SELECT min(ts_us) AS us ${range}`);
    this.#last = statements.prepare(`SELECT max(ts_us) AS us ${range}`);
    this.#newestByTime = statements.prepare(`SELECT trade_id AS id, ts_us AS tsUs FROM trade
      WHERE instrument = ? AND tape = ? ORDER BY ts_us DESC, trade_id DESC LIMIT ?`);
  }

  /** Runs of consecutive ids among the rows with fromId ≤ id ≤ toId, ascending. */
  islands(instrument: number, tape: number, fromId: number, toId: number): Interval[] {
    if (fromId > toId) return [];
    const starts = this.#islands.all(instrument, tape, fromId, toId);
    return starts.map(({ id }, i) => {
      const next = starts[i + 1];
      const to = next === undefined ? this.before(instrument, tape, toId)?.id : next.previous;
      return { from: id, to: to ?? id };
    });
  }

  /** The stored trade with the greatest numeric id ≤ `id`. */
  before(instrument: number, tape: number, id: number): TradePoint | undefined {
    return this.#before.get(instrument, tape, id) ?? undefined;
  }

  /** The stored trade with the least numeric id ≥ `id`. */
  after(instrument: number, tape: number, id: number): TradePoint | undefined {
    return this.#after.get(instrument, tape, id) ?? undefined;
  }

  /** Id that `count` numeric ids come after; undefined when there are fewer. */
  idOfNewest(instrument: number, tape: number, count: number): number | undefined {
    return this.#nth.get(instrument, tape, ID_LIMIT, count - 1)?.id;
  }

  /** By venue time, newest first. */
  newestByTime(instrument: number, tape: number, count: number): readonly NamedTrade[] {
    return this.#newestByTime.all(instrument, tape, count);
  }

  hasTape(instrument: number, tape: number): boolean {
    return this.#hasTape.get(instrument, tape) !== null;
  }

  hasTrades(instrument: number, tape: number, fromUs: number, toUs: number): boolean {
    return this.#has.get(instrument, fromUs, toUs, tape) !== null;
  }

  page(
    instrument: number,
    tape: number,
    fromUs: number,
    toUs: number,
    after: TradeTuple | undefined,
  ): readonly TradeTuple[] {
    const rows =
      after === undefined
        ? this.#firstPage.values(instrument, tape, fromUs, toUs)
        : this.#page.values(instrument, tape, after[0], tape, after[4], toUs);
    return rows as unknown as readonly TradeTuple[];
  }

  timeSpan(
    instrument: number,
    fromUs: number,
    toUs: number,
  ): readonly [number, number] | undefined {
    const first = this.#first.get(instrument, fromUs, toUs)?.us ?? null;
    const last = this.#last.get(instrument, fromUs, toUs)?.us ?? null;
    return first === null || last === null ? undefined : [first, last];
  }
}
