/**
 * Adds trades, or candles of a finer timeframe, up to one candle. Sums are compensated, so what
 * comes out does not depend on how many steps it took beyond one rounding a step.
 */
import { addCompensated, readCompensated } from '../base/compensated-sum.ts';
import { bucketEndUs, bucketOpenUs, type Timeframe } from '../model/timeframe.ts';

/** A bucket's content. Absent ids are NaN. */
export interface CandleSums {
  readonly openUs: number;
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
  /** Receipt of its last trade. */
  readonly recvUs: number;
}

const VOLUME = 0;
const QUOTE = 2;
const BUY = 4;

export class CandleFold {
  tradeCount = 0;
  #open = Number.NaN;
  #high = Number.NaN;
  #low = Number.NaN;
  #close = Number.NaN;
  #firstTradeId = Number.NaN;
  #lastTradeId = Number.NaN;
  #recvUs = 0;
  /** High and low part of each sum. */
  readonly #sums = new Float64Array(6);

  addTrade(price: number, size: number, isSell: boolean, tradeId: number, recvUs: number): void {
    this.#extend(price, price, price, price, tradeId, tradeId, recvUs);
    this.tradeCount += 1;
    addCompensated(this.#sums, VOLUME, size);
    addCompensated(this.#sums, QUOTE, price * size);
    if (!isSell) addCompensated(this.#sums, BUY, size);
  }

  addCandle(fine: CandleSums): void {
    if (fine.tradeCount === 0) return;
    const { open, high, low, close, firstTradeId, lastTradeId, recvUs } = fine;
    this.#extend(open, high, low, close, firstTradeId, lastTradeId, recvUs);
    this.tradeCount += fine.tradeCount;
    addCompensated(this.#sums, VOLUME, fine.volume);
    addCompensated(this.#sums, QUOTE, fine.quoteVolume);
    addCompensated(this.#sums, BUY, fine.buyVolume);
  }

  /** What was added since the last call, as the candle of the bucket at `openUs`; starts anew. */
  take(openUs: number): CandleSums {
    const taken = {
      openUs,
      open: this.#open,
      high: this.#high,
      low: this.#low,
      close: this.#close,
      volume: readCompensated(this.#sums, VOLUME),
      quoteVolume: readCompensated(this.#sums, QUOTE),
      buyVolume: readCompensated(this.#sums, BUY),
      tradeCount: this.tradeCount,
      firstTradeId: this.#firstTradeId,
      lastTradeId: this.#lastTradeId,
      recvUs: this.#recvUs,
    };
    this.tradeCount = 0;
    this.#recvUs = 0;
    this.#sums.fill(0);
    return taken;
  }

  #extend(
    open: number,
    high: number,
    low: number,
    close: number,
    firstTradeId: number,
    lastTradeId: number,
    recvUs: number,
  ): void {
    if (this.tradeCount === 0) {
      this.#open = open;
      this.#high = high;
      this.#low = low;
      this.#firstTradeId = firstTradeId;
    } else {
      if (high > this.#high) this.#high = high;
      if (low < this.#low) this.#low = low;
    }
    this.#close = close;
    this.#lastTradeId = lastTradeId;
    if (recvUs > this.#recvUs) this.#recvUs = recvUs;
  }
}

/** Parts what comes in order of time into the buckets of one timeframe. */
export class BucketFold {
  readonly #timeframe: Timeframe;
  readonly #done: CandleSums[];
  readonly #fold = new CandleFold();
  #openUs = Number.NaN;
  #endUs = Number.NEGATIVE_INFINITY;

  /** Candles that are whole join `done`. */
  constructor(timeframe: Timeframe, done: CandleSums[]) {
    this.#timeframe = timeframe;
    this.#done = done;
  }

  /** Where to add what happened at `tsUs`. */
  bucket(tsUs: number): CandleFold {
    if (tsUs >= this.#endUs) {
      this.finish();
      this.#openUs = bucketOpenUs(this.#timeframe, tsUs);
      this.#endUs = bucketEndUs(this.#timeframe, this.#openUs);
    }
    return this.#fold;
  }

  finish(): void {
    if (this.#fold.tradeCount > 0) this.#done.push(this.#fold.take(this.#openUs));
  }
}
