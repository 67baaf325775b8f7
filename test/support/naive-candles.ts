/**
 * Candles the slow and obvious way: all trades of a bucket sorted by (time, id), sums in integers.
 * What the builder is held against.
 */

import { readCompensated } from '../../src/base/compensated-sum.ts';
import { Row } from '../../src/candles/bucket-row.ts';
import type { CandleKind, CandleOutput } from '../../src/candles/candle-output.ts';
import type { CandleState } from '../../src/model/record-layout.ts';
import { bucketEndUs, bucketOpenUs, type Timeframe } from '../../src/model/timeframe.ts';

/** Price in 1/100, size in 1/1000, so that every sum is an exact integer. */
export interface PlainTrade {
  readonly instrument: number;
  readonly id: number;
  readonly tsUs: number;
  readonly recvUs: number;
  readonly cents: number;
  readonly millis: number;
  readonly isSell: boolean;
  readonly isRefill: boolean;
}

export interface PlainCandle {
  readonly instrument: number;
  readonly timeframe: number;
  readonly openUs: number;
  readonly endUs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly quoteVolume: number;
  readonly buyVolume: number;
  readonly tradeCount: number;
  readonly firstTradeId: number;
  readonly lastTradeId: number;
}

export interface SaidCandle extends PlainCandle {
  readonly kind: CandleKind;
  readonly state: CandleState;
}

export function candleKey(candle: {
  readonly instrument: number;
  readonly timeframe: number;
  readonly openUs: number;
}): string {
  return `${candle.instrument}/${candle.timeframe}/${candle.openUs}`;
}

/** By `candleKey`. */
export function naiveCandles(
  trades: readonly PlainTrade[],
  timeframes: readonly Timeframe[],
): Map<string, PlainCandle> {
  const buckets = new Map<string, PlainTrade[]>();
  for (const trade of trades) {
    for (const [timeframe, definition] of timeframes.entries()) {
      const openUs = bucketOpenUs(definition, trade.tsUs);
      const key = candleKey({ instrument: trade.instrument, timeframe, openUs });
      const bucket = buckets.get(key);
      if (bucket === undefined) buckets.set(key, [trade]);
      else bucket.push(trade);
    }
  }
  const out = new Map<string, PlainCandle>();
  for (const [key, bucket] of buckets) {
    const [, timeframe, openUs] = key.split('/').map(Number) as [number, number, number];
    out.set(key, naiveCandle(bucket, timeframe, timeframes[timeframe]!, openUs));
  }
  return out;
}

function naiveCandle(
  bucket: readonly PlainTrade[],
  timeframe: number,
  definition: Timeframe,
  openUs: number,
): PlainCandle {
  const sorted = [...bucket].sort((a, b) => a.tsUs - b.tsUs || a.id - b.id);
  const prices = sorted.map(({ cents }) => cents / 100);
  const sum = (value: (trade: PlainTrade) => number) =>
    sorted.reduce((total, trade) => total + value(trade), 0);
  return {
    instrument: sorted[0]!.instrument,
    timeframe,
    openUs,
    endUs: bucketEndUs(definition, openUs),
    open: prices[0]!,
    high: Math.max(...prices),
    low: Math.min(...prices),
    close: prices.at(-1)!,
    volume: sum(({ millis }) => millis) / 1000,
    quoteVolume: sum(({ millis, cents }) => millis * cents) / 100_000,
    buyVolume: sum(({ millis, isSell }) => (isSell ? 0 : millis)) / 1000,
    tradeCount: sorted.length,
    firstTradeId: sorted[0]!.id,
    lastTradeId: sorted.at(-1)!.id,
  };
}

/** Keeps everything the builder says. `refuse`: how many open candles to refuse first. */
export class CandleLog implements CandleOutput {
  readonly said: SaidCandle[] = [];
  onSaid: (candle: SaidCandle) => void = () => {};
  refuse = 0;

  candle(
    instrument: number,
    timeframe: number,
    rows: Float64Array,
    at: number,
    kind: CandleKind,
    state: CandleState,
  ): boolean {
    if (kind === 0 && this.refuse > 0) {
      this.refuse -= 1;
      return false;
    }
    const candle = {
      instrument,
      timeframe,
      openUs: rows[at + Row.openUs]!,
      endUs: rows[at + Row.endUs]!,
      open: rows[at + Row.open]!,
      high: rows[at + Row.high]!,
      low: rows[at + Row.low]!,
      close: rows[at + Row.close]!,
      volume: readCompensated(rows, at + Row.volume),
      quoteVolume: readCompensated(rows, at + Row.quoteVolume),
      buyVolume: readCompensated(rows, at + Row.buyVolume),
      tradeCount: rows[at + Row.tradeCount]!,
      firstTradeId: rows[at + Row.firstId]!,
      lastTradeId: rows[at + Row.lastId]!,
      kind,
      state,
    };
    this.said.push(candle);
    this.onSaid(candle);
    return true;
  }

  /** The last word on a bucket. */
  last(timeframe: number, openUs: number, instrument = 0): SaidCandle | undefined {
    return this.said.findLast(
      (candle) =>
        candle.instrument === instrument &&
        candle.timeframe === timeframe &&
        candle.openUs === openUs,
    );
  }
}

/** Why `said` is not `expected`, or undefined when it is: exact but for sums, those to 1e-12. */
export function candleDifference(
  said: PlainCandle | undefined,
  expected: PlainCandle,
): string | undefined {
  if (said === undefined) return `no candle ${candleKey(expected)}`;
  for (const name of [
    'endUs',
    'open',
    'high',
    'low',
    'close',
    'tradeCount',
    'firstTradeId',
    'lastTradeId',
  ] as const) {
    if (!Object.is(said[name], expected[name])) {
      return `${candleKey(expected)} ${name}: ${said[name]}, not ${expected[name]}`;
    }
  }
  for (const name of ['volume', 'quoteVolume', 'buyVolume'] as const) {
    if (Math.abs(said[name] - expected[name]) > 1e-12 * expected[name]) {
      return `${candleKey(expected)} ${name}: ${said[name]}, not ${expected[name]}`;
    }
  }
  return undefined;
}
