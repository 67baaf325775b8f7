/**
 * Candles of a timeframe that is not stored, added up in the server from the coarsest stored one
 * that nests: a day from its hours is one row on the wire and not 24. The rules are those of
 * `candle-resample.ts`, which also does what this does not: months, whose length varies.
 *
 * A server adds up in the order that suits it: a sum may differ in its last digit from one query to
 * the next. So it is asked for (`resample=server`) and not the default, whose sums are exact.
 *
 * Parts without a trade carry a price all the same; it counts only where a bucket has no others.
 */
import type { InstrumentKey } from '../../model/instrument.ts';
import {
  bucketEndUs,
  bucketOpenUs,
  parseTimeframe,
  type Timeframe,
} from '../../model/timeframe.ts';
import { resampleSource } from '../candle-resample.ts';
import { roughLengthUs } from '../candle-sources.ts';
import type { CandleQuery, CandleRow } from '../contract.ts';
import { type CandleColumns, candleRow, type PartSource } from './candle-source.ts';
import type { ReadPool } from './database.ts';

/** Parts that the server looks at for one statement. */
const PART_COUNT_MAX = 200_000;
const END_OF_TIME_US = Number.MAX_SAFE_INTEGER;

function bucketsSql(partsSql: string, order: 'asc' | 'desc'): string {
  return `WITH part AS (${partsSql}),
  placed AS (
    SELECT *, CASE WHEN trade_count > 0 THEN 1 ELSE 0 END AS traded,
      open_us - ((open_us - @origin) % @length + @length) % @length AS bucket
    FROM part),
  ranked AS (
    SELECT *,
      ROW_NUMBER() OVER (PARTITION BY bucket ORDER BY traded DESC, open_us) AS from_first,
      ROW_NUMBER() OVER (PARTITION BY bucket ORDER BY traded DESC, open_us DESC) AS from_last,
      MAX(traded) OVER (PARTITION BY bucket) AS is_traded
    FROM placed)
  SELECT TOP (@limit) bucket AS open_us,
    MAX(CASE WHEN from_first = 1 THEN [open] END) AS [open],
    MAX(CASE WHEN traded = 1 OR (is_traded = 0 AND from_first = 1) THEN high END) AS high,
    MIN(CASE WHEN traded = 1 OR (is_traded = 0 AND from_first = 1) THEN low END) AS low,
    MAX(CASE WHEN (is_traded = 1 AND from_last = 1) OR (is_traded = 0 AND from_first = 1)
      THEN [close] END) AS [close],
    SUM(CASE WHEN traded = 1 THEN volume ELSE 0 END) AS volume,
    SUM(CASE WHEN traded = 1 THEN quote_volume ELSE 0 END) AS quote_volume,
    SUM(CASE WHEN traded = 1 THEN buy_volume ELSE 0 END) AS buy_volume,
    SUM(trade_count) AS trade_count, MAX(rank) AS rank, SUM(revision) AS revision
  FROM ranked GROUP BY bucket ORDER BY bucket ${order === 'asc' ? 'ASC' : 'DESC'}`;
}

type BucketColumns = CandleColumns & { readonly rank: number };
const STATES = ['complete', 'repaired', 'partial'] as const;

export class CandleResampler {
  readonly #pool: ReadPool;
  readonly #source: PartSource;
  readonly #key: InstrumentKey;

  constructor(pool: ReadPool, source: PartSource, key: InstrumentKey) {
    this.#pool = pool;
    this.#source = source;
    this.#key = key;
  }

  /** Undefined: stored as it is asked for, or not for this class; the shared reading does it. */
  async read(instrument: number, query: CandleQuery): Promise<CandleRow[] | undefined> {
    const coarse = parseTimeframe(query.timeframe);
    if (coarse === undefined || coarse.unit === 'M') return undefined;
    const stored = await this.#source.timeframes(instrument);
    if (stored.includes(query.timeframe)) return undefined;
    const fine = resampleSource(query.timeframe, stored);
    const newestUs = await this.#source.edge(instrument, fine.name, 'max', 0, END_OF_TIME_US);
    if (newestUs === null) return [];
    const newestEndUs = bucketEndUs(fine, newestUs);
    const rows = await this.#windows(instrument, query, fine, coarse, newestEndUs);
    return rows.map((row) =>
      // A bucket that the newest part does not reach the end of is still open.
      bucketEndUs(coarse, row.ts_us) > newestEndUs ? { ...row, state: 'partial' } : row,
    );
  }

  /** Bounded stretches of parts, from the end that is asked for, until there are enough rows. */
  async #windows(
    instrument: number,
    { startUs = 0, endUs = END_OF_TIME_US, limit, order }: CandleQuery,
    fine: Timeframe,
    coarse: Timeframe,
    newestEndUs: number,
  ): Promise<CandleRow[]> {
    const ratio = Math.ceil(coarse.lengthUs / roughLengthUs(fine));
    const windowUs = Math.max(1, Math.floor(PART_COUNT_MAX / ratio)) * coarse.lengthUs;
    let fromUs = nextOpenUs(coarse, startUs);
    let toUs = nextOpenUs(coarse, Math.min(endUs, newestEndUs));
    const out: CandleRow[] = [];
    while (fromUs < toUs && out.length < limit) {
      const which = order === 'asc' ? 'min' : 'max';
      const edgeUs = await this.#source.edge(instrument, fine.name, which, fromUs, toUs);
      if (edgeUs === null) break;
      const wantedUs = Math.min(windowUs, (limit - out.length) * coarse.lengthUs);
      const openUs = bucketOpenUs(coarse, edgeUs);
      const [partFromUs, partToUs] =
        order === 'asc'
          ? [openUs, Math.min(toUs, openUs + wantedUs)]
          : [Math.max(fromUs, openUs + coarse.lengthUs - wantedUs), openUs + coarse.lengthUs];
      const range = { timeframe: fine.name, fromUs: partFromUs, toUs: partToUs };
      out.push(...(await this.#buckets(instrument, coarse, range, order, limit - out.length)));
      if (order === 'asc') fromUs = partToUs;
      else toUs = partFromUs;
    }
    return out;
  }

  async #buckets(
    instrument: number,
    coarse: Timeframe,
    range: { readonly timeframe: string; readonly fromUs: number; readonly toUs: number },
    order: 'asc' | 'desc',
    limit: number,
  ): Promise<CandleRow[]> {
    const { sql, values } = this.#source.parts(instrument, range);
    const origin = bucketOpenUs(coarse, coarse.lengthUs);
    const rows = await this.#pool.rows<BucketColumns>(bucketsSql(sql, order), {
      ...values,
      origin,
      length: coarse.lengthUs,
      limit,
    });
    return rows.map((row) => {
      const state = STATES[Number(row.rank)] ?? 'partial';
      return candleRow(this.#key, coarse.name, { ...row, state });
    });
  }
}

/** The first bucket that opens at `us` or later. */
function nextOpenUs(timeframe: Timeframe, us: number): number {
  const openUs = bucketOpenUs(timeframe, us);
  return openUs === us ? us : bucketEndUs(timeframe, openUs);
}
