/** Books a reader would write, and tardis-dev's. */
import type * as Tardis from 'tardis-dev';
import type { NumberChecksum } from '../harness/checksum.ts';
import { type BookUpdate, eachLevel } from './depth-chain.ts';

export interface BookUnderTest {
  load(snapshot: BookUpdate): void;
  apply(update: BookUpdate): void;
  bestBid(): number;
  bestAsk(): number;
  /** Adds the best 20 levels of each side. */
  top(sum: NumberChecksum): void;
}

const TOP = 20;

interface Level {
  readonly price: number;
  size: number;
}

/** Levels as objects, best first, found by halving and moved by `splice`. */
export class SortedArrayBook implements BookUnderTest {
  #bids: Level[] = [];
  #asks: Level[] = [];

  load(snapshot: BookUpdate): void {
    this.#bids = [];
    this.#asks = [];
    this.apply(snapshot);
  }

  apply({ prices, sizes, bidCount, askCount }: BookUpdate): void {
    for (let i = 0; i < bidCount; i += 1) {
      setLevel(this.#bids, -1, prices[i] as number, sizes[i] as number);
    }
    for (let i = bidCount, end = bidCount + askCount; i < end; i += 1) {
      setLevel(this.#asks, 1, prices[i] as number, sizes[i] as number);
    }
  }

  bestBid(): number {
    return this.#bids[0]?.price ?? Number.NaN;
  }

  bestAsk(): number {
    return this.#asks[0]?.price ?? Number.NaN;
  }

  top(sum: NumberChecksum): void {
    for (const side of [this.#bids, this.#asks]) {
      for (const { price, size } of side.slice(0, TOP)) sum.add(price, size);
    }
  }
}

function setLevel(levels: Level[], sign: 1 | -1, price: number, size: number): void {
  let low = 0;
  let high = levels.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((levels[middle] as Level).price * sign < price * sign) low = middle + 1;
    else high = middle;
  }
  const found = levels[low];
  const isFound = found !== undefined && found.price === price;
  if (size === 0) {
    if (isFound) levels.splice(low, 1);
  } else if (isFound) found.size = size;
  else levels.splice(low, 0, { price, size });
}

/** Sizes by price; the best are found by looking at all, the top by sorting. */
export class MapBook implements BookUnderTest {
  readonly #bids = new Map<number, number>();
  readonly #asks = new Map<number, number>();

  load(snapshot: BookUpdate): void {
    this.#bids.clear();
    this.#asks.clear();
    this.apply(snapshot);
  }

  apply(update: BookUpdate): void {
    eachLevel(update, (side, price, size) => {
      const levels = side === 'bid' ? this.#bids : this.#asks;
      if (size === 0) levels.delete(price);
      else levels.set(price, size);
    });
  }

  bestBid(): number {
    let best = Number.NEGATIVE_INFINITY;
    for (const price of this.#bids.keys()) if (price > best) best = price;
    return best;
  }

  bestAsk(): number {
    let best = Number.POSITIVE_INFINITY;
    for (const price of this.#asks.keys()) if (price < best) best = price;
    return best;
  }

  top(sum: NumberChecksum): void {
    const bids = [...this.#bids].sort((a, b) => b[0] - a[0]);
    const asks = [...this.#asks].sort((a, b) => a[0] - b[0]);
    for (const side of [bids, asks]) {
      for (const [price, size] of side.slice(0, TOP)) sum.add(price, size);
    }
  }
}

/** tardis-dev's red-black trees, fed with the objects its own mappers yield. */
export async function tardisBook(): Promise<BookUnderTest> {
  const { OrderBook } = await import('tardis-dev');
  return new TardisBook(() => new OrderBook());
}

class TardisBook implements BookUnderTest {
  readonly #make: () => Tardis.OrderBook;
  readonly #changes = new Map<BookUpdate, unknown>();
  #book: Tardis.OrderBook;

  constructor(make: () => Tardis.OrderBook) {
    this.#make = make;
    this.#book = make();
  }

  load(snapshot: BookUpdate): void {
    this.#book = this.#make();
    this.#book.update(this.#changeOf(snapshot, true) as never);
  }

  apply(update: BookUpdate): void {
    this.#book.update(this.#changeOf(update, false) as never);
  }

  bestBid(): number {
    return this.#book.bestBid()?.price ?? Number.NaN;
  }

  bestAsk(): number {
    return this.#book.bestAsk()?.price ?? Number.NaN;
  }

  top(sum: NumberChecksum): void {
    for (const side of [this.#book.bids(), this.#book.asks()]) {
      let rank = 0;
      for (const { price, amount } of side) {
        if (rank === TOP) break;
        sum.add(price, amount);
        rank += 1;
      }
    }
  }

  /** Made in the first pass, which warms up: making them is not the book's work. */
  #changeOf(update: BookUpdate, isSnapshot: boolean): unknown {
    let change = this.#changes.get(update);
    if (change === undefined || isSnapshot) {
      const bids: object[] = [];
      const asks: object[] = [];
      eachLevel(update, (side, price, amount) => {
        (side === 'bid' ? bids : asks).push({ price, amount });
      });
      change = { isSnapshot, bids, asks };
      this.#changes.set(update, change);
    }
    return change;
  }
}
