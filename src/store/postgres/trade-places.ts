/**
 * Where trades lie, by names that `TradeIds` keeps ranges for: months that are partitions, or days
 * of a hypertable, whose chunks the extension names and may merge.
 */
import { US_PER_DAY } from '../../base/clock.ts';
import { Common } from '../../model/record-layout.ts';
import type { RecordBatch } from '../contract.ts';
import type { RowList } from '../server/row-list.ts';
import type { IdRanges } from './trade-ids.ts';

/** A table to read ids from when the writer starts, and the places its rows are in. */
export interface TradeTable {
  readonly table: string;
  readonly places: readonly string[];
  /** Columnar: no index finds an id in it, so it is read as a whole. */
  readonly isCompressed: boolean;
}

/** When the policy of a hypertable compresses a chunk. */
export const COMPRESS_AFTER_DAYS = 7;
/** Stretches of days that one statement looks at; more are one that spans them all. */
const STRETCHES_MAX = 4;

export function partitionTables(names: readonly string[]): TradeTable[] {
  return names.map((name) => ({ table: name, places: [name], isCompressed: false }));
}

/** Days since the epoch of fromUs..toUs (exclusive), as names. */
export function daysBetween(fromUs: number, toUs: number): string[] {
  const first = Math.floor(fromUs / US_PER_DAY);
  const end = Math.ceil(toUs / US_PER_DAY);
  return Array.from({ length: Math.max(0, end - first) }, (_, i) => String(first + i));
}

/** Days that trades from..to are of, each once. */
export function daysOf(
  { bytes: { f64 } }: RecordBatch,
  rows: RowList,
  from: number,
  to: number,
): string[] {
  const days = new Set<number>();
  for (let i = from; i < to; i += 1) {
    const us = f64[((rows.at[i] as number) + Common.tsUs) >> 3] as number;
    days.add(Math.floor(us / US_PER_DAY));
  }
  return [...days].map(String);
}

/**
 * Sources of a `FROM` that hold all trades of these days that an id of `ids` may be of: constants,
 * so that other chunks, and other parts of a compressed one, are left out.
 */
export function daySources(names: readonly string[], ids: IdRanges): string[] {
  const days = names.map(Number).sort((a, b) => a - b);
  const stretches: { first: number; last: number }[] = [];
  for (const day of days) {
    const open = stretches.at(-1);
    if (open !== undefined && day <= open.last + 1) open.last = day;
    else stretches.push({ first: day, last: day });
  }
  const [first, last] = [stretches[0], stretches.at(-1)];
  if (first === undefined || last === undefined) return [];
  const few = stretches.length > STRETCHES_MAX ? [{ ...first, last: last.last }] : stretches;
  return few.map(
    (each) => `(SELECT * FROM trade WHERE ts >= ${dayText(each.first)}
      AND ts < ${dayText(each.last + 1)} AND ${idsSql(ids)})`,
  );
}

function idsSql(ids: IdRanges): string {
  const ranges = [...ids.values()];
  const instruments = new Set([...ids.keys()].map((stream) => stream >> 1));
  const isOne = `instrument = ANY ('{${[...instruments].join(',')}}'::int[])`;
  if (ranges.some(({ hasText }) => hasText)) return isOne;
  const from = Math.min(...ranges.map((range) => range.from));
  const to = Math.max(...ranges.map((range) => range.to));
  return `${isOne} AND trade_id BETWEEN ${from} AND ${to}`;
}

/** Whether chunks of these days may be compressed by now. */
export function mayBeCompressed(names: readonly string[], nowUs: number): boolean {
  const lastDay = Math.floor(nowUs / US_PER_DAY) - COMPRESS_AFTER_DAYS - 1;
  return names.some((name) => Number(name) <= lastDay);
}

function dayText(day: number): string {
  return `timestamptz '${new Date((day * US_PER_DAY) / 1_000).toISOString().slice(0, 10)} UTC'`;
}
