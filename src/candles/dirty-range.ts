/**
 * Per instrument the venue times whose candles the store must make again. A late trade of a minute
 * ago and one of now are two ranges: what lies between them is as it was.
 */

/** Both ends inside. */
export interface DirtyRange {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Ranges this close are one: they are of the same buckets, or nearly. */
const NEAR_US = 1_000_000;
/** Ranges of one instrument; beyond that the two nearest become one. */
const RANGE_COUNT_MAX = 32;

export class DirtyRanges {
  /** By instrument; ascending and apart. */
  readonly #ranges: DirtyRange[][];
  #count = 0;

  constructor(instrumentCount: number) {
    this.#ranges = Array.from({ length: instrumentCount }, () => []);
  }

  /** Instruments that have a range. */
  get count(): number {
    return this.#count;
  }

  /** Joins fromUs..toUs, both inclusive, with the instrument's ranges. */
  add(instrument: number, fromUs: number, toUs: number): void {
    const ranges = this.#ranges[instrument] as DirtyRange[];
    if (ranges.length === 0) this.#count += 1;
    let at = 0;
    while (at < ranges.length && (ranges[at] as DirtyRange).toUs + NEAR_US < fromUs) at += 1;
    let end = at;
    let joined: DirtyRange = { fromUs, toUs };
    while (end < ranges.length && (ranges[end] as DirtyRange).fromUs - NEAR_US <= toUs) {
      joined = union(joined, ranges[end] as DirtyRange);
      end += 1;
    }
    ranges.splice(at, end - at, joined);
    if (ranges.length > RANGE_COUNT_MAX) joinNearest(ranges);
  }

  /** The oldest range of the instrument. */
  first(instrument: number): DirtyRange | undefined {
    return this.#ranges[instrument]?.[0];
  }

  /** Forgets what `first` gave. */
  dropFirst(instrument: number): void {
    const ranges = this.#ranges[instrument] as DirtyRange[];
    if (ranges.shift() !== undefined && ranges.length === 0) this.#count -= 1;
  }
}

function union(a: DirtyRange, b: DirtyRange): DirtyRange {
  return { fromUs: Math.min(a.fromUs, b.fromUs), toUs: Math.max(a.toUs, b.toUs) };
}

function joinNearest(ranges: DirtyRange[]): void {
  const gapBefore = (i: number) => {
    return (ranges[i] as DirtyRange).fromUs - (ranges[i - 1] as DirtyRange).toUs;
  };
  let nearest = 1;
  for (let i = 2; i < ranges.length; i += 1) {
    if (gapBefore(i) < gapBefore(nearest)) nearest = i;
  }
  const [a, b] = [ranges[nearest - 1] as DirtyRange, ranges[nearest] as DirtyRange];
  ranges.splice(nearest - 1, 2, union(a, b));
}
