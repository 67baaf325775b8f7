/**
 * Times written as `2023-10-06T17:35:55.440295Z` (RFC 3339, UTC) to µs. Digits beyond the
 * microsecond are cut off, not rounded: two spellings of one moment then give one value. Used by
 * decoders whose venue sends such text.
 */
import { US_PER_MS } from '../../base/clock.ts';

const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?(?:Z|\+00:00)$/;
const US_DIGITS = 6;

/** µs since the Unix epoch (negative before it), or NaN when `value` is no such text. */
export function isoTimeUs(value: unknown): number {
  if (typeof value !== 'string') return Number.NaN;
  const match = TIME.exec(value);
  if (match === null) return Number.NaN;
  const [, year, month, day, hour, minute, second, fraction = ''] = match;
  const date = new Date(0);
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) {
    return Number.NaN;
  }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return Number.NaN;
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  const us = Number(fraction.slice(0, US_DIGITS).padEnd(US_DIGITS, '0'));
  return date.getTime() * US_PER_MS + us;
}

/** The text of a time, six digits after the second, as most venues write it. */
export function isoTimeText(us: number): string {
  const ms = Math.floor(us / US_PER_MS);
  const rest = String(us - ms * US_PER_MS).padStart(3, '0');
  return new Date(ms).toISOString().replace('Z', `${rest}Z`);
}
