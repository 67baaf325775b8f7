/**
 * Every trade an instrument has ever made, computed when asked. Time since 2024-01-01 is cut into
 * slots of fixed width; slot k holds trade number k, at a moment, price and size made from hashes
 * of (seed, k). So number and time convert into each other, the process may die and come back
 * without a trace in the history, and REST can serve trades made while it was dead.
 *
 * Invariant: times never fall as numbers rise.
 */
import { mix32 } from '../base/prng.ts';
import type { SimListing, SimTrade } from '../venues/sim-contract.ts';
import { PricePath } from './price-path.ts';

/** Trade 0 is in the slot that starts here. */
export const HISTORY_START_US = Date.UTC(2024, 0, 1) * 1000;

const U32 = 0x1_0000_0000;
/** Sizes are 2^x times this notional, x from 0 to 12 with its peak at 6: about 3 to 13,000. */
const NOTIONAL_MIN = 3.2;
const SIZE_DOUBLINGS = 6;
/** Every trade can be split into two fills of a lot each. */
const LOTS_MIN = 2;

export interface HistoryOptions {
  /** Of the instrument: different instruments of one exchange have different ones. */
  readonly seed: number;
  /** Of the price: markets of one coin share it, so that spot and perpetuals move together. */
  readonly pathSeed: number;
  readonly listing: SimListing;
  readonly slotUs: number;
  /** Times are rounded down to a multiple of this. */
  readonly timeUnitUs: number;
}

export class TradeHistory {
  readonly path: PricePath;
  readonly #seed: number;
  readonly #slotUs: number;
  readonly #timeUnitUs: number;
  /** Quote units of one lot at one tick. */
  readonly #stepValue: number;

  constructor(options: HistoryOptions) {
    const { listing } = options;
    this.#seed = options.seed;
    this.#slotUs = options.slotUs;
    this.#timeUnitUs = options.timeUnitUs;
    const tick = listing.tick.units / 10 ** listing.tick.decimals;
    this.#stepValue = (tick * listing.lot.units) / 10 ** listing.lot.decimals;
    this.path = new PricePath(options.pathSeed, listing.price / tick);
  }

  /** Number of the last trade at or before `nowUs`; -1 before the first. */
  newestAt(nowUs: number): number {
    const slot = Math.floor((nowUs - HISTORY_START_US) / this.#slotUs);
    return slot < 0 || this.#rawUs(slot) <= nowUs ? slot : slot - 1;
  }

  /** Smallest number whose trade is at or after `tsUs`. */
  firstFrom(tsUs: number): number {
    let number = Math.max(0, Math.floor((tsUs - HISTORY_START_US) / this.#slotUs) - 1);
    while (this.timeUs(number) < tsUs) number += 1;
    return number;
  }

  timeUs(number: number): number {
    return Math.floor(this.#rawUs(number) / this.#timeUnitUs) * this.#timeUnitUs;
  }

  read(number: number, out: SimTrade): void {
    const tsUs = this.timeUs(number);
    const draw = this.#hash(number, 2);
    const isSell = (draw & 1) === 1;
    const bid = this.path.bidTicks(tsUs);
    const ticks = isSell ? bid : bid + this.path.spreadTicks(tsUs);
    // The sum of two draws peaks in the middle, as the logarithm of real trade sizes does.
    const doublings = (draw / U32 + this.#hash(number, 3) / U32) * SIZE_DOUBLINGS;
    const whole = Math.floor(doublings);
    const notional = NOTIONAL_MIN * (1 << whole) * (1 + doublings - whole);
    out.number = number;
    out.tsUs = tsUs;
    out.ticks = ticks;
    out.lots = Math.max(LOTS_MIN, Math.round(notional / (ticks * this.#stepValue)));
    out.isSell = isSell;
  }

  #rawUs(number: number): number {
    const jitter = Math.floor((this.#hash(number, 1) / U32) * this.#slotUs);
    return HISTORY_START_US + number * this.#slotUs + jitter;
  }

  #hash(number: number, salt: number): number {
    const high = Math.floor(number / U32);
    return mix32(number ^ mix32(this.#seed + high * 0x85ebca77 + salt * 0x9e3779b1));
  }
}

export function createTrade(): SimTrade {
  return { number: 0, tsUs: 0, ticks: 0, lots: 0, isSell: false };
}
