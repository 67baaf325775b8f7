/**
 * Numbers and texts out of the bytes of a frame, four bytes at a time. Whatever it accepts is what
 * `JSON.parse` and `Number` make of the same text; for all else it says -1 and the frame goes to a
 * full parser.
 *
 * It may read, and even take, bytes behind `limit` (at most `SLACK` of them, which the frame's
 * buffer must have), so whoever uses it refuses a frame when `at` ends beyond `limit`.
 */
import { DecimalScanner, EXACT_DIGITS } from '../../base/decimal.ts';

/** Bytes behind the frame that reads may touch. */
export const SLACK = 128;
const QUOTE = 0x22;
/** 0x80808080 as the signed number that bit operations work on. */
const HIGH_BITS = -0x7f7f7f80;
const POINT = 0x2e;
const ZERO = 0x30;
/** Digits that always fit a signed 32-bit integer. */
const INT_DIGITS = 9;
/** Longest text that is taken. */
const TEXT_LENGTH_MAX = 64;
const SAFE_DIGITS = 16;
/** Longer numbers are no ids of any venue. */
const DIGITS_MAX = 22;
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const NO_BYTES = new Uint8Array(SLACK);

export class WordScanner {
  bytes: Uint8Array = NO_BYTES;
  view: DataView = new DataView(NO_BYTES.buffer);
  /** Index of the next byte. */
  at = 0;
  limit = 0;
  /** A decimal had more than 15 significant digits; its owner lowers it. */
  precisionLoss = false;
  /** The same bytes: twice as fast as a TextDecoder where a short text is needed. */
  #chars: Buffer = Buffer.from(NO_BYTES.buffer);
  readonly #long = new DecimalScanner();
  #padded = new Uint8Array(0);

  reset(frame: Uint8Array, length: number): void {
    this.at = 0;
    this.limit = length;
    this.precisionLoss = false;
    if (length + SLACK > frame.length) this.#use(this.#pad(frame, length));
    else if (frame !== this.bytes) this.#use(frame);
  }

  /** A safe integer ≥ 0 in plain digits, or -1. */
  unsigned(): number {
    const { bytes } = this;
    const from = this.at;
    let at = from;
    // The first nine digits as a 32-bit integer, twice as fast as a float64 that grows by digits.
    let head = 0;
    for (const end = from + INT_DIGITS; at < end; at += 1) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit >>> 0 > 9) break;
      head = (Math.imul(head, 10) + digit) | 0;
    }
    const middle = at;
    let tail = 0;
    for (const end = from + SAFE_DIGITS; at < end; at += 1) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit >>> 0 > 9) break;
      tail = (Math.imul(tail, 10) + digit) | 0;
    }
    const count = at - from;
    if (count === 0 || (count > 1 && bytes[from] === ZERO)) return -1;
    this.at = at;
    if (middle === at) return head;
    // At 16 digits the sum may round, but never from above the largest safe integer to below.
    const value = head * (POWERS[at - middle] as number) + tail;
    return value <= Number.MAX_SAFE_INTEGER ? value : -1;
  }

  /** A decimal ≥ 0, or -1; any number of digits. */
  decimal(): number {
    const { bytes } = this;
    const from = this.at;
    const end = from + SAFE_DIGITS;
    let at = from;
    let whole = 0;
    for (; at < end; at += 1) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit >>> 0 > 9) break;
      whole = (Math.imul(whole, 10) + digit) | 0;
    }
    const wholeCount = at - from;
    if (wholeCount === 0 || (wholeCount > 1 && bytes[from] === ZERO)) return -1;
    if (bytes[at] !== POINT) {
      if (wholeCount > INT_DIGITS) return this.#longDecimal();
      this.at = at;
      return whole;
    }
    at += 1;
    const point = at;
    let fraction = 0;
    for (; at <= end; at += 1) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit >>> 0 > 9) break;
      fraction = (Math.imul(fraction, 10) + digit) | 0;
    }
    const count = at - point;
    if (count === 0) return -1;
    const isLong = wholeCount > INT_DIGITS || count > INT_DIGITS;
    if (isLong || wholeCount + count > EXACT_DIGITS) return this.#longDecimal();
    this.at = at;
    const power = POWERS[count] as number;
    return (whole * power + fraction) / power;
  }

  /** Takes 1 to 22 digits of an integer; false when it is none. */
  digits(): boolean {
    const { bytes, at: from } = this;
    const end = from + DIGITS_MAX;
    let at = from;
    while (at < end && ((bytes[at] as number) - ZERO) >>> 0 <= 9) at += 1;
    this.at = at;
    return at > from && (bytes[from] !== ZERO || at === from + 1);
  }

  /** Takes 1 to 64 characters of plain ASCII up to a quote, which stays; false when not. */
  text(): boolean {
    const { at: from } = this;
    if (!this.plain()) return false;
    return this.at > from && this.at - from <= TEXT_LENGTH_MAX;
  }

  /** Takes all characters of plain ASCII up to a quote, which stays; false when another follows. */
  plain(): boolean {
    const { view, limit } = this;
    let at = this.at;
    for (;;) {
      const special = specials(view.getInt32(at, true));
      if (special !== 0) {
        at += (31 - Math.clz32(special & (~special + 1))) >> 3;
        this.at = at;
        return at < limit && view.getUint8(at) === QUOTE;
      }
      at += 4;
      if (at >= limit) return false;
    }
  }

  /** Digits beyond what 32-bit integers and one division can hold. */
  #longDecimal(): number {
    const long = this.#long;
    long.precisionLoss = false;
    const value = long.scan(this.bytes, this.at, this.limit);
    if (long.precisionLoss) this.precisionLoss = true;
    this.at = long.end;
    return value >= 0 ? value : -1;
  }

  /** The bytes of [from, to), known to be plain ASCII. */
  textOf(from: number, to: number): string {
    return this.#chars.toString('latin1', from, to);
  }

  #use(frame: Uint8Array): void {
    this.bytes = frame;
    this.view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    this.#chars = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  }

  #pad(frame: Uint8Array, length: number): Uint8Array {
    if (length + SLACK > this.#padded.length) this.#padded = new Uint8Array(2 * (length + SLACK));
    this.#padded.set(length === frame.length ? frame : frame.subarray(0, length));
    return this.#padded;
  }
}

/**
 * Marks, by their highest bit, bytes that do not stand for themselves inside a JSON text: controls,
 * quote, backslash, and what is no ASCII. Above a marked byte others may be marked by mistake.
 */
function specials(word: number): number {
  const quotes = (word ^ 0x22222222) - 0x01010101;
  const backslashes = (word ^ 0x5c5c5c5c) - 0x01010101;
  return ((word - 0x20202020) | quotes | backslashes | word) & HIGH_BITS;
}
