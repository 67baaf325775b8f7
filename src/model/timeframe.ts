/**
 * Timeframes: any N of s, m, h, d, plus w (weeks from Monday) and M (calendar months), anchored to
 * UTC. Buckets of N s/m/h/d count from the Unix epoch; weeks from Monday 1970-01-05.
 */
import { US_PER_SECOND } from '../base/clock.ts';

export type TimeframeUnit = 's' | 'm' | 'h' | 'd' | 'w' | 'M';

export interface Timeframe {
  /** As in the config: `5m`. */
  readonly name: string;
  readonly count: number;
  readonly unit: TimeframeUnit;
  /** Length of a bucket in µs; NaN for months, whose length varies. */
  readonly lengthUs: number;
}

const UNIT_SECONDS: Record<Exclude<TimeframeUnit, 'M'>, number> = {
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
  w: 604_800,
};
/** Monday 1970-01-05 00:00 UTC: weeks count from here. */
const FIRST_MONDAY_US = 4 * 86_400 * US_PER_SECOND;
const GRAMMAR = /^([1-9][0-9]{0,5})(s|m|h|d|w|M)$/;

/** The timeframe called `name`, or undefined when that is none. */
export function parseTimeframe(name: string): Timeframe | undefined {
  const match = GRAMMAR.exec(name);
  if (match === null) return undefined;
  const count = Number(match[1]);
  const unit = match[2] as TimeframeUnit;
  const lengthUs = unit === 'M' ? Number.NaN : count * UNIT_SECONDS[unit] * US_PER_SECOND;
  if (lengthUs > 3_660 * 86_400 * US_PER_SECOND || (unit === 'M' && count > 120)) return undefined;
  return { name, count, unit, lengthUs };
}

/** Open time of the bucket that holds `tsUs`. */
export function bucketOpenUs(timeframe: Timeframe, tsUs: number): number {
  if (timeframe.unit === 'M') return monthOpenUs(timeframe.count, monthIndex(tsUs));
  const originUs = timeframe.unit === 'w' ? FIRST_MONDAY_US : 0;
  return Math.floor((tsUs - originUs) / timeframe.lengthUs) * timeframe.lengthUs + originUs;
}

/** End (exclusive) of the bucket that opens at `openUs`. */
export function bucketEndUs(timeframe: Timeframe, openUs: number): number {
  if (timeframe.unit !== 'M') return openUs + timeframe.lengthUs;
  return monthOpenUs(timeframe.count, monthIndex(openUs) + timeframe.count);
}

/** True when every bucket of `coarse` is a whole number of buckets of `fine`. */
export function nests(fine: Timeframe, coarse: Timeframe): boolean {
  if (fine.unit === 'M') return coarse.unit === 'M' && coarse.count % fine.count === 0;
  const dayUs = 86_400 * US_PER_SECOND;
  if (coarse.unit === 'M') return fine.unit !== 'w' && dayUs % fine.lengthUs === 0;
  if (fine.unit === 'w') return coarse.unit === 'w' && coarse.count % fine.count === 0;
  if (coarse.unit === 'w') return dayUs % fine.lengthUs === 0;
  return coarse.lengthUs % fine.lengthUs === 0;
}

/** Months since January 1970. */
function monthIndex(tsUs: number): number {
  const date = new Date(Math.floor(tsUs / 1000));
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

function monthOpenUs(count: number, index: number): number {
  return Date.UTC(1970, Math.floor(index / count) * count, 1) * 1000;
}
