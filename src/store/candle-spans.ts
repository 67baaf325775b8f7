/** Which closed buckets are made again where trades came late or gaps were repaired. */
import { US_PER_SECOND } from '../base/clock.ts';
import { bucketEndUs, bucketOpenUs, type Timeframe } from '../model/timeframe.ts';
import type { CandleAccess } from './candle-access.ts';
import { type CandleSources, roughLengthUs } from './candle-sources.ts';
import { type DueRanges, mergeRanges, type TimeRange } from './time-range.ts';

/** Ranges up to this long are taken as they are. */
const LONG_US = 3_600 * US_PER_SECOND;

export class CandleSpans {
  readonly #access: CandleAccess;
  readonly #sources: CandleSources;
  readonly #nowUs: number;

  constructor(access: CandleAccess, sources: CandleSources, nowUs: number) {
    this.#access = access;
    this.#sources = sources;
    this.#nowUs = nowUs;
  }

  /** Spans of whole closed buckets that what is due overlaps, by timeframe, finest first. */
  async of({ changed, repaired }: DueRanges): Promise<Map<Timeframe, readonly TimeRange[]>> {
    const late = await this.#known(changed);
    const filled = await this.#known(repaired);
    const gaps = filled.length === 0 ? [] : await this.#access.openGaps();
    const spans = new Map<Timeframe, readonly TimeRange[]>();
    for (const timeframe of this.#sources.timeframes) {
      const settled = await this.#bucketsOf(timeframe, filled);
      const touched = await this.#bucketsOf(timeframe, late);
      const beside = settled.flatMap((span) => bucketsBeside(gaps, timeframe, span));
      spans.set(timeframe, mergeRanges([...touched, ...beside]));
    }
    return spans;
  }

  async #known(ranges: readonly TimeRange[]): Promise<readonly TimeRange[]> {
    const known: TimeRange[] = [];
    for (const range of mergeRanges(ranges)) {
      const clipped = await this.#clipped(range);
      if (clipped !== undefined) known.push(clipped);
    }
    return known;
  }

  /** Closed buckets of `ranges`, where all they are made of is there still. */
  async #bucketsOf(
    timeframe: Timeframe,
    ranges: readonly TimeRange[],
  ): Promise<readonly TimeRange[]> {
    const spans: TimeRange[] = [];
    for (const range of ranges) {
      const fromUs = await this.#wholeFromUs(timeframe, bucketOpenUs(timeframe, range.fromUs));
      const toUs = this.#closedEndUs(timeframe, range.toUs);
      if (fromUs < toUs) spans.push({ fromUs, toUs });
    }
    return mergeRanges(spans);
  }

  /** A long range ends where rows do: nobody knows how far a gap's neighbours are. */
  async #clipped({ fromUs, toUs }: TimeRange): Promise<TimeRange | undefined> {
    const coarsest = this.#sources.timeframes.at(-1);
    if (coarsest === undefined) return undefined;
    if (toUs - fromUs <= LONG_US) return { fromUs, toUs };
    const marginUs = 2 * roughLengthUs(coarsest);
    const span = await this.#access.span(Math.max(0, fromUs - marginUs), toUs + marginUs);
    if (span === undefined) return undefined;
    const [firstUs, lastUs] = span;
    const within = (us: number) => Math.min(Math.max(us, firstUs), lastUs);
    return { fromUs: within(fromUs), toUs: within(toUs) };
  }

  /** The first bucket from `openUs` on that is made from rows which are all there still. */
  async #wholeFromUs(timeframe: Timeframe, openUs: number): Promise<number> {
    const prunedUs = await this.#sources.prunedBeforeUs(timeframe);
    if (openUs >= prunedUs) return openUs;
    const straddlingUs = bucketOpenUs(timeframe, prunedUs);
    return straddlingUs < prunedUs ? bucketEndUs(timeframe, straddlingUs) : straddlingUs;
  }

  /** End of the last closed bucket that begins at or before `lastUs`. */
  #closedEndUs(timeframe: Timeframe, lastUs: number): number {
    const endUs = bucketEndUs(timeframe, bucketOpenUs(timeframe, lastUs));
    return endUs <= this.#nowUs ? endUs : bucketOpenUs(timeframe, this.#nowUs);
  }
}

/** Buckets of `span` that no gap touches. An end that nobody knows touches none. */
function bucketsBeside(
  gaps: readonly TimeRange[],
  timeframe: Timeframe,
  span: TimeRange,
): readonly TimeRange[] {
  const near = gaps.filter((gap) => gap.fromUs < span.toUs && gap.toUs >= span.fromUs);
  if (near.length === 0) return [span];
  const buckets: TimeRange[] = [];
  for (let fromUs = span.fromUs; fromUs < span.toUs; fromUs = bucketEndUs(timeframe, fromUs)) {
    const toUs = bucketEndUs(timeframe, fromUs);
    const isTouched = near.some((gap) => gap.fromUs < toUs && gap.toUs >= fromUs);
    if (!isTouched) buckets.push({ fromUs, toUs });
  }
  return buckets;
}
