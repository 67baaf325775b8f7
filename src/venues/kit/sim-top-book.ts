/**
 * The best levels of a book as a stream of the embedded exchange last sent them, for venues whose
 * updates are of the top N only: a level that falls out of it is removed, one that moves up into it
 * is set. One of these belongs to one stream.
 */
import type { SimBook } from '../sim-contract.ts';

/** Levels of one side: ticks, lots, ticks, lots …; lots 0 removes the level. */
export interface SimLevels {
  readonly bids: readonly number[];
  readonly asks: readonly number[];
}

export class SimTopBook {
  readonly #depth: number;
  #bids: ReadonlyMap<number, number> = new Map();
  #asks: ReadonlyMap<number, number> = new Map();

  constructor(depth: number) {
    this.#depth = depth;
  }

  /** Moves on to `book`; what changed, best first, after the removals. */
  update(book: SimBook): SimLevels {
    const bids = topOf(Math.min(this.#depth, book.bidCount), book, 'bid');
    const asks = topOf(Math.min(this.#depth, book.askCount), book, 'ask');
    const changes = { bids: changesOf(this.#bids, bids), asks: changesOf(this.#asks, asks) };
    this.#bids = bids;
    this.#asks = asks;
    return changes;
  }

  /** All levels as last sent, best first. */
  get levels(): SimLevels {
    return { bids: [...this.#bids].flat(), asks: [...this.#asks].flat() };
  }
}

function topOf(count: number, book: SimBook, side: 'bid' | 'ask'): Map<number, number> {
  const levels = new Map<number, number>();
  for (let i = 0; i < count; i += 1) {
    if (side === 'bid') levels.set(book.bidTicks(i), book.bidLots(i));
    else levels.set(book.askTicks(i), book.askLots(i));
  }
  return levels;
}

function changesOf(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
): number[] {
  const changes: number[] = [];
  for (const ticks of before.keys()) if (!after.has(ticks)) changes.push(ticks, 0);
  for (const [ticks, lots] of after) if (before.get(ticks) !== lots) changes.push(ticks, lots);
  return changes;
}
