/** Reads candles: stored timeframes along their key, others made from the coarsest that nests. */
import type { Database } from 'bun:sqlite';
import {
  bucketEndUs,
  bucketOpenUs,
  parseTimeframe,
  type Timeframe,
} from '../../model/timeframe.ts';
import { roughLengthUs } from '../candle-rebuild.ts';
import { resampleCandles, resampleSource } from '../candle-resample.ts';
import type { CandleQuery, CandleRow } from '../contract.ts';
import { NEXT_TIMEFRAME_SQL } from './candle-table.ts';
import { readRows } from './statements.ts';

/** Rows of the finer timeframe read at once. */
const PART_COUNT_MAX = 20_000;

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

export class CandleReader {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  read(instrument: number, query: CandleQuery): CandleRow[] {
    const { timeframe, startUs = 0, endUs = Number.MAX_SAFE_INTEGER, limit, order } = query;
    const stored = this.#storedTimeframes(instrument);
    if (stored.includes(timeframe)) {
      return this.#range(instrument, timeframe, startUs, endUs, order, limit);
    }
    const coarse = parseTimeframe(timeframe);
    // Throws for a name that is no timeframe, too.
    const fine = resampleSource(timeframe, stored);
    if (coarse === undefined) return [];
    return this.#resampled(instrument, fine, coarse, { ...query, startUs, endUs });
  }

  #resampled(
    instrument: number,
    fine: Timeframe,
    coarse: Timeframe,
    query: CandleQuery & { readonly startUs: number; readonly endUs: number },
  ): CandleRow[] {
    const newestUs = this.#edge(instrument, fine, 'max', 0, Number.MAX_SAFE_INTEGER);
    if (newestUs === null) return [];
    const newestEndUs = bucketEndUs(fine, newestUs);
    const ratio = Math.ceil(roughLengthUs(coarse) / roughLengthUs(fine)) + 1;
    const windowUs = Math.max(1, Math.floor(PART_COUNT_MAX / ratio)) * roughLengthUs(coarse);
    // A coarse candle is in the range when its open is; then all its parts are read.
    let fromUs = nextOpenUs(coarse, query.startUs);
    let toUs = nextOpenUs(coarse, Math.min(query.endUs, newestEndUs));
    const out: CandleRow[] = [];
    while (fromUs < toUs && out.length < query.limit) {
      let rows: CandleRow[];
      if (query.order === 'asc') {
        const firstUs = this.#edge(instrument, fine, 'min', fromUs, toUs);
        if (firstUs === null) break;
        const openUs = bucketOpenUs(coarse, firstUs);
        fromUs = Math.min(toUs, nextOpenUs(coarse, openUs + windowUs));
        rows = this.#range(instrument, fine.name, openUs, fromUs, 'asc', -1);
        out.push(...resampleCandles(rows, coarse, newestEndUs));
      } else {
        const lastUs = this.#edge(instrument, fine, 'max', fromUs, toUs);
        if (lastUs === null) break;
        const endUs = bucketEndUs(coarse, bucketOpenUs(coarse, lastUs));
        toUs = Math.max(fromUs, bucketOpenUs(coarse, Math.max(0, endUs - windowUs)));
        rows = this.#range(instrument, fine.name, toUs, endUs, 'asc', -1);
        out.push(...resampleCandles(rows, coarse, newestEndUs).reverse());
      }
    }
    return out.slice(0, query.limit);
  }

  #range(
    instrument: number,
    timeframe: string,
    fromUs: number,
    toUs: number,
    order: 'asc' | 'desc',
    limit: number,
  ): CandleRow[] {
    const sql = `${RANGE_SQL} ${order === 'asc' ? 'ASC' : 'DESC'} LIMIT ?`;
    return readRows<CandleRow>(this.#db, sql, instrument, timeframe, fromUs, toUs, limit);
  }

  #edge(
    instrument: number,
    { name }: Timeframe,
    edge: 'min' | 'max',
    fromUs: number,
    toUs: number,
  ): number | null {
    const sql = `SELECT ${edge}(open_us) AS openUs FROM candle
      WHERE instrument = ? AND timeframe = ? AND open_us >= ? AND open_us < ?`;
    return readRows<OpenTime>(this.#db, sql, instrument, name, fromUs, toUs)[0]?.openUs ?? null;
  }

  #storedTimeframes(instrument: number): string[] {
    const names: string[] = [];
    for (let name = ''; ; ) {
      const next = readRows<{ name: string }>(this.#db, NEXT_TIMEFRAME_SQL, instrument, name)[0];
      if (next === undefined) return names;
      name = next.name;
      names.push(name);
    }
  }
}

/** The first bucket that opens at `us` or later. */
function nextOpenUs(timeframe: Timeframe, us: number): number {
  const openUs = bucketOpenUs(timeframe, us);
  return openUs === us ? us : bucketEndUs(timeframe, openUs);
}
