/**
 * The reading side: a read-only session of its own. Each query is one statement that sees the last
 * commit; readers and the writer never wait for each other. Every query has a limit and runs along
 * an index. A connection that was lost is made anew by the next query.
 */
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
  type TradeColumns,
} from '../market-rows.ts';
import { PostgresCandleSource } from './candle-source.ts';
import { Database, type SqlValue } from './database.ts';
import { type DatabaseUrl, parseDatabaseUrl } from './database-url.ts';
import { timeSql } from './sql-values.ts';
import { readTableFacts } from './table-facts.ts';

/** Above every time a row can have. */
const END_OF_TIME_US = Number.MAX_SAFE_INTEGER;
const SETTINGS = { default_transaction_read_only: 'on', jit: 'off' };

type MarketRow = InstrumentKey & { readonly id: number };

/** The times of rows are timestamps here, under the names of the contract. */
const PG_TRADES: MarketTable<TradeColumns & { readonly text_id: string | null }, TradeRow> = {
  ...TRADES,
  columns: 'trade_id, text_id, ts AS ts_us, recv_us, price, size, flags',
  tieBreak: ['tape', 'trade_id', 'text_id'],
  rowOf: (names, columns) =>
    TRADES.rowOf(names, { ...columns, trade_id: columns.text_id ?? columns.trade_id }),
};
const PG_BOOKS = {
  ...BOOKS,
  columns: 'ts AS ts_us, recv_us, nullif(sequence, -1) AS sequence, bids, asks',
  tieBreak: ['sequence'],
};

const SESSIONS_SQL = `SELECT session_id AS "sessionId", started_us AS "startedUs", command, version,
    host, config, ended_us AS "endedUs", summary
  FROM sessions ORDER BY started_us DESC LIMIT $1`;
const INSTRUMENTS_SQL = `SELECT venue, symbol, market_type AS "marketType",
    venue_symbol AS "venueSymbol", base, quote, tick_size AS "tickSize", lot_size AS "lotSize",
    contract_size AS "contractSize", status, feed, tape
  FROM instruments ORDER BY venue, symbol, market_type`;
const GAP_COLUMNS = `venue, symbol, market_type, kind, from_id, to_id, from_us, to_us, cause,
  detected_us, repaired, repaired_us, how`;

export async function openPostgresReader(text: string): Promise<StoreReader> {
  const url = parseDatabaseUrl(text);
  const db = await connect(url);
  try {
    const sql = "SELECT to_regclass('coverage') IS NOT NULL AS there";
    const [row] = await db.rows<{ there: boolean }>(sql);
    if (row?.there === true) return new PostgresReader(url, db);
  } catch (error) {
    await db.close();
    throw error;
  }
  await db.close();
  throw new EngineError(`${url.where} holds no store yet: record something first`, {
    code: 'store-missing',
    retry: 'retry',
  });
}

function connect(url: DatabaseUrl): Promise<Database> {
  return Database.connect(url, 'tickspine-reader', SETTINGS);
}

class PostgresReader implements StoreReader {
  readonly #url: DatabaseUrl;
  #db: Database;
  #connecting: Promise<Database> | undefined;

  constructor(url: DatabaseUrl, db: Database) {
    this.#url = url;
    this.#db = db;
  }

  trades(query: RowQuery): Promise<TradeRow[]> {
    return this.#readMarkets(PG_TRADES, query);
  }

  quotes(query: RowQuery): Promise<QuoteRow[]> {
    return this.#readMarkets(withTime(QUOTES), query);
  }

  books(query: RowQuery): Promise<BookRow[]> {
    return this.#readMarkets(PG_BOOKS, query);
  }

  derivatives(query: RowQuery): Promise<DerivativeRow[]> {
    return this.#readMarkets(withTime(DERIVATIVES), query);
  }

  liquidations(query: RowQuery): Promise<LiquidationRow[]> {
    return this.#readMarkets(withTime(LIQUIDATIONS), query);
  }

  async candles(query: CandleQuery): Promise<CandleRow[]> {
    const db = await this.#connected();
    const market = (await markets(db, query))[0];
    if (market === undefined) return [];
    return new CandleReader(new PostgresCandleSource(db)).read(market.id, query);
  }

  gaps(query: GapQuery): Promise<GapRow[]> {
    const extra: [string, SqlValue][] = [];
    if (query.kind !== undefined) extra.push(['kind', query.kind]);
    if (query.repaired !== undefined) extra.push(['repaired', query.repaired ? 1 : 0]);
    return this.#readView<GapRow>(`SELECT ${GAP_COLUMNS} FROM data_quality`, query, 'id', extra);
  }

  coverage(query: RowQuery): Promise<CoverageRow[]> {
    const select =
      'SELECT venue, symbol, market_type, from_id, to_id, from_us, to_us FROM coverage';
    return this.#readView<CoverageRow>(select, query, 'from_id', []);
  }

  async sessions(limit: number): Promise<SessionInfo[]> {
    return (await this.#connected()).rows<SessionInfo>(SESSIONS_SQL, [limit]);
  }

  async instruments(): Promise<InstrumentRow[]> {
    return (await this.#connected()).rows<InstrumentRow>(INSTRUMENTS_SQL);
  }

  /** On a connection of its own: to count a large table takes longer than an answer may. */
  async tables(): Promise<TableFacts[]> {
    const db = await Database.connect(this.#url, 'tickspine-inspect', SETTINGS, true);
    try {
      return await readTableFacts(db);
    } finally {
      await db.close();
    }
  }

  close(): Promise<void> {
    return this.#db.close();
  }

  /** Market by market along the key; over all markets at once the server would sort the table. */
  async #readMarkets<Columns extends TimedColumns, Row extends TimedColumns>(
    table: MarketTable<Columns, Row>,
    query: RowQuery,
  ): Promise<Row[]> {
    const { startUs = 0, endUs = END_OF_TIME_US + 1, limit, order } = query;
    const { timeColumn } = table;
    const column = timeColumn === 'ts_us' ? 'ts' : timeColumn;
    const edge = (us: string) => (column === 'ts' ? timeSql(us) : `${us}::bigint`);
    const sql = `SELECT ${table.columns} FROM ${table.table}
      WHERE instrument = $1 AND ${column} >= ${edge('$2')} AND ${column} < ${edge('$3')}
      ORDER BY ${orderSql({ ...table, timeColumn: column as 'ts_us' }, order)} LIMIT $4`;
    const db = await this.#connected();
    const found = await markets(db, query);
    const rows: Row[] = [];
    for (const market of found) {
      const part = await db.rows<Columns>(sql, [market.id, startUs, endUs, limit]);
      for (const columns of part) rows.push(table.rowOf(namesOf(market, columns), columns));
    }
    if (found.length < 2) return rows;
    const sign = order === 'asc' ? 1 : -1;
    return rows.sort((a, b) => sign * (a[timeColumn] - b[timeColumn])).slice(0, limit);
  }

  /** Small tables: rows of a view by the time they begin at. */
  async #readView<Row extends object>(
    select: string,
    query: RowQuery,
    tieBreak: string,
    extra: readonly (readonly [string, SqlValue])[],
  ): Promise<Row[]> {
    const { startUs, endUs, limit, order } = query;
    const values: SqlValue[] = [];
    const terms: string[] = [];
    const add = (term: string, value: SqlValue) => {
      values.push(value);
      terms.push(`${term} $${values.length}`);
    };
    for (const [column, value] of [...keyTerms(query), ...extra]) add(`${column} =`, value);
    if (startUs !== undefined) add('from_us >=', startUs);
    if (endUs !== undefined) add('from_us <', endUs);
    const where = terms.length === 0 ? '' : ` WHERE ${terms.join(' AND ')}`;
    // As SQLite sorts: NULL is least.
    const direction = order === 'asc' ? 'ASC' : 'DESC';
    const nulls = order === 'asc' ? 'NULLS FIRST' : 'NULLS LAST';
    const sort = `from_us ${direction}, ${tieBreak} ${direction} ${nulls}`;
    values.push(limit);
    const sql = `${select}${where} ORDER BY ${sort} LIMIT $${values.length}`;
    return (await this.#connected()).rows<Row>(sql, values);
  }

  async #connected(): Promise<Database> {
    if (!this.#db.isLost) return this.#db;
    this.#connecting ??= connect(this.#url).finally(() => {
      this.#connecting = undefined;
    });
    this.#db = await this.#connecting;
    return this.#db;
  }
}

function withTime<T extends { readonly columns: string }>(table: T): T {
  return { ...table, columns: table.columns.replace(/\bts_us\b/, 'ts AS ts_us') };
}

function markets(db: Database, key: Partial<InstrumentKey>): Promise<MarketRow[]> {
  const terms = keyTerms(key);
  const where = terms.map(([column], i) => `${column} = $${i + 1}`).join(' AND ');
  return db.rows<MarketRow>(
    `SELECT id, venue, symbol, market_type AS "marketType" FROM instruments
     ${where === '' ? '' : `WHERE ${where}`} ORDER BY venue, symbol, market_type`,
    terms.map(([, value]) => value),
  );
}

function keyTerms({ venue, symbol, marketType }: Partial<InstrumentKey>): [string, SqlValue][] {
  const terms: [string, SqlValue][] = [];
  if (venue !== undefined) terms.push(['venue', venue]);
  if (symbol !== undefined) terms.push(['symbol', symbol]);
  if (marketType !== undefined) terms.push(['market_type', marketType]);
  return terms;
}
