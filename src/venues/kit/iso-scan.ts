/**
 * Times written as `2023-10-06T17:35:55.440295Z` from bytes: what `iso-time.ts` does from text, for
 * the spelling venues send all day. Times of one day share its start, which is kept.
 */
import { US_PER_SECOND } from '../../base/clock.ts';
import { isoTimeUs } from './iso-time.ts';
import type { WordScanner } from './word-scan.ts';

const ZERO = 0x30;
const DAY_LENGTH = 10;
/** From the start of the day to the second's last digit. */
const SECONDS_LENGTH = 19;
const FRACTION_DIGITS = 6;
const ascii = new TextDecoder('latin1');

export class IsoScanner {
  #yearWord = 0;
  #monthWord = 0;
  #dayWord = 0;
  #dayUs = Number.NaN;

  /** Takes a time with one to six digits behind the second; µs, or -1 when it is no such text. */
  take(scan: WordScanner): number {
    const { bytes, view, at } = scan;
    const dayUs = this.#day(scan);
    const hour = twoDigits(bytes, at + 11);
    const minute = twoDigits(bytes, at + 14);
    const second = twoDigits(bytes, at + 17);
    const isShaped =
      view.getUint8(at + 10) === 0x54 &&
      bytes[at + 13] === 0x3a &&
      bytes[at + 16] === 0x3a &&
      bytes[at + SECONDS_LENGTH] === 0x2e;
    if (!isShaped || hour > 23 || minute > 59 || second > 59 || !(dayUs >= 0)) return -1;
    let us = 0;
    let end = at + SECONDS_LENGTH + 1;
    for (const last = end + FRACTION_DIGITS; end < last; end += 1) {
      const digit = (bytes[end] as number) - ZERO;
      if (digit >>> 0 > 9) break;
      us = us * 10 + digit;
    }
    const digits = end - at - SECONDS_LENGTH - 1;
    if (digits === 0 || bytes[end] !== 0x5a) return -1;
    for (let i = digits; i < FRACTION_DIGITS; i += 1) us *= 10;
    scan.at = end + 1;
    return dayUs + ((hour * 60 + minute) * 60 + second) * US_PER_SECOND + us;
  }

  /** Start of the day that is written at `at`; NaN when none is. */
  #day({ bytes, view, at }: WordScanner): number {
    const yearWord = view.getInt32(at, true);
    const monthWord = view.getInt32(at + 4, true);
    const dayWord = view.getInt16(at + 8, true);
    const isKnown =
      yearWord === this.#yearWord && monthWord === this.#monthWord && dayWord === this.#dayWord;
    if (isKnown) return this.#dayUs;
    const day = ascii.decode(bytes.slice(at, at + DAY_LENGTH));
    this.#yearWord = yearWord;
    this.#monthWord = monthWord;
    this.#dayWord = dayWord;
    this.#dayUs = isoTimeUs(`${day}T00:00:00Z`);
    return this.#dayUs;
  }
}

/** A value above 99 when one is no digit. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = ((bytes[at] as number) - ZERO) >>> 0;
  const ones = ((bytes[at + 1] as number) - ZERO) >>> 0;
  return tens > 9 || ones > 9 ? 100 : tens * 10 + ones;
}
