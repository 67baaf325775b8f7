/**
 * Binance's times. A connection made with `timeUnit=MICROSECOND` sends 16 digits in the same fields
 * that carry 13 otherwise; which one it is shows in the size of the number.
 */
import { US_PER_MS } from '../../base/clock.ts';

/** As ms this is the year 5138, as µs it is 1973. */
const MICROSECONDS_FROM = 1e14;
const MS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / US_PER_MS);

/** µs since the Unix epoch of a time as the venue writes it, or -1 when it is none. */
export function timeUs(value: number): number {
  if (value >= MICROSECONDS_FROM) return value;
  return value >= 0 && value <= MS_MAX ? value * US_PER_MS : -1;
}
