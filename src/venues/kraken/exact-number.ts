/**
 * Numbers of Kraken's JSON with their text. Prices and quantities are JSON numbers there, not
 * strings: a parser gives the nearest float64, which is right, but the digits of a long one are
 * gone, and the checksum is made of them. So `protocol.ts` keeps the text of every number that a
 * float64 may not give back.
 */
import { losesPrecision } from '../../base/decimal.ts';

/** Stands for a JSON number of more than 15 significant digits, or one with an exponent. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * A run of digits that may be such a number. Finds too much at times (dates in text), not too
 * little.
 */
export const MAY_HOLD_LONG_NUMBER = /\d[\d.]{15}|\d[eE][-+\d]/;

/** For JSON.parse: puts a `NumberText` where the number's digits would be lost. */
export function keepLongNumber(
  _key: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined) return value;
  return losesPrecision(source) || /[eE]/.test(source) ? new NumberText(source) : value;
}

/** A decimal ≥ 0, else NaN; one that a float64 would round to 0 or Infinity is none. */
export function readDecimal(value: unknown): number {
  if (typeof value === 'number')
    return value >= 0 && value < Number.POSITIVE_INFINITY ? value + 0 : Number.NaN;
  if (!(value instanceof NumberText)) return Number.NaN;
  const number = Number(value.text);
  const isZero = number === 0;
  if (!(number >= 0) || number === Number.POSITIVE_INFINITY) return Number.NaN;
  return isZero && /[1-9]/.test(mantissaOf(value.text)) ? Number.NaN : number + 0;
}

/** Whether the number has more digits than a float64 holds. */
export function isLong(value: unknown): boolean {
  return value instanceof NumberText && losesPrecision(mantissaOf(value.text));
}

/** Plain decimal text of a number read with `readDecimal`: `1e-8` is `0.00000001`. */
export function plainText(value: unknown): string {
  const text = value instanceof NumberText ? value.text : String(value);
  const [mantissa = '', exponent] = text.toLowerCase().split('e');
  if (exponent === undefined) return text;
  const [whole = '', fraction = ''] = mantissa.split('.');
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return digits + '0'.repeat(point - digits.length);
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

function mantissaOf(text: string): string {
  return text.split(/[eE]/, 1)[0] ?? '';
}
