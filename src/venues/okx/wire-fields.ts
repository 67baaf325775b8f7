/** Fields as OKX writes them: nearly every value is text, times and ids included. */
import { US_PER_MS } from '../../base/clock.ts';
import { losesPrecision, parseDecimalText } from '../../base/decimal.ts';
import { type JsonObject, readObject } from '../kit/json-fields.ts';
import type { LevelText } from './text-book.ts';

const DIGITS = /^(?:0|[1-9]\d{0,15})$/;
const MS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / US_PER_MS);

/** A safe integer ≥ 0 written as text, else -1. */
export function readIdText(value: unknown): number {
  if (typeof value !== 'string' || !DIGITS.test(value)) return -1;
  const id = Number(value);
  return Number.isSafeInteger(id) ? id : -1;
}

/** A time in ms written as text, as µs; 0 is what the venue writes for none; -1: no time at all. */
export function readTimeText(value: unknown): number {
  const ms = readIdText(value);
  return ms <= MS_MAX ? ms * (ms < 0 ? 1 : US_PER_MS) : -1;
}

/** The rows of `data`, each an object; undefined when it is something else. */
export function readRows(value: unknown): readonly JsonObject[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const rows: JsonObject[] = [];
  for (const each of value) {
    const row = readObject(each);
    if (row === undefined) return undefined;
    rows.push(row);
  }
  return rows;
}

/** Levels `["price","size",…]`; undefined when they are something else. */
export function readLevelTexts(value: unknown): readonly LevelText[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const isLevels = value.every(
    (level) => Array.isArray(level) && typeof level[0] === 'string' && typeof level[1] === 'string',
  );
  return isLevels ? value : undefined;
}

/** A decimal, or NaN where the venue writes an empty text for none; undefined: neither. */
export function readOptionalDecimal(value: unknown): number | undefined {
  if (value === '' || value === undefined) return Number.NaN;
  if (typeof value !== 'string') return undefined;
  const isNegative = value.startsWith('-');
  const number = parseDecimalText(isNegative ? value.slice(1) : value);
  if (Number.isNaN(number)) return undefined;
  return isNegative ? -number : number;
}

export function isLossy(...texts: readonly string[]): boolean {
  return texts.some(losesPrecision);
}
