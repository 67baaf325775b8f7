/**
 * Sequence numbers of 19 digits as exact numbers: each instrument's are told by their distance from
 * a base near them, which fits a float64 where the number itself does not. Also tells numbers that
 * run backwards for good (the venue began anew) from single late frames.
 *
 * Invariant: two ids of one instrument are equal, or one less than the other, exactly when the
 * venue's numbers are, as long as their base is the same; it moves at snapshots only, and then no
 * earlier id matters any more.
 */

/** Digits of the part below the base: 10^15 is exact, and so is eight times it. */
const LOW_DIGITS = 15;
const LOW_RANGE = 1e15;
const HIGHS_AWAY_MAX = 8;
const DIGITS = /^(?:0|[1-9]\d{0,21})$/;
/** So many old frames in a row are no late ones. */
const OLD_IN_A_ROW_MAX = 32;

export interface Sequence {
  /** Digits above the lowest 15. */
  high: number;
  low: number;
}

/** Parts of a number written in digits, as text or as the source text of a JSON number. */
export function readSequence(value: unknown): Sequence | undefined {
  if (typeof value !== 'string' || !DIGITS.test(value)) return undefined;
  const cut = Math.max(0, value.length - LOW_DIGITS);
  return { high: Number(value.slice(0, cut)), low: Number(value.slice(cut)) };
}

export class SequenceTrack {
  #baseHigh = Number.NaN;
  #newest = Number.NEGATIVE_INFINITY;
  #oldInARow = 0;

  get newest(): number {
    return this.#newest;
  }

  /** Id of a snapshot: what came before it is over. */
  restart(sequence: Sequence): number {
    const highs = sequence.high - this.#baseHigh;
    if (!(highs >= 0 && highs < HIGHS_AWAY_MAX)) this.#baseHigh = sequence.high;
    this.#newest = this.idOf(sequence);
    this.#oldInARow = 0;
    return this.#newest;
  }

  /** The distance from the base; NaN when it is too far away to be exact. */
  idOf({ high, low }: Sequence): number {
    const highs = high - this.#baseHigh;
    return Math.abs(highs) <= HIGHS_AWAY_MAX ? highs * LOW_RANGE + low : Number.NaN;
  }

  /**
   * What an update is against the newest one: `new`, `old` (a late or repeated frame), or `astray`:
   * so far away, or behind for so long, that the venue must have begun to count anew.
   */
  judge(id: number): 'new' | 'old' | 'astray' {
    if (id > this.#newest) {
      this.#newest = id;
      this.#oldInARow = 0;
      return 'new';
    }
    if (Number.isNaN(id)) return 'astray';
    this.#oldInARow += 1;
    return this.#oldInARow > OLD_IN_A_ROW_MAX ? 'astray' : 'old';
  }
}
