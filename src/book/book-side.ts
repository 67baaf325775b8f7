/**
 * One side of a book: price levels as key, size, key, size, …, worst first and best last, so that a
 * change near the top of the book moves only the few levels above it. `OrderBook` owns two. The
 * levels lie in the thread's `LevelMemory`, where a module changes them.
 *
 * Invariants: the keys rise strictly; a key is the price times the side's sign, so both sides run
 * the same code; no size in use is 0. Memory grows by doubling; an update allocates nothing unless
 * it grows. Prices must be finite.
 */
import {
  type Block,
  INPUT,
  INPUT_LEVELS_MAX,
  LevelMemory,
  SIDE_LEVELS,
  SIDE_SIGN,
} from './level-memory.ts';

const CAPACITY = 256;

export class BookSide {
  readonly #sign: number;
  readonly #memory = LevelMemory.shared();
  readonly #block: Block;

  /** `sign` is 1 where the highest price is best (bids), -1 where the lowest is (asks). */
  constructor(sign: 1 | -1) {
    this.#sign = sign;
    this.#block = this.#memory.own(this, CAPACITY);
    this.#memory.f64[(this.#block.address >> 3) + SIDE_SIGN] = sign;
    this.clear();
  }

  get count(): number {
    return this.#memory.i32[this.#block.address >> 2] as number;
  }

  /** NaN when the side is empty. */
  get bestPrice(): number {
    return this.priceAt(0);
  }

  get bestSize(): number {
    return this.sizeAt(0);
  }

  /** Price of the level with `rank` better ones; NaN beyond the last. */
  priceAt(rank: number): number {
    const index = this.count - 1 - rank;
    return index < 0 ? Number.NaN : (this.#memory.f64[this.#at(index)] as number) * this.#sign;
  }

  sizeAt(rank: number): number {
    const index = this.count - 1 - rank;
    return index < 0 ? Number.NaN : (this.#memory.f64[this.#at(index) + 1] as number);
  }

  /** Size at exactly `price`, 0 when there is no such level. */
  sizeOf(price: number): number {
    const { f64, book } = this.#memory;
    const key = price * this.#sign;
    const at = book.find(this.#block.address, key) >> 3;
    return at < this.#at(this.count) && f64[at] === key ? (f64[at + 1] as number) : 0;
  }

  clear(): void {
    this.#memory.i32[this.#block.address >> 2] = 0;
  }

  /** Sets the level's size; 0 removes it, and removing one that is not there is normal. */
  set(price: number, size: number): void {
    this.#makeRoom(1);
    const { f64, book } = this.#memory;
    f64[INPUT] = price;
    f64[INPUT + 1] = size;
    book.apply(this.#block.address, 1);
  }

  /** Sets `count` levels from `start`, fastest in the order of the side or against it. */
  apply(prices: Float64Array, sizes: Float64Array, start: number, count: number): void {
    this.#setAll(prices, sizes, start, count, 1);
  }

  /** Replaces all levels by `count` of them from `start`, in any order; sorted input is fastest. */
  load(prices: Float64Array, sizes: Float64Array, start: number, count: number): void {
    this.clear();
    if (count === 0) return;
    // Appending wants worst first; venues send best first, so that is read backwards.
    const first = (prices[start] as number) * this.#sign;
    const last = (prices[start + count - 1] as number) * this.#sign;
    if (first > last) this.#setAll(prices, sizes, start + count - 1, count, -1);
    else this.#setAll(prices, sizes, start, count, 1);
  }

  /** Keeps the best `limit` levels. */
  truncate(limit: number): void {
    const { count } = this;
    const excess = count - limit;
    if (excess <= 0) return;
    this.#memory.f64.copyWithin(this.#at(0), this.#at(excess), this.#at(count));
    this.#memory.i32[this.#block.address >> 2] = limit;
  }

  /** Writes the best `limit` levels into `out` from `index` as price, size, …; returns how many. */
  copyTop(limit: number, out: Float64Array, index: number): number {
    const { count } = this;
    const { f64 } = this.#memory;
    const sign = this.#sign;
    const copied = Math.min(limit, count);
    let from = this.#at(count - 1);
    for (let to = index, end = index + 2 * copied; to < end; to += 2, from -= 2) {
      out[to] = (f64[from] as number) * sign;
      out[to + 1] = f64[from + 1] as number;
    }
    return copied;
  }

  /** Index in the memory of the level number `index`, worst first. */
  #at(index: number): number {
    return (this.#block.address >> 3) + SIDE_LEVELS + 2 * index;
  }

  #setAll(
    prices: Float64Array,
    sizes: Float64Array,
    start: number,
    count: number,
    step: 1 | -1,
  ): void {
    let from = start;
    for (let left = count; left > 0; ) {
      const levels = Math.min(left, INPUT_LEVELS_MAX);
      this.#makeRoom(levels);
      const { f64, book } = this.#memory;
      for (let to = INPUT, end = INPUT + 2 * levels; to < end; to += 2, from += step) {
        f64[to] = prices[from] as number;
        f64[to + 1] = sizes[from] as number;
      }
      book.apply(this.#block.address, levels);
      left -= levels;
    }
  }

  /** All of `levels` may be new ones. */
  #makeRoom(levels: number): void {
    const wanted = this.count + levels;
    if (wanted > this.#block.capacity) this.#memory.grow(this.#block, wanted);
  }
}
