/** Ranges of venue time, and those of each instrument whose candles are to be made again. */

/** Whether `toUs` is still inside is said where it is used. */
export interface TimeRange {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Ascending and disjoint; those that touch become one. */
export function mergeRanges(ranges: readonly TimeRange[]): readonly TimeRange[] {
  const merged: { fromUs: number; toUs: number }[] = [];
  for (const { fromUs, toUs } of [...ranges].sort((a, b) => a.fromUs - b.fromUs)) {
    const last = merged.at(-1);
    if (last === undefined || fromUs > last.toUs) merged.push({ fromUs, toUs });
    else last.toUs = Math.max(last.toUs, toUs);
  }
  return merged;
}

/** By instrument (index in records), so that a bucket is made once however many ranges touch it. */
export class RebuildRanges {
  readonly #ranges = new Map<number, TimeRange[]>();

  add(instrument: number, range: TimeRange): void {
    const ranges = this.#ranges.get(instrument);
    if (ranges === undefined) this.#ranges.set(instrument, [range]);
    else ranges.push(range);
  }

  [Symbol.iterator](): IterableIterator<[instrument: number, ranges: readonly TimeRange[]]> {
    return this.#ranges.entries();
  }
}
