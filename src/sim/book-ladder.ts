/**
 * One side of the exchange's true book. Levels are sorted by rank, the best LAST, so that the moves
 * at the top are pushes and pops; rank is the ticks of a bid and the negated ticks of an ask.
 *
 * Invariant: ranks rise strictly; lots are at least 1; count ≤ LEVELS_MAX.
 */
import { assert } from '../base/assert.ts';

export const LEVELS_MAX = 512;

export class BookLadder {
  count = 0;
  readonly ranks = new Float64Array(LEVELS_MAX);
  readonly lots = new Float64Array(LEVELS_MAX);

  /** Rank of the best level, or -Infinity when empty. */
  get bestRank(): number {
    return this.count === 0 ? Number.NEGATIVE_INFINITY : (this.ranks[this.count - 1] as number);
  }

  /** Index of the level, or -1. */
  find(rank: number): number {
    const index = this.lowerBound(rank);
    return index < this.count && this.ranks[index] === rank ? index : -1;
  }

  /** Index of the first level whose rank is at least `rank`. */
  lowerBound(rank: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.ranks[middle] as number) < rank) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  insert(rank: number, lots: number): void {
    assert(this.count < LEVELS_MAX, 'Invariant: a ladder is trimmed before it is full');
    const index = this.lowerBound(rank);
    this.ranks.copyWithin(index + 1, index, this.count);
    this.lots.copyWithin(index + 1, index, this.count);
    this.ranks[index] = rank;
    this.lots[index] = lots;
    this.count += 1;
  }

  removeAt(index: number): void {
    this.ranks.copyWithin(index, index + 1, this.count);
    this.lots.copyWithin(index, index + 1, this.count);
    this.count -= 1;
  }
}
