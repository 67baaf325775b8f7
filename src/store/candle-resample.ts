/**
 * Candle rows of a timeframe that is not stored, made from rows of a finer one that nests in it.
 * State is the worst of the parts; a bucket that the newest part does not reach the end of is still
 * open and reads `partial`. `revision` is the sum of the parts': it rises when any of them does.
 */
import { formatUs } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import {
  bucketEndUs,
  bucketOpenUs,
  nests,
  parseTimeframe,
  type Timeframe,
} from '../model/timeframe.ts';
import { CandleFold } from './candle-fold.ts';
import { roughLengthUs } from './candle-sources.ts';
import type { CandleRow } from './contract.ts';

const STATE_RANK = { complete: 0, repaired: 1, partial: 2 } as const;

/** The coarsest of `stored` that `wanted` can be made from. Throws `timeframe`, `not_derivable`. */
export function resampleSource(wanted: string, stored: readonly string[]): Timeframe {
  const timeframe = parseTimeframe(wanted);
  if (timeframe === undefined) {
    throw new EngineError(`'${wanted}' is no timeframe: a number and s, m, h, d, w or M`, {
      code: 'timeframe',
      retry: 'fatal',
    });
  }
  let best: Timeframe | undefined;
  for (const name of stored) {
    const fine = parseTimeframe(name);
    if (fine === undefined || !nests(fine, timeframe)) continue;
    if (best === undefined || roughLengthUs(fine) > roughLengthUs(best)) best = fine;
  }
  if (best !== undefined) return best;
  const list = stored.length === 0 ? 'none' : stored.join(', ');
  throw new EngineError(`no ${wanted} candles can be made of the stored timeframes (${list})`, {
    code: 'not_derivable',
    retry: 'fatal',
  });
}

/**
 * Rows of `coarse` from all ascending rows of a finer timeframe in its buckets. `newestEndUs` is
 * the end of the newest stored one: a bucket that ends later is still open.
 */
export function resampleCandles(
  rows: readonly CandleRow[],
  coarse: Timeframe,
  newestEndUs: number,
): CandleRow[] {
  const out: CandleRow[] = [];
  let parts: CandleRow[] = [];
  let endUs = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    if (row.ts_us >= endUs) {
      if (parts.length > 0) out.push(join(parts, coarse));
      parts = [];
      endUs = bucketEndUs(coarse, bucketOpenUs(coarse, row.ts_us));
    }
    parts.push(row);
  }
  if (parts.length > 0) out.push(join(parts, coarse));
  const last = out.at(-1);
  if (last !== undefined && endUs > newestEndUs)
    out[out.length - 1] = { ...last, state: 'partial' };
  return out;
}

function join(parts: readonly CandleRow[], coarse: Timeframe): CandleRow {
  const first = parts[0] as CandleRow;
  const openUs = bucketOpenUs(coarse, first.ts_us);
  const fold = new CandleFold();
  let state: CandleRow['state'] = 'complete';
  let revision = 0;
  for (const part of parts) {
    fold.addCandle({
      ...part,
      openUs: part.ts_us,
      quoteVolume: part.quote_volume,
      buyVolume: part.buy_volume,
      tradeCount: part.trade_count,
      firstTradeId: Number.NaN,
      lastTradeId: Number.NaN,
      recvUs: 0,
    });
    if (STATE_RANK[part.state] > STATE_RANK[state]) state = part.state;
    revision += part.revision;
  }
  // Parts without a trade (quiet minutes some venue calls candles) carry a price all the same.
  const isQuiet = fold.tradeCount === 0;
  const sums = fold.take(openUs);
  return {
    venue: first.venue,
    symbol: first.symbol,
    market_type: first.market_type,
    timeframe: coarse.name,
    ts: formatUs(openUs),
    ts_us: openUs,
    open: isQuiet ? first.open : sums.open,
    high: isQuiet ? first.high : sums.high,
    low: isQuiet ? first.low : sums.low,
    close: isQuiet ? first.close : sums.close,
    volume: sums.volume,
    quote_volume: sums.quoteVolume,
    trade_count: sums.tradeCount,
    buy_volume: sums.buyVolume,
    vwap: sums.volume > 0 ? sums.quoteVolume / sums.volume : null,
    state,
    revision,
  };
}
