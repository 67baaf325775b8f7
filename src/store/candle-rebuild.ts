/**
 * Makes closed candles again from stored trades, and the seeds of open ones. Databases differ only
 * behind `CandleAccess`.
 *
 * Trades are read once, for the finest timeframe, and only those of the buckets asked for. Each
 * coarser timeframe is made from the coarsest finer one that nests in it, so that a minute costs 60
 * rows and a day 24, however many trades there were. A finer candle that is missing where trades
 * are is made first, and a candle that would have fewer trades than its row has does not replace
 * it, so the shortcut never loses any.
 *
 * A bucket whose trades, or finer candles, retention may have deleted keeps the row it has.
 *
 * Memory is bounded: trades and finer candles come in pages, finished candles are saved after each.
 */
import { US_PER_SECOND } from '../base/clock.ts';
import type { CandleState } from '../model/record-layout.ts';
import { bucketEndUs, bucketOpenUs, nests, type Timeframe } from '../model/timeframe.ts';
import { BucketFold, CandleFold, type CandleSums } from './candle-fold.ts';
import type { CandleSeed } from './contract.ts';
import { TRADE_PAGE_COUNT } from './stored-rows.ts';
import { type DueRanges, mergeRanges, type TimeRange } from './time-range.ts';

/** ts_us, price, size, flags, trade id, recv_us. */
export type TradeTuple = readonly [number, number, number, number, number | string, number];

export interface RebuiltCandle {
  readonly sums: CandleSums;
  readonly state: CandleState;
}

type Answer<T> = T | Promise<T>;

/** One instrument's rows. Ranges are fromUs ≤ t < toUs; all lists ascend by time. */
export interface CandleAccess {
  /** Trades behind `after` (or from `fromUs`), by (ts_us, trade_id); see `TRADE_PAGE_COUNT`. */
  tradePage(fromUs: number, toUs: number, after?: TradeTuple): Answer<readonly TradeTuple[]>;
  hasTrades(fromUs: number, toUs: number): Answer<boolean>;
  /** Times of the first and last trade or candle, undefined when there is none. */
  span(fromUs: number, toUs: number): Answer<readonly [number, number] | undefined>;
  closedCandles(timeframe: Timeframe, fromUs: number, toUs: number): Answer<readonly CandleSums[]>;
  /** Trade gaps that are open, with the times of their neighbours; NaN where nobody knows. */
  openGaps(): Answer<readonly TimeRange[]>;
  /** What the ledger and coverage say of each bucket. */
  states(buckets: readonly TimeRange[]): Answer<readonly CandleState[]>;
  /**
   * Trades, or candles of the timeframe, before this time may have been deleted by retention; 0:
   * never.
   */
  prunedBeforeUs(timeframe?: Timeframe): Answer<number>;
  /** Writes closed candles past the guard of `mergeCandle`; returns how many rows changed. */
  save(timeframe: Timeframe, candles: readonly RebuiltCandle[]): Answer<number>;
}

const HOUR_US = 3_600 * US_PER_SECOND;
const MONTH_US = 30 * 24 * HOUR_US;
const SAVE_COUNT = 4_096;
/** Finer candles read at once, where one bucket has not more. */
const FINE_COUNT = 4_096;

export class CandleRebuild {
  readonly #access: CandleAccess;
  readonly #timeframes: readonly Timeframe[];
  readonly #nowUs: number;
  /** What `run` has made already: where such a candle is missing there are no trades. */
  readonly #made = new Map<Timeframe, readonly TimeRange[]>();
  #changed = 0;
  #isOngoing = false;

  constructor(access: CandleAccess, timeframes: readonly Timeframe[], nowUs: number) {
    this.#access = access;
    this.#timeframes = [...timeframes].sort((a, b) => roughLengthUs(a) - roughLengthUs(b));
    this.#nowUs = nowUs;
  }

  /** Rebuilds the closed buckets that what is due overlaps; returns rows changed. */
  async run(due: DueRanges): Promise<number> {
    this.#changed = 0;
    this.#made.clear();
    this.#isOngoing = due.isOngoing;
    const changed = await this.#known(due.changed);
    const repaired = await this.#known(due.repaired);
    const gaps = repaired.length === 0 ? [] : await this.#access.openGaps();
    for (const timeframe of this.#timeframes) {
      const settled = await this.#bucketsOf(timeframe, repaired);
      const spans = mergeRanges([
        ...(await this.#bucketsOf(timeframe, changed)),
        ...settled.flatMap((span) => bucketsBeside(gaps, timeframe, span)),
      ]);
      await this.#make(timeframe, spans);
      this.#made.set(timeframe, spans);
    }
    return this.#changed;
  }

  /** The open bucket of each timeframe at `nowUs`, where it has trades. `order`: as configured. */
  async seeds(instrument: number, order: readonly Timeframe[]): Promise<CandleSeed[]> {
    const seeds: CandleSeed[] = [];
    for (const [index, timeframe] of order.entries()) {
      const openUs = bucketOpenUs(timeframe, this.#nowUs);
      const fold = new CandleFold();
      await this.#foldSpan(timeframe, openUs, bucketEndUs(timeframe, openUs), fold);
      if (fold.tradeCount === 0) continue;
      const { recvUs: _, ...sums } = fold.take(openUs);
      seeds.push({ instrument, timeframe: index, ...sums });
    }
    return seeds;
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
    const coarsest = this.#timeframes.at(-1);
    if (coarsest === undefined) return undefined;
    if (toUs - fromUs <= HOUR_US) return { fromUs, toUs };
    const marginUs = 2 * roughLengthUs(coarsest);
    const span = await this.#access.span(Math.max(0, fromUs - marginUs), toUs + marginUs);
    if (span === undefined) return undefined;
    const [firstUs, lastUs] = span;
    const within = (us: number) => Math.min(Math.max(us, firstUs), lastUs);
    return { fromUs: within(fromUs), toUs: within(toUs) };
  }

  /** The first bucket from `openUs` on that is made from rows which are all there still. */
  async #wholeFromUs(timeframe: Timeframe, openUs: number): Promise<number> {
    const source = isShort(timeframe) ? undefined : this.#finerThan(timeframe);
    const prunedUs = await this.#access.prunedBeforeUs(source);
    if (openUs >= prunedUs) return openUs;
    const straddlingUs = bucketOpenUs(timeframe, prunedUs);
    return straddlingUs < prunedUs ? bucketEndUs(timeframe, straddlingUs) : straddlingUs;
  }

  /** Closed candles up to now, then the rest of the span from what is finer still. */
  async #foldSpan(
    timeframe: Timeframe,
    fromUs: number,
    toUs: number,
    fold: CandleFold,
  ): Promise<void> {
    const source = await this.#sourceOf(timeframe, fromUs);
    if (source === undefined) return this.#eachTrade(fromUs, toUs, (trade) => add(fold, trade));
    const middleUs = Math.max(fromUs, bucketOpenUs(source, this.#nowUs));
    for (const fine of await this.#fineCandles(source, fromUs, middleUs)) fold.addCandle(fine);
    await this.#foldSpan(source, middleUs, toUs, fold);
  }

  /** Makes the buckets of `spans`, which begin and end with buckets. */
  async #make(timeframe: Timeframe, spans: readonly TimeRange[]): Promise<void> {
    const done: CandleSums[] = [];
    for (const { fromUs, toUs } of spans) {
      const source = await this.#sourceOf(timeframe, fromUs);
      if (source === undefined) await this.#fromTrades(timeframe, fromUs, toUs, done);
      else await this.#fromCandles(timeframe, source, fromUs, toUs, done);
    }
    await this.#save(timeframe, done);
  }

  async #fromTrades(
    timeframe: Timeframe,
    fromUs: number,
    toUs: number,
    done: CandleSums[],
  ): Promise<void> {
    const buckets = new BucketFold(timeframe, done);
    const onTrade = (trade: TradeTuple) => add(buckets.bucket(trade[0]), trade);
    await this.#eachTrade(fromUs, toUs, onTrade, () => this.#saveMany(timeframe, done));
    buckets.finish();
  }

  async #fromCandles(
    timeframe: Timeframe,
    source: Timeframe,
    fromUs: number,
    toUs: number,
    done: CandleSums[],
  ): Promise<void> {
    const pageUs = FINE_COUNT * roughLengthUs(source);
    for (let openUs = fromUs; openUs < toUs; ) {
      let endUs = bucketEndUs(timeframe, openUs);
      while (endUs < toUs && endUs - openUs < pageUs) endUs = bucketEndUs(timeframe, endUs);
      const made: CandleSums[] = [];
      const buckets = new BucketFold(timeframe, made);
      for (const fine of await this.#fineCandles(source, openUs, endUs)) {
        buckets.bucket(fine.openUs).addCandle(fine);
      }
      buckets.finish();
      if (isShort(timeframe)) await this.#takeWhole(timeframe, openUs, endUs, made, done);
      else done.push(...made);
      await this.#saveMany(timeframe, done);
      openUs = endUs;
    }
  }

  /**
   * Adds `made` to `done`, but not where a row says that there are more trades: a finer candle has
   * not been told of a late one yet. While more is to follow the row stays until that comes; else
   * the candle is made from trades.
   */
  async #takeWhole(
    timeframe: Timeframe,
    fromUs: number,
    toUs: number,
    made: readonly CandleSums[],
    done: CandleSums[],
  ): Promise<void> {
    const rows = await this.#access.closedCandles(timeframe, fromUs, toUs);
    const stored = new Map(rows.map(({ openUs, tradeCount }) => [openUs, tradeCount]));
    for (const candle of made) {
      const { openUs, tradeCount } = candle;
      if (tradeCount >= (stored.get(openUs) ?? 0)) done.push(candle);
      else if (!this.#isOngoing) {
        await this.#fromTrades(timeframe, openUs, bucketEndUs(timeframe, openUs), done);
      }
    }
  }

  /**
   * All closed candles of `fine` in the range; those missing although there are trades are made.
   */
  async #fineCandles(
    fine: Timeframe,
    fromUs: number,
    toUs: number,
  ): Promise<readonly CandleSums[]> {
    if (fromUs >= toUs) return [];
    const rows = await this.#access.closedCandles(fine, fromUs, toUs);
    const missing: TimeRange[] = [];
    let nextUs = fromUs;
    for (let i = 0; i <= rows.length; i += 1) {
      const openUs = rows[i]?.openUs ?? toUs;
      const hole = { fromUs: nextUs, toUs: openUs };
      const isProven = openUs <= nextUs || this.#isMade(fine, hole);
      if (!isProven && (await this.#access.hasTrades(nextUs, openUs))) missing.push(hole);
      if (i < rows.length) nextUs = bucketEndUs(fine, openUs);
    }
    if (missing.length === 0) return rows;
    await this.#make(fine, missing);
    return this.#access.closedCandles(fine, fromUs, toUs);
  }

  #isMade(timeframe: Timeframe, { fromUs, toUs }: TimeRange): boolean {
    const made = this.#made.get(timeframe) ?? [];
    return made.some((span) => span.fromUs <= fromUs && span.toUs >= toUs);
  }

  async #eachTrade(
    fromUs: number,
    toUs: number,
    visit: (trade: TradeTuple) => void,
    onPage?: () => Promise<void>,
  ): Promise<void> {
    if (fromUs >= toUs) return;
    let after: TradeTuple | undefined;
    for (;;) {
      const page: readonly TradeTuple[] = await this.#access.tradePage(fromUs, toUs, after);
      for (const trade of page) visit(trade);
      if (page.length < TRADE_PAGE_COUNT) return;
      after = page.at(-1);
      await onPage?.();
    }
  }

  async #saveMany(timeframe: Timeframe, done: CandleSums[]): Promise<void> {
    if (done.length >= SAVE_COUNT) await this.#save(timeframe, done.splice(0));
  }

  async #save(timeframe: Timeframe, done: readonly CandleSums[]): Promise<void> {
    if (done.length === 0) return;
    const buckets = done.map(({ openUs }) => {
      return { fromUs: openUs, toUs: bucketEndUs(timeframe, openUs) };
    });
    const states = await this.#access.states(buckets);
    const candles = done.map((sums, i) => ({ sums, state: states[i] as CandleState }));
    this.#changed += await this.#access.save(timeframe, candles);
  }

  /** End of the last closed bucket that begins at or before `lastUs`. */
  #closedEndUs(timeframe: Timeframe, lastUs: number): number {
    const endUs = bucketEndUs(timeframe, bucketOpenUs(timeframe, lastUs));
    return endUs <= this.#nowUs ? endUs : bucketOpenUs(timeframe, this.#nowUs);
  }

  /** The timeframe to make `timeframe` from, as far back as `fromUs`; undefined: from trades. */
  async #sourceOf(timeframe: Timeframe, fromUs: number): Promise<Timeframe | undefined> {
    const source = this.#finerThan(timeframe);
    if (source === undefined || !isShort(timeframe)) return source;
    return fromUs < (await this.#access.prunedBeforeUs(source)) ? undefined : source;
  }

  #finerThan(timeframe: Timeframe): Timeframe | undefined {
    const lengthUs = roughLengthUs(timeframe);
    return this.#timeframes.findLast(
      (fine) => roughLengthUs(fine) < lengthUs && nests(fine, timeframe),
    );
  }
}

/** For ordering only: months vary. */
export function roughLengthUs(timeframe: Timeframe): number {
  return timeframe.unit === 'M' ? timeframe.count * MONTH_US : timeframe.lengthUs;
}

/** Its trades can be read again where finer candles do not do. */
function isShort(timeframe: Timeframe): boolean {
  return roughLengthUs(timeframe) < HOUR_US;
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

function add(fold: CandleFold, [, price, size, flags, id, recvUs]: TradeTuple): void {
  const tradeId = typeof id === 'number' ? id : Number.NaN;
  fold.addTrade(price, size, (flags & 1) !== 0, tradeId, recvUs);
}
