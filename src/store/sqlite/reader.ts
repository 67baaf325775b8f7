/**
 * The reading side: a read-only connection of its own. In WAL mode it sees the last commit, never
 * waits for the writer and never makes it wait. Every query has a limit and runs along a key.
 */
import type { Database } from 'bun:sqlite';
import { EngineError } from '../../base/errors.ts';
import type { InstrumentKey } from '../../model/instrument.ts';
import { CandleReader } from '../candle-reader.ts';
import type {
  BookRow,
  CandleQuery,
  CandleRow,
  CoverageRow,
  DerivativeRow,
  GapQuery,
  GapRow,
  InstrumentRow,
  LiquidationRow,
  QuoteRow,
  RowQuery,
  SessionInfo,
  StoreReader,
  TableFacts,
  TradeRow,
} from '../contract.ts';
import {
  BOOKS,
  DERIVATIVES,
  LIQUIDATIONS,
  type MarketTable,
  namesOf,
  orderSql,
  QUOTES,
  type TimedColumns,
  TRADES,
} from '../market-rows.ts';
import { SqliteCandleSource } from './candle-source.ts';
import { explainError, guard, openForReading, sqlitePath } from './database.ts';
import { ReadStatements, readRows } from './statements.ts';
import { readTableFacts } from './table-facts.ts';

type Value = string | number;

/** Above every time a row can have. */
const END_OF_TIME_US = Number.MAX_SAFE_INTEGER;

type MarketRow = InstrumentKey & { readonly id: number };

const SESSIONS_SQL = `SELECT session_id AS sessionId, started_us AS startedUs, command, version,
  host,
  config, ended_us AS endedUs, summary FROM sessions ORDER BY started_us DESC LIMIT ?`;
const INSTRUMENTS_SQL = `SELECT venue, symbol, market_type AS marketType,
  venue_symbol AS venueSymbol,
  base, quote, tick_size AS tickSize, lot_size AS lotSize, contract_size AS contractSize, status,
  feed,
  tape FROM instruments ORDER BY venue, symbol, market_type`;
const GAP_COLUMNS = `venue, symbol, market_type, kind, from_id, to_id, from_us, to_us, cause,
  detected_us, repaired, repaired_us, how`;

export async function openSqliteReader(url: string): Promise<StoreReader> {
  const path = sqlitePath(url);
  const db = openForReading(path);
  const sql = "SELECT name FROM sqlite_schema WHERE type = 'view' AND name = 'coverage'";
  const isStore = () => readRows(db, sql).length === 1;
  try {
    if (guard(path, isStore)) return new SqliteReader(db, path);
  } catch (error) {
    db.close();
    throw error;
  }
  db.close();
  throw new EngineError(`${path} holds no store yet: record something first`, {
    code: 'store-missing',
    retry: 'retry',
  });
}

class SqliteReader implements StoreReader {
  readonly #db: Database;
  readonly #statements: ReadStatements;
  readonly #path: string;
  readonly #candles: CandleReader;

  constructor(db: Database, path: string) {
    this.#db = db;
    this.#path = path;
    this.#statements = new ReadStatements(db);
    this.#candles = new CandleReader(new SqliteCandleSource(this.#statements));
  }

  async trades(query: RowQuery): Promise<TradeRow[]> {
    return this.#readMarkets(TRADES, query);
  }

  async quotes(query: RowQuery): Promise<QuoteRow[]> {
    return this.#readMarkets(QUOTES, query);
  }

  async books(query: RowQuery): Promise<BookRow[]> {
    // The index is of this very expression.
    return this.#readMarkets({ ...BOOKS, tieBreak: ['ifnull(sequence, -1)'] }, query);
  }

  async derivatives(query: RowQuery): Promise<DerivativeRow[]> {
    return this.#readMarkets(DERIVATIVES, query);
  }

  async liquidations(query: RowQuery): Promise<LiquidationRow[]> {
    return this.#readMarkets(LIQUIDATIONS, query);
  }

  async candles(query: CandleQuery): Promise<CandleRow[]> {
    const market = guard(this.#path, () => this.#markets(query)[0]);
    if (market === undefined) return [];
    try {
      return await this.#candles.read(market.id, query);
    } catch (error) {
      throw explainError(error, this.#path);
    }
  }

  async gaps(query: GapQuery): Promise<GapRow[]> {
    const extra: [string, Value][] = [];
    if (query.kind !== undefined) extra.push(['kind = ?', query.kind]);
    if (query.repaired !== undefined) extra.push(['repaired = ?', query.repaired ? 1 : 0]);
    return this.#readView<GapRow>(`SELECT ${GAP_COLUMNS} FROM data_quality`, query, 'id', extra);
  }

  async coverage(query: RowQuery): Promise<CoverageRow[]> {
    const select =
      'SELECT venue, symbol, market_type, from_id, to_id, from_us, to_us FROM coverage';
    return this.#readView<CoverageRow>(select, query, 'from_id', []);
  }

  async sessions(limit: number): Promise<SessionInfo[]> {
    return guard(this.#path, () => this.#statements.rows<SessionInfo>(SESSIONS_SQL, limit));
  }

  async instruments(): Promise<InstrumentRow[]> {
    return guard(this.#path, () => this.#statements.rows<InstrumentRow>(INSTRUMENTS_SQL));
  }

  async tables(): Promise<TableFacts[]> {
    return guard(this.#path, () => readTableFacts(this.#db));
  }

  async close(): Promise<void> {
    this.#statements.finalize();
    this.#db.close();
  }

  /** Market by market along the key; over all markets at once SQLite would sort the table. */
  #readMarkets<Columns extends TimedColumns, Row extends TimedColumns>(
    table: MarketTable<Columns, Row>,
    query: RowQuery,
  ): Row[] {
    const { startUs = 0, endUs = END_OF_TIME_US + 1, limit, order } = query;
    const { columns: wanted, table: name, timeColumn } = table;
    const sql = `SELECT ${wanted} FROM ${name}
      WHERE instrument = ? AND ${timeColumn} >= ? AND ${timeColumn} < ?
      ORDER BY ${orderSql(table, order)} LIMIT ?`;
    return guard(this.#path, () => {
      const markets = this.#markets(query);
      const rows: Row[] = [];
      for (const market of markets) {
        const found = this.#statements.rows<Columns>(sql, market.id, startUs, endUs, limit);
        for (const columns of found) rows.push(table.rowOf(namesOf(market, columns), columns));
      }
      if (markets.length < 2) return rows;
      const sign = order === 'asc' ? 1 : -1;
      return rows.sort((a, b) => sign * (a[timeColumn] - b[timeColumn])).slice(0, limit);
    });
  }

  /** Small tables: rows of a view by the time they begin at. */
  #readView<Row>(
    select: string,
    query: RowQuery,
    tieBreak: string,
    extra: readonly (readonly [string, Value])[],
  ): Row[] {
    const { startUs, endUs, limit, order } = query;
    const terms = [...keyTerms(query), ...extra];
    if (startUs !== undefined) terms.push(['from_us >= ?', startUs]);
    if (endUs !== undefined) terms.push(['from_us < ?', endUs]);
    const where = terms.length === 0 ? '' : ` WHERE ${terms.map(([term]) => term).join(' AND ')}`;
    const direction = order === 'asc' ? 'ASC' : 'DESC';
    const sql = `${select}${where} ORDER BY from_us ${direction}, ${tieBreak} ${direction} LIMIT ?`;
    const values = [...terms.map(([, value]) => value), limit];
    return guard(this.#path, () => this.#statements.rows<Row>(sql, ...values));
  }

  #markets(key: Partial<InstrumentKey>): MarketRow[] {
    const terms = keyTerms(key);
    const where = terms.length === 0 ? '' : ` WHERE ${terms.map(([term]) => term).join(' AND ')}`;
    const sql = `SELECT id, venue, symbol, market_type AS marketType FROM instruments${where}
      ORDER BY venue, symbol, market_type`;
    return this.#statements.rows<MarketRow>(sql, ...terms.map(([, value]) => value));
  }
}

function keyTerms({ venue, symbol, marketType }: Partial<InstrumentKey>): [string, Value][] {
  const terms: [string, Value][] = [];
  if (venue !== undefined) terms.push(['venue = ?', venue]);
  if (symbol !== undefined) terms.push(['symbol = ?', symbol]);
  if (marketType !== undefined) terms.push(['market_type = ?', marketType]);
  return terms;
}
