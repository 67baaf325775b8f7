/**
 * The reading side. Nothing here writes; `sql/mssql/roles.sql` has a role that could not either.
 * Every query has a limit and runs along a key. `applicationIntent=ReadOnly` sends it to a readable
 * replica where there is one.
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
  QUOTES,
  type TimedColumns,
  TRADES,
} from '../market-rows.ts';
import { CandleResampler } from './candle-resampler.ts';
import { MssqlCandleSource, PairCandleSource } from './candle-source.ts';
import { NO_TIMEOUT, type Parameter, ReadPool } from './database.ts';
import { readSettings } from './settings.ts';
import { readTableFacts } from './table-facts.ts';
import { FROM_TS, TO_TS, times, tradeId } from './trade-queries.ts';
import { numberOrNull, type SqlNumber } from './values.ts';

/** Above every time a row can have. */
const END_OF_TIME_US = Number.MAX_SAFE_INTEGER;
/** Columns that are numbers beyond 2^31, which the driver reads as text. */
const WIDE_COLUMNS = ['ts_us', 'recv_us', 'sequence', 'next_funding_us'];

type MarketRow = InstrumentKey & { readonly id: number };
type RawRow = Record<string, SqlNumber>;

const SESSIONS_SQL = `SELECT TOP (@limit) session_id, started_us, command, version, host, config,
  ended_us, summary FROM dbo.sessions ORDER BY started_us DESC`;
const INSTRUMENTS_SQL = `SELECT venue, symbol, market_type AS marketType,
  venue_symbol AS venueSymbol, base, quote, tick_size AS tickSize, lot_size AS lotSize,
  contract_size AS contractSize, status, feed, tape
  FROM dbo.instruments ORDER BY venue, symbol, market_type`;
const GAP_COLUMNS = `venue, symbol, market_type, kind, from_id, to_id, from_us, to_us, cause,
  detected_us, repaired, repaired_us, how`;
const COVERAGE_COLUMNS = 'venue, symbol, market_type, from_id, to_id, from_us, to_us';
const MARKETS_SQL = 'SELECT id, venue, symbol, market_type AS marketType FROM dbo.instruments';

export async function openMssqlReader(url: string): Promise<StoreReader> {
  const settings = readSettings(url);
  const pool = await ReadPool.open(settings);
  const sql = "SELECT OBJECT_ID(N'dbo.coverage', N'V') AS id";
  try {
    const [row] = await pool.rows<{ id: number | null }>(sql);
    if (row !== undefined && row.id !== null) return new MssqlReader(pool);
    throw new EngineError(`${settings.where} holds no store yet: record something first`, {
      code: 'store-missing',
      retry: 'retry',
    });
  } catch (error) {
    await pool.close();
    throw error;
  }
}

class MssqlReader implements StoreReader {
  readonly #pool: ReadPool;

  constructor(pool: ReadPool) {
    this.#pool = pool;
  }

  async trades(query: RowQuery): Promise<TradeRow[]> {
    const columns = `${TRADES.columns}, trade_text`;
    const tieBreak = ['tape', 'trade_id', 'trade_text'];
    const table = { ...TRADES, columns, tieBreak };
    return this.#readMarkets(table, query, (row) => ({
      ...row,
      trade_id: tradeId(row.trade_id ?? null, String(row.trade_text)) as SqlNumber,
    }));
  }

  quotes(query: RowQuery): Promise<QuoteRow[]> {
    return this.#readMarkets(QUOTES, query);
  }

  books(query: RowQuery): Promise<BookRow[]> {
    // -1 stands for none in the table.
    return this.#readMarkets({ ...BOOKS, tieBreak: ['sequence'] }, query, (row) => ({
      ...row,
      sequence: Number(row.sequence) === -1 ? null : Number(row.sequence),
    }));
  }

  derivatives(query: RowQuery): Promise<DerivativeRow[]> {
    return this.#readMarkets(DERIVATIVES, query);
  }

  liquidations(query: RowQuery): Promise<LiquidationRow[]> {
    return this.#readMarkets(LIQUIDATIONS, query);
  }

  async candles(query: CandleQuery): Promise<CandleRow[]> {
    const market = (await this.#markets(query))[0];
    if (market === undefined) return [];
    const isPerPair = this.#pool.settings.mode === 'per_pair';
    const source = isPerPair
      ? new PairCandleSource(this.#pool, market)
      : new MssqlCandleSource(this.#pool, market);
    if (this.#pool.settings.resample === 'server') {
      const resampler = new CandleResampler(this.#pool, source, market);
      const rows = await resampler.read(market.id, query);
      if (rows !== undefined) return rows;
    }
    return new CandleReader(source).read(market.id, query);
  }

  async gaps(query: GapQuery): Promise<GapRow[]> {
    const extra: [string, Parameter][] = [];
    if (query.kind !== undefined) extra.push(['kind', query.kind]);
    if (query.repaired !== undefined) extra.push(['repaired', query.repaired ? 1 : 0]);
    const rows = await this.#readView(GAP_COLUMNS, 'data_quality', query, 'id', extra);
    return rows.map((row) => {
      const wide = numbersOf(row, ['from_id', 'to_id', 'from_us', 'to_us', 'detected_us']);
      const repair = { repaired: Number(row.repaired), repaired_us: numberOrNull(row.repaired_us) };
      return { ...row, ...wide, ...repair } as unknown as GapRow;
    });
  }

  async coverage(query: RowQuery): Promise<CoverageRow[]> {
    const rows = await this.#readView(COVERAGE_COLUMNS, 'coverage', query, 'from_id', []);
    return rows.map((row) => {
      const wide = numbersOf(row, ['from_id', 'to_id', 'from_us', 'to_us']);
      return { ...row, ...wide } as unknown as CoverageRow;
    });
  }

  async sessions(limit: number): Promise<SessionInfo[]> {
    const rows = await this.#pool.rows<Record<string, string>>(SESSIONS_SQL, { limit });
    return rows.map((row) => ({
      sessionId: row.session_id ?? '',
      startedUs: Number(row.started_us),
      command: row.command ?? '',
      version: row.version ?? '',
      host: row.host ?? '',
      config: row.config ?? '',
      endedUs: numberOrNull(row.ended_us),
      summary: row.summary ?? null,
    }));
  }

  instruments(): Promise<InstrumentRow[]> {
    return this.#pool.rows<InstrumentRow>(INSTRUMENTS_SQL);
  }

  /** On connections of its own: to count a large table takes longer than an answer may. */
  async tables(): Promise<TableFacts[]> {
    const pool = await ReadPool.open({ ...this.#pool.settings, timeoutMs: NO_TIMEOUT });
    try {
      return await readTableFacts(pool);
    } finally {
      await pool.close();
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  /** Market by market along the key; over all markets at once the server would sort the table. */
  async #readMarkets<Columns extends TimedColumns, Row extends TimedColumns>(
    table: MarketTable<Columns, Row>,
    query: RowQuery,
    mapRow: (row: RawRow) => RawRow = (row) => row,
  ): Promise<Row[]> {
    const { startUs = 0, endUs = END_OF_TIME_US, limit, order } = query;
    const { timeColumn } = table;
    const sql = rangeSql(table, order);
    // The end is outside the range; a time at the very end of all times is not.
    const until = endUs >= END_OF_TIME_US ? END_OF_TIME_US + 1 : endUs;
    const range = { from_us: startUs, to_us: until };
    const values = table.table === 'trade' ? times(startUs, until) : range;
    const markets = await this.#markets(query);
    const rows: Row[] = [];
    for (const market of markets) {
      const found = await this.#pool.rows<RawRow>(sql, { ...values, id: market.id, limit });
      for (const raw of found) {
        const wide = numbersOf(raw, WIDE_COLUMNS);
        const columns = mapRow({ ...raw, ...wide }) as unknown as Columns;
        rows.push(table.rowOf(namesOf(market, columns), columns));
      }
    }
    if (markets.length < 2) return rows;
    const sign = order === 'asc' ? 1 : -1;
    return rows.sort((a, b) => sign * (a[timeColumn] - b[timeColumn])).slice(0, limit);
  }

  /** Small tables: rows of a view by the time they begin at. */
  async #readView(
    columns: string,
    view: string,
    query: RowQuery,
    tieBreak: string,
    extra: readonly (readonly [string, Parameter])[],
  ): Promise<RawRow[]> {
    const { startUs, endUs, limit, order } = query;
    const equal = [...keyTerms(query), ...extra];
    const terms = equal.map(([name]) => `${name} = @${name}`);
    const values: Record<string, Parameter> = { limit, ...Object.fromEntries(equal) };
    if (startUs !== undefined) {
      terms.push('from_us >= @start_us');
      values.start_us = startUs;
    }
    if (endUs !== undefined) {
      terms.push('from_us < @end_us');
      values.end_us = endUs;
    }
    const direction = order === 'asc' ? 'ASC' : 'DESC';
    const sql = `SELECT TOP (@limit) ${columns} FROM dbo.${view}${whereSql(terms)}
      ORDER BY from_us ${direction}, ${tieBreak} ${direction}`;
    return this.#pool.rows<RawRow>(sql, values);
  }

  #markets(key: Partial<InstrumentKey>): Promise<MarketRow[]> {
    const terms = keyTerms(key);
    const where = whereSql(terms.map(([name]) => `${name} = @${name}`));
    const sql = `${MARKETS_SQL}${where} ORDER BY venue, symbol, market_type`;
    return this.#pool.rows<MarketRow>(sql, Object.fromEntries(terms));
  }
}

/** Trades are kept by ts, the others by a number. */
function rangeSql(
  { columns, table, timeColumn, tieBreak }: Omit<MarketTable<TimedColumns, unknown>, 'rowOf'>,
  order: 'asc' | 'desc',
): string {
  const direction = order === 'asc' ? 'ASC' : 'DESC';
  const isByTs = table === 'trade';
  const time = isByTs ? 'ts' : timeColumn;
  const [from, to] = isByTs ? [FROM_TS, TO_TS] : ['@from_us', '@to_us'];
  const terms = [time, ...tieBreak].map((term) => `${term} ${direction}`);
  return `SELECT TOP (@limit) ${columns} FROM dbo.${table}
    WHERE instrument = @id AND ${time} >= ${from} AND ${time} < ${to}
    ORDER BY ${terms.join(', ')}`;
}

function whereSql(terms: readonly string[]): string {
  return terms.length === 0 ? '' : ` WHERE ${terms.join(' AND ')}`;
}

/** Those of `names` that the row has, as numbers. */
function numbersOf(row: RawRow, names: readonly string[]): RawRow {
  const present = names.filter((name) => row[name] !== undefined);
  return Object.fromEntries(present.map((name) => [name, numberOrNull(row[name])]));
}

function keyTerms({ venue, symbol, marketType }: Partial<InstrumentKey>): [string, Parameter][] {
  const terms: [string, Parameter][] = [];
  if (venue !== undefined) terms.push(['venue', venue]);
  if (symbol !== undefined) terms.push(['symbol', symbol]);
  if (marketType !== undefined) terms.push(['market_type', marketType]);
  return terms;
}
