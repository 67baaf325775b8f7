/**
 * The true order book of an instrument while the exchange runs: a few hundred levels a side around
 * the price path, with an update id that rises with every change of a level. Depth streams, quotes
 * and snapshots are all read from here, so they agree at equal ids.
 *
 * Ids start at a value made from the time, so they only grow across restarts.
 * Invariant: best bid < best ask between any two calls.
 */
import type { Prng } from '../base/prng.ts';
import type { SimBook } from '../venues/sim-contract.ts';
import { BookLadder, LEVELS_MAX } from './book-ladder.ts';
import type { DepthBatch } from './depth-batch.ts';
import { HISTORY_START_US } from './trade-history.ts';

const LEVELS_START = 300;
/** A side is cut back to LEVELS_START beyond this, and filled up below LEVELS_MIN. */
const LEVELS_TRIM = LEVELS_MAX - 32;
const LEVELS_MIN = 200;
/** Deep changes happen mostly this near the top. */
const ACTIVE_LEVELS = 60;
/** Ids a microsecond that ids may use up where they jump: more than changes ever come. */
const JUMPING_IDS_PER_US = 10;

export class LiveBook implements SimBook {
  id: number;
  readonly batches: DepthBatch[] = [];
  readonly #bids = new BookLadder();
  readonly #asks = new BookLadder();
  readonly #prng: Prng;
  readonly #idJumpMax: number;
  /** Typical size of a level in lots. */
  readonly #lotsScale: number;

  constructor(
    prng: Prng,
    idJumpMax: number,
    lotsScale: number,
    bidTicks: number,
    askTicks: number,
    nowUs: number,
  ) {
    this.#prng = prng;
    this.#idJumpMax = idJumpMax;
    this.#lotsScale = Math.max(1, lotsScale);
    const elapsedUs = nowUs - HISTORY_START_US;
    this.id = idJumpMax === 1 ? elapsedUs : elapsedUs * JUMPING_IDS_PER_US;
    this.#bids.insert(bidTicks, this.#drawLots());
    this.#asks.insert(-askTicks, this.#drawLots());
    this.#extend(this.#bids, true, LEVELS_START);
    this.#extend(this.#asks, false, LEVELS_START);
  }

  get bidCount(): number {
    return this.#bids.count;
  }

  get askCount(): number {
    return this.#asks.count;
  }

  bidTicks(level: number): number {
    return this.#bids.ranks[this.#bids.count - 1 - level] as number;
  }

  bidLots(level: number): number {
    return this.#bids.lots[this.#bids.count - 1 - level] as number;
  }

  askTicks(level: number): number {
    return -(this.#asks.ranks[this.#asks.count - 1 - level] as number);
  }

  askLots(level: number): number {
    return this.#asks.lots[this.#asks.count - 1 - level] as number;
  }

  /** Size of the level at `ticks`; 0 when there is none. */
  lotsAt(isBid: boolean, ticks: number): number {
    const ladder = isBid ? this.#bids : this.#asks;
    const index = ladder.find(isBid ? ticks : -ticks);
    return index < 0 ? 0 : (ladder.lots[index] as number);
  }

  /** Moves the top of the book to these prices; what stands between them goes. */
  moveTop(bidTicks: number, askTicks: number): void {
    this.#clearAbove(this.#bids, true, bidTicks);
    this.#clearAbove(this.#asks, false, -askTicks);
    if (this.#bids.bestRank !== bidTicks) this.#add(this.#bids, true, bidTicks);
    if (this.#asks.bestRank !== -askTicks) this.#add(this.#asks, false, -askTicks);
    this.#keepDepth(this.#bids, true);
    this.#keepDepth(this.#asks, false);
  }

  /** A trade takes `lots` from the best level; when that is all of it, others step in. */
  take(isSell: boolean, lots: number): void {
    const ladder = isSell ? this.#bids : this.#asks;
    const left = (ladder.lots[ladder.count - 1] as number) - lots;
    this.#resize(ladder, isSell, ladder.count - 1, left >= 1 ? left : this.#drawLots());
  }

  /** An order comes or goes at the best bid or ask. */
  resizeTop(): void {
    const isBid = this.#prng.chance(0.5);
    const ladder = isBid ? this.#bids : this.#asks;
    this.#resize(ladder, isBid, ladder.count - 1, this.#drawLots());
  }

  /** `count` orders come or go below the top. */
  stir(count: number): void {
    for (let i = 0; i < count; i += 1) {
      const isBid = this.#prng.chance(0.5);
      const ladder = isBid ? this.#bids : this.#asks;
      // The square of a draw: near the top more often than far from it.
      const draw = this.#prng.next();
      const below = 1 + Math.floor(draw * draw * Math.min(ACTIVE_LEVELS, ladder.count - 1));
      const index = Math.max(0, ladder.count - 1 - below);
      const kind = this.#prng.below(8);
      const rank = ladder.ranks[index] as number;
      if (kind === 0 && ladder.count > LEVELS_MIN) this.#remove(ladder, isBid, index);
      else if (kind === 1 && ladder.find(rank + 1) < 0) this.#add(ladder, isBid, rank + 1);
      else this.#resize(ladder, isBid, index, this.#drawLots());
    }
    this.#keepDepth(this.#bids, true);
    this.#keepDepth(this.#asks, false);
  }

  #clearAbove(ladder: BookLadder, isBid: boolean, rank: number): void {
    while (ladder.bestRank > rank) this.#remove(ladder, isBid, ladder.count - 1);
  }

  #keepDepth(ladder: BookLadder, isBid: boolean): void {
    if (ladder.count > LEVELS_TRIM) {
      while (ladder.count > LEVELS_START) this.#remove(ladder, isBid, 0);
    } else if (ladder.count < LEVELS_MIN) this.#extend(ladder, isBid, LEVELS_START);
  }

  /** Adds levels below the worst one, with gaps as books have them. */
  #extend(ladder: BookLadder, isBid: boolean, count: number): void {
    const width = Math.max(2, Math.floor(Math.abs(ladder.bestRank) * 0.0001));
    let rank = ladder.ranks[0] as number;
    while (ladder.count < count) {
      rank -= 1 + this.#prng.below(width);
      // A price of nothing is none: cheap instruments have fewer bids.
      if (isBid && rank < 1) return;
      this.#add(ladder, isBid, rank);
    }
  }

  #add(ladder: BookLadder, isBid: boolean, rank: number): void {
    ladder.insert(rank, this.#drawLots());
    this.#changed(isBid, rank);
  }

  #remove(ladder: BookLadder, isBid: boolean, index: number): void {
    const rank = ladder.ranks[index] as number;
    ladder.removeAt(index);
    this.#changed(isBid, rank);
  }

  #resize(ladder: BookLadder, isBid: boolean, index: number, lots: number): void {
    ladder.lots[index] = lots;
    this.#changed(isBid, ladder.ranks[index] as number);
  }

  #changed(isBid: boolean, rank: number): void {
    this.id += this.#idJumpMax === 1 ? 1 : 1 + this.#prng.below(this.#idJumpMax);
    const ticks = isBid ? rank : -rank;
    for (const batch of this.batches) batch.note(isBid, ticks, this.id);
  }

  #drawLots(): number {
    const draw = this.#prng.next();
    return 1 + Math.floor(this.#lotsScale * draw * draw * 4);
  }
}
