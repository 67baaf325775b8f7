/** Reads candles: stored timeframes along their key, others made from the coarsest that nests. */
import { bucketEndUs, bucketOpenUs, parseTimeframe, type Timeframe } from '../model/timeframe.ts';
import { resampleCandles, resampleSource } from './candle-resample.ts';
import { roughLengthUs } from './candle-sources.ts';
import type { CandleQuery, CandleRow } from './contract.ts';
import type { Answer } from './stored-rows.ts';

/** Rows of the finer timeframe read at once. */
const PART_COUNT_MAX = 20_000;
/** Buckets of the coarse one read at once at least. */
const BUCKETS_MIN = 16;
/** A limit that no range of such a part reaches. */
const ALL = 1_000_000;

/** Candle rows of one instrument in a store. Ranges are fromUs ≤ open time < toUs. */
export interface CandleSource {
  range(
    instrument: number,
    timeframe: string,
    fromUs: number,
    toUs: number,
    order: 'asc' | 'desc',
    limit: number,
  ): Answer<CandleRow[]>;
  /** The first or last open time. */
  edge(
    instrument: number,
    timeframe: string,
    edge: 'min' | 'max',
    fromUs: number,
    toUs: number,
  ): Answer<number | null>;
  /** Names of the stored timeframes. */
  timeframes(instrument: number): Answer<readonly string[]>;
}

export class CandleReader {
  readonly #source: CandleSource;

  constructor(source: CandleSource) {
    this.#source = source;
  }

  async read(instrument: number, query: CandleQuery): Promise<CandleRow[]> {
    const { timeframe, startUs = 0, endUs = Number.MAX_SAFE_INTEGER, limit, order } = query;
    const stored = await this.#source.timeframes(instrument);
    if (stored.includes(timeframe)) {
      return this.#source.range(instrument, timeframe, startUs, endUs, order, limit);
    }
    const coarse = parseTimeframe(timeframe);
    // Throws for a name that is no timeframe, too.
    const fine = resampleSource(timeframe, stored);
    if (coarse === undefined) return [];
    return this.#resampled(instrument, fine, coarse, { ...query, startUs, endUs });
  }

  async #resampled(
    instrument: number,
    fine: Timeframe,
    coarse: Timeframe,
    query: CandleQuery & { readonly startUs: number; readonly endUs: number },
  ): Promise<CandleRow[]> {
    const edge = (which: 'min' | 'max', from: number, to: number) =>
      this.#source.edge(instrument, fine.name, which, from, to);
    const newestUs = await edge('max', 0, Number.MAX_SAFE_INTEGER);
    if (newestUs === null) return [];
    const newestEndUs = bucketEndUs(fine, newestUs);
    const ratio = Math.ceil(roughLengthUs(coarse) / roughLengthUs(fine)) + 1;
    const bucketsMax = Math.max(1, Math.floor(PART_COUNT_MAX / ratio));
    // A coarse candle is in the range when its open is; then all its parts are read.
    let fromUs = nextOpenUs(coarse, query.startUs);
    let toUs = nextOpenUs(coarse, Math.min(query.endUs, newestEndUs));
    const out: CandleRow[] = [];
    while (fromUs < toUs && out.length < query.limit) {
      let rows: readonly CandleRow[];
      // Buckets without a row leave some to be read still: never so few that it takes many turns.
      const wanted = Math.max(query.limit - out.length, BUCKETS_MIN);
      const windowUs = Math.min(bucketsMax, wanted) * roughLengthUs(coarse);
      if (query.order === 'asc') {
        const firstUs = await edge('min', fromUs, toUs);
        if (firstUs === null) break;
        const openUs = bucketOpenUs(coarse, firstUs);
        fromUs = Math.min(toUs, nextOpenUs(coarse, openUs + windowUs));
        rows = await this.#source.range(instrument, fine.name, openUs, fromUs, 'asc', ALL);
        out.push(...resampleCandles(rows, coarse, newestEndUs));
      } else {
        const lastUs = await edge('max', fromUs, toUs);
        if (lastUs === null) break;
        const endUs = bucketEndUs(coarse, bucketOpenUs(coarse, lastUs));
        toUs = Math.max(fromUs, bucketOpenUs(coarse, Math.max(0, endUs - windowUs)));
        rows = await this.#source.range(instrument, fine.name, toUs, endUs, 'asc', ALL);
        out.push(...resampleCandles(rows, coarse, newestEndUs).reverse());
      }
    }
    return out.slice(0, query.limit);
  }
}

/** The first bucket that opens at `us` or later. */
function nextOpenUs(timeframe: Timeframe, us: number): number {
  const openUs = bucketOpenUs(timeframe, us);
  return openUs === us ? us : bucketEndUs(timeframe, openUs);
}
