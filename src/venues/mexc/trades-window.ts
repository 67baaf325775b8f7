/**
 * Which time to ask REST for when trades are missing: spot takes a start and an end, and lists at
 * most 1,000 of what lies between. Which end of a longer list is cut off is not documented, and
 * neither is the longest time between the two: an hour is asked for at first, and twice as much
 * each time that an answer did not bring the hole's start forward.
 */
import type { TradesWanted } from '../contract.ts';

const HOUR_MS = 3_600_000;
const US_PER_MS = 1000;

export interface TimeWindow {
  readonly startMs: number;
  readonly endMs: number;
}

export class TradesWindow {
  #startMs = Number.NaN;
  #lengthMs = HOUR_MS;

  next({ fromUs, toUs }: TradesWanted): TimeWindow {
    const startMs = Math.floor(fromUs / US_PER_MS);
    const lastMs = Math.ceil(toUs / US_PER_MS);
    this.#lengthMs = startMs === this.#startMs ? this.#lengthMs * 2 : HOUR_MS;
    this.#startMs = startMs;
    return { startMs, endMs: Math.min(lastMs, startMs + this.#lengthMs) };
  }
}
