/**
 * A scanner over the bytes of one JSON frame, for the shapes a venue sends all day. It knows a
 * small subset of JSON (no white space, no escapes, no nesting but what the caller asks for) and
 * never repairs: whoever gets a refusal hands the frame to a full parser instead.
 *
 * Invariant: whatever it accepts is valid JSON up to `at`, and the values are those `JSON.parse`
 * gives. It never reads at or beyond `limit`, so the frame may lie in a larger, reused buffer.
 */
import { DecimalScanner } from '../../base/decimal.ts';

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;

/** Result of `key()` for a name longer than two characters. */
export const LONG_KEY = 0;
/** Digits that fit a safe integer whatever they are. */
const SAFE_DIGITS = 15;
/** Digits that always fit a signed 32-bit integer. */
const INT_DIGITS = 9;
const POWERS = Float64Array.from({ length: SAFE_DIGITS }, (_, i) => 10 ** i);
const NO_BYTES = new Uint8Array(0);
const encoder = new TextEncoder();

/** Bytes to hold a frame against: `template('","data":{')`. */
export function template(text: string): Uint8Array {
  return encoder.encode(text);
}

/** What `key()` returns for the one- or two-character name `text`. */
export function keyCode(text: string): number {
  return text.charCodeAt(0) | (text.length > 1 ? text.charCodeAt(1) << 8 : 0);
}

const TRUE = template('true');
const FALSE = template('false');
const NULL = template('null');

export class JsonScanner {
  bytes: Uint8Array = NO_BYTES;
  /** Index of the next byte. */
  at = 0;
  limit = 0;
  readonly decimals = new DecimalScanner();

  reset(bytes: Uint8Array, length: number): void {
    this.bytes = bytes;
    this.at = 0;
    this.limit = Math.min(length, bytes.length);
    this.decimals.precisionLoss = false;
  }

  /** The next byte without taking it; -1 at the end. */
  peek(): number {
    return this.at < this.limit ? (this.bytes[this.at] as number) : -1;
  }

  /** Takes the next byte; -1 at the end. */
  take(): number {
    if (this.at >= this.limit) return -1;
    const byte = this.bytes[this.at] as number;
    this.at += 1;
    return byte;
  }

  /** Takes `expected` if it is what comes next. */
  match(expected: Uint8Array): boolean {
    const { bytes, at } = this;
    const length = expected.length;
    if (at + length > this.limit) return false;
    for (let i = 0; i < length; i += 1) if (bytes[at + i] !== expected[i]) return false;
    this.at = at + length;
    return true;
  }

  /** Takes `byte` if it is what comes next. */
  matchByte(byte: number): boolean {
    if (this.at >= this.limit || this.bytes[this.at] !== byte) return false;
    this.at += 1;
    return true;
  }

  /**
   * Takes `"name":` and returns `keyCode(name)` for one or two characters, `LONG_KEY` for more, -1
   * when this is not a plain printable ASCII name.
   */
  key(): number {
    const { bytes, at } = this;
    if (at + 4 > this.limit || bytes[at] !== QUOTE) return -1;
    const first = bytes[at + 1] as number;
    if (bytes[at + 2] === QUOTE && bytes[at + 3] === COLON && isPlain(first)) {
      this.at = at + 4;
      return first;
    }
    const second = bytes[at + 2] as number;
    if (at + 5 <= this.limit && bytes[at + 3] === QUOTE && bytes[at + 4] === COLON) {
      if (!isPlain(first) || !isPlain(second)) return -1;
      this.at = at + 5;
      return first | (second << 8);
    }
    return this.skipString() && this.matchByte(COLON) ? LONG_KEY : -1;
  }

  /** A safe integer ≥ 0 written in plain digits; -1 when it is anything else. */
  unsigned(): number {
    const { bytes, limit } = this;
    const from = this.at;
    let at = from;
    // The first nine digits as a 32-bit integer, twice as fast as a float64 that grows by digits.
    let head = 0;
    for (const end = Math.min(limit, from + INT_DIGITS); at < end; at += 1) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit >>> 0 > 9) break;
      head = (Math.imul(head, 10) + digit) | 0;
    }
    const middle = at;
    let tail = 0;
    for (; at < limit; at += 1) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit >>> 0 > 9) break;
      tail = (Math.imul(tail, 10) + digit) | 0;
    }
    const count = at - from;
    if (count === 0 || count > SAFE_DIGITS + 1 || (count > 1 && bytes[from] === ZERO)) return -1;
    // At 16 digits the sum may round, but never from above the largest safe integer to below.
    const value = head * (POWERS[at - middle] as number) + tail;
    if (value > Number.MAX_SAFE_INTEGER) return -1;
    this.at = at;
    return value;
  }

  /** A decimal ≥ 0 in quotes; -1 when it is anything else. Raises `decimals.precisionLoss`. */
  quotedDecimal(): number {
    const { bytes, at } = this;
    if (at >= this.limit || bytes[at] !== QUOTE) return -1;
    const value = this.decimals.scan(bytes, at + 1, this.limit);
    const end = this.decimals.end;
    if (end >= this.limit || bytes[end] !== QUOTE || !(value >= 0)) return -1;
    this.at = end + 1;
    return value;
  }

  /** 1 for `true`, 0 for `false`, -1 for anything else. */
  flag(): number {
    if (this.match(TRUE)) return 1;
    return this.match(FALSE) ? 0 : -1;
  }

  /** Takes a string of printable ASCII without escapes. */
  skipString(): boolean {
    const { bytes, limit } = this;
    if (this.at >= limit || bytes[this.at] !== QUOTE) return false;
    let at = this.at + 1;
    while (at < limit && isPlain(bytes[at] as number)) at += 1;
    if (at >= limit || bytes[at] !== QUOTE) return false;
    this.at = at + 1;
    return true;
  }

  /** Takes a value that nobody asked for: a plain string, number, boolean or null. */
  skipScalar(): boolean {
    const byte = this.peek();
    if (byte === QUOTE) return this.skipString();
    if (byte === MINUS || (byte >= ZERO && byte <= ZERO + 9)) return this.#skipNumber();
    return this.match(TRUE) || this.match(FALSE) || this.match(NULL);
  }

  /** True when the frame is used up to its last byte. */
  get isDone(): boolean {
    return this.at === this.limit;
  }

  /** `-?(0|[1-9][0-9]*)(\.[0-9]+)?`, which is also all a DecimalScanner's grammar is. */
  #skipNumber(): boolean {
    if (this.peek() === MINUS) this.at += 1;
    const { bytes, limit } = this;
    const from = this.at;
    let at = from;
    while (at < limit && isDigit(bytes[at] as number)) at += 1;
    if (at === from || (at > from + 1 && bytes[from] === ZERO)) return false;
    if (at < limit && bytes[at] === 0x2e) {
      const point = at;
      at += 1;
      while (at < limit && isDigit(bytes[at] as number)) at += 1;
      if (at === point + 1) return false;
    }
    this.at = at;
    return true;
  }
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

/** Printable ASCII that stands for itself inside a JSON string. */
function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f && byte !== QUOTE && byte !== BACKSLASH;
}
