/** What a reader would write first: an object a candle, found in a Map by its key. */
import { bucketOpenUs, type Timeframe } from '../../src/model/timeframe.ts';

export interface NaiveTrade {
  readonly instrument: number;
  readonly tsUs: number;
  readonly price: number;
  readonly size: number;
  readonly isSell: boolean;
}

export interface NaiveCandle {
  readonly openUs: number;
  readonly open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  quoteVolume: number;
  buyVolume: number;
  tradeCount: number;
}

export class NaiveCandles {
  readonly #timeframes: readonly Timeframe[];
  readonly #candles = new Map<string, NaiveCandle>();

  constructor(timeframes: readonly Timeframe[]) {
    this.#timeframes = timeframes;
  }

  add({ instrument, tsUs, price, size, isSell }: NaiveTrade): void {
    for (const timeframe of this.#timeframes) {
      const openUs = bucketOpenUs(timeframe, tsUs);
      const key = `${instrument}:${timeframe.name}:${openUs}`;
      let candle = this.#candles.get(key);
      if (candle === undefined) {
        const zero = { volume: 0, quoteVolume: 0, buyVolume: 0, tradeCount: 0 };
        candle = { openUs, open: price, high: price, low: price, close: price, ...zero };
        this.#candles.set(key, candle);
      }
      candle.high = Math.max(candle.high, price);
      candle.low = Math.min(candle.low, price);
      candle.close = price;
      candle.volume += size;
      candle.quoteVolume += price * size;
      if (!isSell) candle.buyVolume += size;
      candle.tradeCount += 1;
    }
  }

  all(): Iterable<NaiveCandle> {
    return this.#candles.values();
  }
}
