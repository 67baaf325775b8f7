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
import type { CandleState } from '../model/record-layout.ts';
import { bucketEndUs, bucketOpenUs, type Timeframe } from '../model/timeframe.ts';
import type { CandleAccess, TradeTuple } from './candle-access.ts';
import { BucketFold, CandleFold, type CandleSums } from './candle-fold.ts';
import { CandleSources, isShort, roughLengthUs } from './candle-sources.ts';
import { CandleSpans } from './candle-spans.ts';
import type { CandleSeed } from './contract.ts';
import { TRADE_PAGE_COUNT } from './stored-rows.ts';
import type { DueRanges, TimeRange } from './time-range.ts';

const SAVE_COUNT = 4_096;
/** Finer candles read at once, where one bucket has not more. */
const FINE_COUNT = 4_096;

export class CandleRebuild {
  readonly #access: CandleAccess;
  readonly #sources: CandleSources;
  readonly #nowUs: number;
  /** What `run` has made already: where such a candle is missing there are no trades. */
  readonly #made = new Map<Timeframe, readonly TimeRange[]>();
  #changed = 0;
  #isOngoing = false;

  constructor(access: CandleAccess, timeframes: readonly Timeframe[], nowUs: number) {
    this.#access = access;
    this.#sources = new CandleSources(access, timeframes);
    this.#nowUs = nowUs;
  }

  /** Rebuilds the closed buckets that what is due overlaps; returns rows changed. */
  async run(ranges: DueRanges): Promise<number> {
    this.#changed = 0;
    this.#made.clear();
    this.#isOngoing = ranges.isOngoing;
    const due = await new CandleSpans(this.#access, this.#sources, this.#nowUs).of(ranges);
    for (const [timeframe, spans] of due) {
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

  /** Closed candles up to now, then the rest of the span from what is finer still. */
  async #foldSpan(
    timeframe: Timeframe,
    fromUs: number,
    toUs: number,
    fold: CandleFold,
  ): Promise<void> {
    const source = await this.#sources.at(timeframe, fromUs);
    if (source === undefined) return this.#eachTrade(fromUs, toUs, (trade) => add(fold, trade));
    const middleUs = Math.max(fromUs, bucketOpenUs(source, this.#nowUs));
    for (const fine of await this.#fineCandles(source, fromUs, middleUs)) fold.addCandle(fine);
    await this.#foldSpan(source, middleUs, toUs, fold);
  }

  /** Makes the buckets of `spans`, which begin and end with buckets. */
  async #make(timeframe: Timeframe, spans: readonly TimeRange[]): Promise<void> {
    const done: CandleSums[] = [];
    for (const { fromUs, toUs } of spans) {
      const source = await this.#sources.at(timeframe, fromUs);
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
}

function add(fold: CandleFold, [, price, size, flags, id, recvUs]: TradeTuple): void {
  const tradeId = typeof id === 'number' ? id : Number.NaN;
  fold.addTrade(price, size, (flags & 1) !== 0, tradeId, recvUs);
}
