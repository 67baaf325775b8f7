/** Candle rows in SQLite, for the shared reading of candles. */
import type { CandleSource } from '../candle-reader.ts';
import type { CandleRow } from '../contract.ts';
import { NEXT_TIMEFRAME_SQL } from './candle-table.ts';
import type { ReadStatements } from './statements.ts';

const COLUMNS = `i.venue, i.symbol, i.market_type, c.timeframe,
  strftime('%Y-%m-%d %H:%M:%S', c.open_us / 1000000, 'unixepoch')
    || printf('.%06d', c.open_us % 1000000) AS ts,
  c.open_us AS ts_us, c.open, c.high, c.low, c.close, c.volume, c.quote_volume, c.trade_count,
  c.buy_volume, iif(c.volume > 0, c.quote_volume / c.volume, NULL) AS vwap,
  CASE WHEN c.closed = 0 OR c.state = 1 THEN 'partial' WHEN c.state = 2 THEN 'repaired'
    ELSE 'complete' END AS state,
  c.revision`;
const RANGE_SQL = `SELECT ${COLUMNS} FROM candle c JOIN instruments i ON i.id = c.instrument
  WHERE c.instrument = ? AND c.timeframe = ? AND c.open_us >= ? AND c.open_us < ?
  ORDER BY c.open_us`;

interface OpenTime {
  readonly openUs: number | null;
}

export class SqliteCandleSource implements CandleSource {
  readonly #statements: ReadStatements;

  constructor(statements: ReadStatements) {
    this.#statements = statements;
  }

  range(
    instrument: number,
    timeframe: string,
    fromUs: number,
    toUs: number,
    order: 'asc' | 'desc',
    limit: number,
  ): CandleRow[] {
    const sql = `${RANGE_SQL} ${order === 'asc' ? 'ASC' : 'DESC'} LIMIT ?`;
    return this.#statements.rows<CandleRow>(sql, instrument, timeframe, fromUs, toUs, limit);
  }

  edge(
    instrument: number,
    timeframe: string,
    edge: 'min' | 'max',
    fromUs: number,
    toUs: number,
  ): number | null {
    const sql = `SELECT ${edge}(open_us) AS openUs FROM candle
      WHERE instrument = ? AND timeframe = ? AND open_us >= ? AND open_us < ?`;
    const row = this.#statements.rows<OpenTime>(sql, instrument, timeframe, fromUs, toUs)[0];
    return row?.openUs ?? null;
  }

  timeframes(instrument: number): string[] {
    const names: string[] = [];
    for (let name = ''; ; ) {
      const next = this.#statements.rows<{ name: string }>(NEXT_TIMEFRAME_SQL, instrument, name)[0];
      if (next === undefined) return names;
      name = next.name;
      names.push(name);
    }
  }
}
