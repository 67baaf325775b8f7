/**
 * A set of integers kept as sorted, disjoint, non-adjacent closed intervals. Used for the trade ids
 * a store holds: what is between two intervals is a hole.
 */
import { at } from './assert.ts';

export interface Interval {
  readonly from: number;
  readonly to: number;
}

export class IntervalSet {
  readonly #from: number[] = [];
  readonly #to: number[] = [];

  constructor(intervals: readonly Interval[] = []) {
    for (const { from, to } of intervals) this.addRange(from, to);
  }

  get count(): number {
    return this.#from.length;
  }

  /** Largest member, or -1 when empty. */
  get last(): number {
    return this.#to.length === 0 ? -1 : at(this.#to, this.#to.length - 1);
  }

  /** Smallest member, or -1 when empty. */
  get first(): number {
    return this.#from.length === 0 ? -1 : at(this.#from, 0);
  }

  intervals(): Interval[] {
    return this.#from.map((from, i) => ({ from, to: at(this.#to, i) }));
  }

  /** The interval that holds `id`, if any. */
  find(id: number): Interval | undefined {
    const i = this.#lowerBound(id);
    if (i >= this.#from.length || at(this.#from, i) > id) return undefined;
    return { from: at(this.#from, i), to: at(this.#to, i) };
  }

  has(id: number): boolean {
    const n = this.#to.length;
    // The newest id is the one asked about almost always.
    if (n > 0 && id > at(this.#to, n - 1)) return false;
    const i = this.#lowerBound(id);
    return i < n && at(this.#from, i) <= id;
  }

  /** Adds `id`; false when it was there already. */
  add(id: number): boolean {
    const n = this.#to.length;
    if (n > 0 && id === at(this.#to, n - 1) + 1) {
      this.#to[n - 1] = id;
      return true;
    }
    if (this.has(id)) return false;
    this.addRange(id, id);
    return true;
  }

  addRange(from: number, to: number): void {
    if (to < from) return;
    let start = this.#lowerBound(from - 1);
    let newFrom = from;
    let newTo = to;
    let end = start;
    while (end < this.#from.length && at(this.#from, end) <= to + 1) {
      newFrom = Math.min(newFrom, at(this.#from, end));
      newTo = Math.max(newTo, at(this.#to, end));
      end += 1;
    }
    if (start > this.#from.length) start = this.#from.length;
    this.#from.splice(start, end - start, newFrom);
    this.#to.splice(start, end - start, newTo);
  }

  /** The parts of from..to that are not in the set, ascending. */
  holes(from: number, to: number): Interval[] {
    const out: Interval[] = [];
    let next = from;
    for (let i = this.#lowerBound(from); i < this.#from.length && next <= to; i += 1) {
      const start = at(this.#from, i);
      if (start > to) break;
      if (start > next) out.push({ from: next, to: start - 1 });
      next = Math.max(next, at(this.#to, i) + 1);
    }
    if (next <= to) out.push({ from: next, to });
    return out;
  }

  /** Index of the first interval that ends at or after `id`. */
  #lowerBound(id: number): number {
    let low = 0;
    let high = this.#to.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if (at(this.#to, mid) < id) low = mid + 1;
      else high = mid;
    }
    return low;
  }
}
