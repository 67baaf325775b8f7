/**
 * One side of a book: price levels as key, size, key, size, …, worst first and best last, so that a
 * change near the top of the book moves only the few levels above it, in one move. `OrderBook` owns
 * two.
 *
 * Invariants: the keys rise strictly; a key is the price times the side's sign, so both sides run
 * the same code; no size in use is 0. Memory grows by doubling and is never given back; an update
 * allocates nothing unless it grows. Prices must be finite.
 */

/** Shorter moves are done by a loop: a call of `copyWithin` costs as much as about 40 steps. */
const LOOP_MOVE_MAX = 20;
/** Levels looked at one by one before a search begins. */
const NEAR_MAX = 64;

export class BookSide {
  readonly #sign: number;
  /** Key and size of each level. */
  #levels: Float64Array;
  #count = 0;

  /** `sign` is 1 where the highest price is best (bids), -1 where the lowest is (asks). */
  constructor(sign: 1 | -1, capacity = 256) {
    this.#sign = sign;
    this.#levels = new Float64Array(2 * capacity);
  }

  get count(): number {
    return this.#count;
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
    const index = this.#count - 1 - rank;
    return index < 0 ? Number.NaN : (this.#levels[2 * index] as number) * this.#sign;
  }

  sizeAt(rank: number): number {
    const index = this.#count - 1 - rank;
    return index < 0 ? Number.NaN : (this.#levels[2 * index + 1] as number);
  }

  /** Size at exactly `price`, 0 when there is no such level. */
  sizeOf(price: number): number {
    const key = price * this.#sign;
    const levels = this.#levels;
    const index = this.#lowerBound(key);
    return index < this.#count && levels[2 * index] === key ? (levels[2 * index + 1] as number) : 0;
  }

  clear(): void {
    this.#count = 0;
  }

  /** Sets the level's size; 0 removes it, and removing one that is not there is normal. */
  set(price: number, size: number): void {
    const key = price * this.#sign;
    this.#setAt(this.#lowerBound(key), key, size);
  }

  /**
   * Sets `count` levels from `start`. Frames list levels in order, so each is looked for from where
   * the one before it was found.
   */
  apply(prices: Float64Array, sizes: Float64Array, start: number, count: number): void {
    const sign = this.#sign;
    let index = this.#count;
    for (let i = start, end = start + count; i < end; i += 1) {
      const key = (prices[i] as number) * sign;
      index = this.#lowerBoundFrom(index, key);
      this.#setAt(index, key, sizes[i] as number);
    }
  }

  /** Replaces all levels by `count` of them from `start`, in any order; sorted input is fastest. */
  load(prices: Float64Array, sizes: Float64Array, start: number, count: number): void {
    this.#count = 0;
    if (count === 0) return;
    // Appending wants worst first; venues send best first, so that is read backwards.
    const first = (prices[start] as number) * this.#sign;
    const last = (prices[start + count - 1] as number) * this.#sign;
    const step = first > last ? -1 : 1;
    let from = step > 0 ? start : start + count - 1;
    for (let n = 0; n < count; n += 1, from += step) {
      this.set(prices[from] as number, sizes[from] as number);
    }
  }

  /** Keeps the best `limit` levels. */
  truncate(limit: number): void {
    const excess = this.#count - limit;
    if (excess <= 0) return;
    this.#levels.copyWithin(0, 2 * excess, 2 * this.#count);
    this.#count = limit;
  }

  /** Writes the best `limit` levels into `out` from `index` as price, size, …; returns how many. */
  copyTop(limit: number, out: Float64Array, index: number): number {
    const copied = Math.min(limit, this.#count);
    const levels = this.#levels;
    const sign = this.#sign;
    let from = 2 * (this.#count - 1);
    for (let to = index, end = index + 2 * copied; to < end; to += 2, from -= 2) {
      out[to] = (levels[from] as number) * sign;
      out[to + 1] = levels[from + 1] as number;
    }
    return copied;
  }

  /** `index` is the first whose key is not below `key`. */
  #setAt(index: number, key: number, size: number): void {
    if (index < this.#count && this.#levels[2 * index] === key) {
      if (size > 0) this.#levels[2 * index + 1] = size;
      else this.#remove(index);
    } else if (size > 0) {
      this.#insert(index, key, size);
    }
  }

  /** First index whose key is not below `key`: most are looked for near the top. */
  #lowerBound(key: number): number {
    return this.#lowerBoundFrom(this.#count, key);
  }

  /**
   * The same, from `hint` on: level by level while it is near, which a processor foresees, then in
   * doubling strides and by halves. The cost depends on the distance, not on the size of the book.
   */
  #lowerBoundFrom(hint: number, key: number): number {
    const levels = this.#levels;
    const count = this.#count;
    const start = Math.min(hint, count);
    let index = start;
    const down = Math.max(0, start - NEAR_MAX);
    while (index > down && (levels[2 * index - 2] as number) >= key) index -= 1;
    if (index < start) return index > down || index === 0 ? index : this.#searchDown(index, key);
    const up = Math.min(count, start + NEAR_MAX);
    while (index < up && (levels[2 * index] as number) < key) index += 1;
    return index < up || up === count ? index : this.#searchUp(index, key);
  }

  /** The level before `from` is below `key`. */
  #searchUp(from: number, key: number): number {
    const levels = this.#levels;
    const count = this.#count;
    let low = from - 1;
    let high = from;
    for (let stride = 1; high < count && (levels[2 * high] as number) < key; stride <<= 1) {
      low = high;
      high += stride;
    }
    return this.#halve(low, Math.min(high, count), key);
  }

  /** The level at `from` is not below `key`. */
  #searchDown(from: number, key: number): number {
    const levels = this.#levels;
    let high = from;
    let low = from - 1;
    for (let stride = 2; low >= 0 && (levels[2 * low] as number) >= key; stride <<= 1) {
      high = low;
      low -= stride;
    }
    return this.#halve(Math.max(low, -1), high, key);
  }

  /** The level at `low` is below `key`, that at `high` is not; either may lie outside. */
  #halve(from: number, to: number, key: number): number {
    const levels = this.#levels;
    let low = from;
    let high = to;
    while (high - low > 1) {
      const mid = (low + high) >> 1;
      if ((levels[2 * mid] as number) >= key) high = mid;
      else low = mid;
    }
    return high;
  }

  #insert(index: number, key: number, size: number): void {
    if (2 * this.#count === this.#levels.length) this.#grow();
    const levels = this.#levels;
    const from = 2 * index;
    const end = 2 * this.#count;
    if (this.#count - index > LOOP_MOVE_MAX) levels.copyWithin(from + 2, from, end);
    else {
      for (let i = end; i > from; i -= 2) {
        levels[i + 1] = levels[i - 1] as number;
        levels[i] = levels[i - 2] as number;
      }
    }
    levels[from] = key;
    levels[from + 1] = size;
    this.#count += 1;
  }

  #remove(index: number): void {
    const levels = this.#levels;
    const from = 2 * index;
    const last = 2 * (this.#count - 1);
    if (this.#count - index > LOOP_MOVE_MAX) levels.copyWithin(from, from + 2, last + 2);
    else {
      for (let i = from; i < last; i += 2) {
        levels[i] = levels[i + 2] as number;
        levels[i + 1] = levels[i + 3] as number;
      }
    }
    this.#count -= 1;
  }

  #grow(): void {
    const levels = new Float64Array(2 * this.#levels.length);
    levels.set(this.#levels);
    this.#levels = levels;
  }
}
