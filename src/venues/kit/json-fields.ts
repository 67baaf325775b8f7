/**
 * Fields of parsed JSON, checked one by one: what decoders of frames and REST answers read with.
 * Nothing is repaired: a value of another type is -1, NaN or undefined, which the caller refuses.
 */
import { US_PER_MS } from '../../base/clock.ts';
import { parseDecimalText } from '../../base/decimal.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

const MS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / US_PER_MS);

export function readObject(value: unknown): JsonObject | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as JsonObject;
}

/** A safe integer ≥ 0, else -1: an id beyond 2^53 is refused, never a nearby number. */
export function readId(value: unknown): number {
  // The sum turns a negative zero into zero.
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) + 0 : -1;
}

/** A time in ms as µs since the Unix epoch, else -1. */
export function readTimeMs(value: unknown): number {
  const ms = readId(value);
  return ms >= 0 && ms <= MS_MAX ? ms * US_PER_MS : -1;
}

/** An unsigned decimal written as text, else NaN. */
export function readDecimalText(value: unknown): number {
  return typeof value === 'string' ? parseDecimalText(value) : Number.NaN;
}

/** A decimal written as text, with a sign or without, else NaN. */
export function readSignedText(value: unknown): number {
  if (typeof value !== 'string') return Number.NaN;
  return value.startsWith('-') ? 0 - parseDecimalText(value.slice(1)) : parseDecimalText(value);
}

/** A JSON number that is finite, else NaN. */
export function readNumber(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : Number.NaN;
}
