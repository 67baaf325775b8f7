/**
 * Decimal text to float64, correctly rounded: the float64 nearest to the decimal, ties to even, the
 * same value `Number(text)` gives. Used by every decoder of prices and sizes.
 *
 * Accepted text is `-?(0|[1-9][0-9]*)(\.[0-9]+)?` (the minus in `parseDecimal` only). Anything else
 * (exponents, leading zeros, `.5`, `5.`, spaces) is NaN, and so is a decimal outside the range of
 * float64: one that would round to Infinity, or from non-zero to 0, which a book would take for a
 * removal.
 *
 * How: digits go into an integer mantissa ≤ 2^53, which is exact, and one division by a power of
 * ten ≤ 10^22, which is exact too, rounds once (Clinger 1990). Otherwise `Number()` on the text.
 *
 * Precision: a decimal loses precision when it has more than 15 significant digits, counted from
 * its first to its last non-zero digit. Up to 15, every decimal reads back equal to its text (C's
 * DBL_DIG); beyond, some still do, but none is promised to, so all of them are reported.
 */

const ZERO = 0x30;
const POINT = 0x2e;
const MINUS = 0x2d;

/** Significant digits that always survive a float64. */
export const EXACT_DIGITS = 15;
/** Digits that always fit a signed 32-bit integer. */
const INT_DIGITS = 9;
const MANTISSA_MAX = 2 ** 53;
const POWER_MAX = 22;
const POWERS = Float64Array.from({ length: POWER_MAX + 1 }, (_, i) => Number(`1e${i}`));
const PLAIN = /^(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/;
const ascii = new TextDecoder('latin1');

/**
 * Reads unsigned decimals out of bytes without allocating. The second and third result are fields:
 * `end` is set by each `scan`; `precisionLoss` only ever rises, so that it sums up a whole message,
 * and its owner lowers it.
 */
export class DecimalScanner {
  /** Index behind the last byte taken. */
  end = 0;
  precisionLoss = false;

  /** The decimal that starts at `from` and ends before the first byte that cannot belong to it. */
  scan(bytes: Uint8Array, from: number, limit: number): number {
    // Whole part and fraction as 32-bit integers: half the time of a float64 that grows by digits.
    let at = from;
    let whole = 0;
    for (; at < limit; at += 1) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit >>> 0 > 9) break;
      whole = (Math.imul(whole, 10) + digit) | 0;
    }
    const wholeCount = at - from;
    this.end = at;
    if (wholeCount === 0 || (wholeCount > 1 && bytes[from] === ZERO)) return Number.NaN;
    if (at >= limit || bytes[at] !== POINT) {
      return wholeCount <= INT_DIGITS ? whole : this.#scanLong(bytes, from, at, -1);
    }
    const point = at;
    at += 1;
    let fraction = 0;
    for (; at < limit; at += 1) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit >>> 0 > 9) break;
      fraction = (Math.imul(fraction, 10) + digit) | 0;
    }
    const fractionCount = at - point - 1;
    this.end = at;
    if (fractionCount === 0) return Number.NaN;
    if (
      wholeCount > INT_DIGITS ||
      fractionCount > INT_DIGITS ||
      wholeCount + fractionCount > EXACT_DIGITS
    ) {
      return this.#scanLong(bytes, from, at, point);
    }
    const power = POWERS[fractionCount] as number;
    return (whole * power + fraction) / power;
  }

  /** Any digits in [from, to); leading and trailing zeros may be most of them. */
  #scanLong(bytes: Uint8Array, from: number, to: number, point: number): number {
    let first = from;
    while (first < to && (bytes[first] === ZERO || bytes[first] === POINT)) first += 1;
    if (first === to) return 0;
    let last = to - 1;
    while (bytes[last] === ZERO || bytes[last] === POINT) last -= 1;
    const hasPoint = point > first && point < last;
    const digits = last - first + (hasPoint ? 0 : 1);
    if (digits > EXACT_DIGITS) this.precisionLoss = true;

    const fractionCount = point < 0 ? 0 : Math.max(0, last - point);
    // Zeros between the last non-zero digit and the point count: they scale the mantissa up.
    const end = point >= 0 && last > point ? last + 1 : point < 0 ? to : point;
    const mantissa = exactMantissa(bytes, first, end);
    if (mantissa >= 0 && fractionCount <= POWER_MAX) {
      return mantissa / (POWERS[fractionCount] as number);
    }
    // The only allocation here, for decimals no venue's tick and lot sizes produce.
    return inRange(Number(ascii.decode(bytes.subarray(from, to))));
  }
}

/** The digits of [from, to) as an integer, or -1 when it is beyond 2^53 and so may not be exact. */
function exactMantissa(bytes: Uint8Array, from: number, to: number): number {
  let mantissa = 0;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (byte === POINT) continue;
    mantissa = mantissa * 10 + (byte - ZERO);
    if (mantissa > MANTISSA_MAX) return -1;
  }
  return mantissa;
}

/** `value` of a decimal known to be non-zero, or NaN where float64 has no such number. */
function inRange(value: number): number {
  return value > 0 && value < Number.POSITIVE_INFINITY ? value : Number.NaN;
}

const single = new DecimalScanner();

/** The decimal that fills bytes [from, to), or NaN when they are not one. */
export function parseDecimal(bytes: Uint8Array, from: number, to: number): number {
  const isNegative = from < to && bytes[from] === MINUS;
  const value = single.scan(bytes, isNegative ? from + 1 : from, to);
  if (single.end !== to) return Number.NaN;
  return isNegative ? -value : value;
}

/** `text` as an unsigned decimal, or NaN when it is not one. For the paths that have strings. */
export function parseDecimalText(text: string): number {
  if (!PLAIN.test(text)) return Number.NaN;
  const value = Number(text);
  return value === 0 && !/[1-9]/.test(text) ? 0 : inRange(value);
}

/** Whether the decimal has more than 15 significant digits. */
export function losesPrecision(text: string): boolean {
  if (text.length <= EXACT_DIGITS) return false;
  const digits = text.replace('-', '').replace('.', '').replace(/^0+/, '').replace(/0+$/, '');
  return digits.length > EXACT_DIGITS;
}
