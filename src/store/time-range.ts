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

/** What of one instrument to make again. Ends are inside. */
export interface DueRanges {
  /** Trades came that candles may lack. */
  readonly changed: readonly TimeRange[];
  /**
   * Gaps were repaired. Their trades are in candles already, or in `changed` ranges, then or soon;
   * what is left is the state. A bucket that another gap keeps open waits for that gap.
   */
  readonly repaired: readonly TimeRange[];
  /** More may follow: a candle whose row is ahead of the finer ones waits for what they lack. */
  readonly isOngoing: boolean;
}

export type RangeList = 'changed' | 'repaired';

/**
 * Those of a batch by instrument (index in records), so that a bucket is made once however many
 * ranges touch it.
 */
export class RebuildRanges {
  readonly #due = new Map<number, Record<RangeList, TimeRange[]> & { isOngoing: true }>();

  add(instrument: number, list: RangeList, range: TimeRange): void {
    let due = this.#due.get(instrument);
    if (due === undefined) {
      due = { changed: [], repaired: [], isOngoing: true };
      this.#due.set(instrument, due);
    }
    due[list].push(range);
  }

  [Symbol.iterator](): IterableIterator<[instrument: number, due: DueRanges]> {
    return this.#due.entries();
  }
}
