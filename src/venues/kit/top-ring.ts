/**
 * The newest tops of book (best bid and ask) by update id, ids rising. `BboCheck` keeps one of the
 * venue's quotes and one of the book, and looks in either for the id the other came to.
 */
import type { OrderBook } from '../../book/order-book.ts';

const FIELDS = 4;

export class TopRing {
  readonly #capacity: number;
  readonly #ids: Float64Array;
  /** Bid price, bid size, ask price, ask size of each slot. */
  readonly values: Float64Array;
  #head = 0;
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#ids = new Float64Array(capacity);
    this.values = new Float64Array(capacity * FIELDS);
  }

  get newestId(): number {
    return this.#count === 0 ? Number.NEGATIVE_INFINITY : this.#id(this.#count - 1);
  }

  get oldestId(): number {
    return this.#count === 0 ? Number.NEGATIVE_INFINITY : this.#id(0);
  }

  clear(): void {
    this.#count = 0;
    this.#head = 0;
  }

  /** Adds a top whose id is above `newestId`; returns its index in `values`. */
  push(id: number, bid: number, bidSize: number, ask: number, askSize: number): number {
    let slot = this.#head;
    if (this.#count === this.#capacity) this.#head = (this.#head + 1) % this.#capacity;
    else slot = (this.#head + this.#count++) % this.#capacity;
    this.#ids[slot] = id;
    const values = this.values;
    const index = slot * FIELDS;
    values[index] = bid;
    values[index + 1] = bidSize;
    values[index + 2] = ask;
    values[index + 3] = askSize;
    return index;
  }

  pushBook(id: number, book: OrderBook): number {
    const { bids, asks } = book;
    return this.push(id, bids.bestPrice, bids.bestSize, asks.bestPrice, asks.bestSize);
  }

  /** Index in `values` of the top at exactly `id`, or -1. */
  find(id: number): number {
    let low = 0;
    let high = this.#count - 1;
    while (low <= high) {
      const mid = (low + high) >> 1;
      const found = this.#id(mid);
      if (found === id) return ((this.#head + mid) % this.#capacity) * FIELDS;
      if (found < id) low = mid + 1;
      else high = mid - 1;
    }
    return -1;
  }

  #id(age: number): number {
    return this.#ids[(this.#head + age) % this.#capacity] as number;
  }
}
