/** Candle rows in PostgreSQL, for the shared reading of candles. */
import { formatUs } from '../../base/clock.ts';
import type { CandleSource } from '../candle-reader.ts';
import type { CandleRow } from '../contract.ts';
import type { Database } from './database.ts';
import { timeSql } from './sql-values.ts';
import { storedTimeframes } from './stored-rows.ts';

const COLUMNS = `i.venue, i.symbol, i.market_type, c.timeframe, c.ts, c.ts AS ts_us, c.open, c.high,
  c.low, c.close, c.volume, c.quote_volume, c.trade_count, c.buy_volume,
  CASE WHEN c.closed = 0 OR c.state = 1 THEN 'partial' WHEN c.state = 2 THEN 'repaired'
    ELSE 'complete' END AS state,
  c.revision`;
const IN_RANGE = `c.instrument = $1 AND c.timeframe = $2 AND c.ts >= ${timeSql('$3')}
  AND c.ts < ${timeSql('$4')}`;

export class PostgresCandleSource implements CandleSource {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async range(
    instrument: number,
    timeframe: string,
    fromUs: number,
    toUs: number,
    order: 'asc' | 'desc',
    limit: number,
  ): Promise<CandleRow[]> {
    const rows = await this.#db.rows<CandleRow>(
      `SELECT ${COLUMNS} FROM candle c JOIN instruments i ON i.id = c.instrument
       WHERE ${IN_RANGE} ORDER BY c.ts ${order === 'asc' ? 'ASC' : 'DESC'} LIMIT $5`,
      [instrument, timeframe, fromUs, toUs, limit],
    );
    return rows.map((row) => {
      // Made here: a division that overflows would be an error of the whole query there.
      const vwap = row.volume > 0 ? row.quote_volume / row.volume : null;
      return { ...row, ts: formatUs(row.ts_us), vwap };
    });
  }

  async edge(
    instrument: number,
    timeframe: string,
    edge: 'min' | 'max',
    fromUs: number,
    toUs: number,
  ): Promise<number | null> {
    const [row] = await this.#db.rows<{ us: number | null }>(
      `SELECT ${edge}(c.ts) AS us FROM candle c WHERE ${IN_RANGE}`,
      [instrument, timeframe, fromUs, toUs],
    );
    return row?.us ?? null;
  }

  timeframes(instrument: number): Promise<string[]> {
    return storedTimeframes(this.#db, instrument);
  }
}
