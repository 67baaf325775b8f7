/** Fields of parsed JSON, checked one by one; for frames on the slow path and REST answers. */
import { timeUs } from './time.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function readObject(value: unknown): JsonObject | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as JsonObject;
}

/** A safe integer ≥ 0, else -1: an id beyond 2^53 is refused, never a nearby number. */
export function readId(value: unknown): number {
  // The sum turns a negative zero into zero.
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) + 0 : -1;
}

/** µs since the Unix epoch, else -1. */
export function readTimeUs(value: unknown): number {
  return timeUs(readId(value));
}

/** An array of pairs of strings, else undefined. */
export function readPairs(value: unknown): readonly (readonly [string, string])[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const isPairs = value.every(
    (pair) =>
      Array.isArray(pair) &&
      pair.length === 2 &&
      typeof pair[0] === 'string' &&
      typeof pair[1] === 'string',
  );
  return isPairs ? value : undefined;
}
