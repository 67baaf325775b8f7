/**
 * Times in queries. Accepted, always UTC unless an offset is given:
 *
 * | text | meaning |
 * |---|---|
 * | `2026-01-31` | midnight |
 * | `2026-01-31T23:59:59.123456Z`, `…+02:00`, no zone | ISO 8601, up to 6 decimals |
 * | `2026-01-31 23:59:59.123456` | as the stores print it |
 * | 1 to 11 digits, up to 6 decimals | seconds since the Unix epoch |
 * | 12 to 14 digits | milliseconds |
 * | 15 to 16 digits | microseconds |
 *
 * The digit rule reads every time from 1973 (ms, µs) to 2255 unambiguously; nanoseconds are
 * refused, not guessed.
 */
import { US_PER_MS, US_PER_SECOND } from '../base/clock.ts';

export type TimeResult =
  | { readonly ok: true; readonly us: number }
  | { readonly ok: false; readonly reason: string };

const EPOCH = /^(\d+)(?:\.(\d{1,6}))?$/;
// A blank before the offset is a `+` that the client did not percent-encode; it has no other
// meaning.
const OFFSET = String.raw`(Z|[+\- ]\d{2}:?\d{2})?`;
const CLOCK = String.raw`(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?`;
const CALENDAR = new RegExp(String.raw`^(\d{4})-(\d{2})-(\d{2})(?:[T ]${CLOCK}${OFFSET})?$`, 'i');

const ACCEPTED =
  'ISO 8601, YYYY-MM-DD HH:MM:SS, or epoch seconds (≤ 11 digits), ms (12-14) or µs (15-16)';

export function parseTimeText(text: string): TimeResult {
  const epoch = EPOCH.exec(text);
  if (epoch !== null) return parseEpoch(epoch[1] ?? '', epoch[2]);
  const calendar = CALENDAR.exec(text);
  return calendar === null ? refuse(`is no time: give ${ACCEPTED}`) : parseCalendar(calendar);
}

function parseEpoch(digits: string, decimals: string | undefined): TimeResult {
  const value = Number(digits);
  if (digits.length <= 11) return inRange(value * US_PER_SECOND + fractionUs(decimals));
  if (decimals !== undefined) return refuse('has decimals, which only epoch seconds may have');
  if (digits.length <= 14) return inRange(value * US_PER_MS);
  if (digits.length <= 16) return inRange(value);
  return refuse(`has ${digits.length} digits: give ${ACCEPTED}`);
}

function parseCalendar(match: RegExpExecArray): TimeResult {
  const [year, month, day, hour, minute, second] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0)) as [number, number, number, number, number, number];
  const date = new Date(Date.UTC(year, month - 1, day));
  // Date.UTC carries 30 February over to March: compare to refuse it.
  if (year < 1970 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) {
    return refuse('is no date of the calendar from 1970 on');
  }
  if (hour > 23 || minute > 59 || second > 59) return refuse('is no time of day');
  const offsetMinutes = parseOffset(match[8]);
  if (offsetMinutes === undefined) return refuse('has an offset beyond ±18:00');
  const seconds = date.getTime() / 1000 + hour * 3600 + (minute - offsetMinutes) * 60 + second;
  return inRange(seconds * US_PER_SECOND + fractionUs(match[7]));
}

/** Minutes east of UTC, or undefined when out of range. */
function parseOffset(text: string | undefined): number | undefined {
  if (text === undefined || text.toUpperCase() === 'Z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(-2));
  if (hours > 18 || minutes > 59) return undefined;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

function fractionUs(decimals: string | undefined): number {
  return decimals === undefined ? 0 : Number(decimals.padEnd(6, '0'));
}

function inRange(us: number): TimeResult {
  if (us < 0 || !Number.isSafeInteger(us)) return refuse('is outside 1970 to 2255');
  return { ok: true, us };
}

function refuse(reason: string): TimeResult {
  return { ok: false, reason };
}
