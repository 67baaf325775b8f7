/**
 * One instrument's order book: bids and asks as sorted price levels with absolute sizes. Knows no
 * venue and no sequence; `BookKeeper` decides what may be applied. Also used by the simulator.
 */
import { BookSide } from './book-side.ts';

export type BookSideName = 'bid' | 'ask';

export class OrderBook {
  readonly bids = new BookSide(1);
  readonly asks = new BookSide(-1);

  /** Sets one level; size 0 removes it, and removing one that is not there is normal. */
  set(side: BookSideName, price: number, size: number): void {
    if (side === 'bid') this.bids.set(price, size);
    else this.asks.set(price, size);
  }

  /** Sets many: bids are in [0, bidCount), asks in [bidCount, bidCount + askCount). */
  apply(prices: Float64Array, sizes: Float64Array, bidCount: number, askCount: number): void {
    this.bids.apply(prices, sizes, 0, bidCount);
    this.asks.apply(prices, sizes, bidCount, askCount);
  }

  /** Replaces the whole book by levels laid out as in `apply`. */
  load(prices: Float64Array, sizes: Float64Array, bidCount: number, askCount: number): void {
    this.bids.load(prices, sizes, 0, bidCount);
    this.asks.load(prices, sizes, bidCount, askCount);
  }

  clear(): void {
    this.bids.clear();
    this.asks.clear();
  }

  /** Keeps the best `limit` levels a side. */
  truncate(limit: number): void {
    this.bids.truncate(limit);
    this.asks.truncate(limit);
  }

  /** Levels of both sides. */
  get count(): number {
    return this.bids.count + this.asks.count;
  }

  /** True when a buyer bids what a seller asks, or more: a matching engine never leaves that. */
  get isCrossed(): boolean {
    // An empty side is NaN, and no comparison with NaN is true.
    return this.bids.bestPrice >= this.asks.bestPrice;
  }
}
