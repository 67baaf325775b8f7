/**
 * Makes closed candles again from stored trades, and the seeds of open ones. Databases differ only
 * behind `CandleAccess`.
 *
 * Timeframes of an hour and more are made from the coarsest finer one that nests in them, so that a
 * day costs 24 rows and not a day of trades. A finer candle that is missing where trades are is
 * made first, so the shortcut never loses any. Shorter timeframes share one pass over the trades.
 *
 * A bucket whose trades, or finer candles, retention may have deleted keeps the row it has.
 *
 * Memory is bounded: trades come in pages, finished candles are saved after each page.
 */
import { US_PER_SECOND } from '../base/clock.ts';
import type { CandleState } from '../model/record-layout.ts';
import { bucketEndUs, bucketOpenUs, nests, type Timeframe } from '../model/timeframe.ts';
import type { CandleEvidence } from './candle-evidence.ts';
import { CandleFold, type CandleSums } from './candle-fold.ts';
import type { CandleSeed } from './contract.ts';

/** ts_us, price, size, flags, trade id, recv_us. */
export type TradeTuple = readonly [number, number, number, number, number | string, number];

export interface RebuiltCandle {
  readonly sums: CandleSums;
  readonly state: CandleState;
}

type Answer<T> = T | Promise<T>;

/** One instrument's rows. Ranges are fromUs ≤ t < toUs; all lists ascend by time. */
export interface CandleAccess {
  /** Trades behind `after` (or from `fromUs`), by (ts_us, trade_id); empty at the end. */
  tradePage(fromUs: number, toUs: number, after?: TradeTuple): Answer<readonly TradeTuple[]>;
  hasTrades(fromUs: number, toUs: number): Answer<boolean>;
  /** Times of the first and last trade or candle, undefined when there is none. */
  span(fromUs: number, toUs: number): Answer<readonly [number, number] | undefined>;
  closedCandles(timeframe: Timeframe, fromUs: number, toUs: number): Answer<readonly CandleSums[]>;
  evidence(fromUs: number, toUs: number): Answer<CandleEvidence>;
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

/** One timeframe on its way through the trades of fromUs..toUs (bucket edges). */
interface Track {
  readonly timeframe: Timeframe;
  readonly fromUs: number;
  readonly toUs: number;
  readonly fold: CandleFold;
  readonly done: CandleSums[];
  openUs: number;
  endUs: number;
}

export class CandleRebuild {
  readonly #access: CandleAccess;
  readonly #timeframes: readonly Timeframe[];
  readonly #nowUs: number;
  #changed = 0;

  constructor(access: CandleAccess, timeframes: readonly Timeframe[], nowUs: number) {
    this.#access = access;
    this.#timeframes = [...timeframes].sort((a, b) => roughLengthUs(a) - roughLengthUs(b));
    this.#nowUs = nowUs;
  }

  /** Rebuilds every closed bucket that overlaps fromUs..toUs (inclusive); returns rows changed. */
  async run(fromUs: number, toUs: number): Promise<number> {
    this.#changed = 0;
    const coarsest = this.#timeframes.at(-1);
    if (coarsest === undefined) return 0;
    const marginUs = 2 * roughLengthUs(coarsest);
    const span = await this.#access.span(Math.max(0, fromUs - marginUs), toUs + marginUs);
    if (span === undefined) return 0;
    const firstUs = Math.min(Math.max(fromUs, span[0]), span[1]);
    const lastUs = Math.min(Math.max(toUs, span[0]), span[1]);
    const direct: Track[] = [];
    const derived: [Timeframe, number, number][] = [];
    for (const timeframe of this.#timeframes) {
      const startUs = await this.#wholeFromUs(timeframe, bucketOpenUs(timeframe, firstUs));
      const endUs = this.#closedEndUs(timeframe, lastUs);
      if (startUs >= endUs) continue;
      if (this.#sourceOf(timeframe) !== undefined) derived.push([timeframe, startUs, endUs]);
      else direct.push(createTrack(timeframe, startUs, endUs));
    }
    await this.#runTracks(direct);
    for (const [timeframe, startUs, endUs] of derived) {
      await this.#buildDerived(timeframe, startUs, endUs);
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

  /** The first bucket from `openUs` on that is made from rows which are all there still. */
  async #wholeFromUs(timeframe: Timeframe, openUs: number): Promise<number> {
    const prunedUs = await this.#access.prunedBeforeUs(this.#sourceOf(timeframe));
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
    const source = this.#sourceOf(timeframe);
    if (source === undefined) {
      await this.#eachTrade(fromUs, toUs, ([, price, size, flags, id, recvUs]) =>
        fold.addTrade(price, size, (flags & 1) !== 0, numericId(id), recvUs),
      );
      return;
    }
    const middleUs = Math.max(fromUs, bucketOpenUs(source, this.#nowUs));
    for (const fine of await this.#fineCandles(source, fromUs, middleUs)) fold.addCandle(fine);
    await this.#foldSpan(source, middleUs, toUs, fold);
  }

  async #buildDerived(timeframe: Timeframe, fromUs: number, toUs: number): Promise<void> {
    const source = this.#sourceOf(timeframe);
    if (source === undefined) return this.#runTracks([createTrack(timeframe, fromUs, toUs)]);
    const fold = new CandleFold();
    let done: CandleSums[] = [];
    for (let openUs = fromUs; openUs < toUs; openUs = bucketEndUs(timeframe, openUs)) {
      const endUs = bucketEndUs(timeframe, openUs);
      for (const fine of await this.#fineCandles(source, openUs, endUs)) fold.addCandle(fine);
      if (fold.tradeCount > 0) done.push(fold.take(openUs));
      if (done.length < SAVE_COUNT) continue;
      await this.#save(timeframe, done);
      done = [];
    }
    await this.#save(timeframe, done);
  }

  /**
   * All closed candles of `fine` in the range; those missing although there are trades are made.
   */
  async #fineCandles(
    fine: Timeframe,
    fromUs: number,
    toUs: number,
  ): Promise<readonly CandleSums[]> {
    const rows = await this.#access.closedCandles(fine, fromUs, toUs);
    let nextUs = fromUs;
    let wasMade = false;
    for (let i = 0; i <= rows.length; i += 1) {
      const openUs = rows[i]?.openUs ?? toUs;
      if (openUs > nextUs && (await this.#access.hasTrades(nextUs, openUs))) {
        await this.#buildDerived(fine, nextUs, openUs);
        wasMade = true;
      }
      if (i < rows.length) nextUs = bucketEndUs(fine, openUs);
    }
    return wasMade ? this.#access.closedCandles(fine, fromUs, toUs) : rows;
  }

  async #runTracks(tracks: readonly Track[]): Promise<void> {
    if (tracks.length === 0) return;
    const fromUs = Math.min(...tracks.map((track) => track.fromUs));
    const toUs = Math.max(...tracks.map((track) => track.toUs));
    const onTrade = (trade: TradeTuple) => {
      for (const track of tracks) addToTrack(track, trade);
    };
    await this.#eachTrade(fromUs, toUs, onTrade, async () => {
      for (const track of tracks) {
        if (track.done.length < SAVE_COUNT) continue;
        await this.#save(track.timeframe, track.done.splice(0));
      }
    });
    for (const track of tracks) {
      if (track.fold.tradeCount > 0) track.done.push(track.fold.take(track.openUs));
      await this.#save(track.timeframe, track.done);
    }
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
      after = page.at(-1);
      if (after === undefined) return;
      await onPage?.();
    }
  }

  async #save(timeframe: Timeframe, done: readonly CandleSums[]): Promise<void> {
    const first = done[0];
    const last = done.at(-1);
    if (first === undefined || last === undefined) return;
    const endUs = bucketEndUs(timeframe, last.openUs);
    const evidence = await this.#access.evidence(first.openUs, endUs);
    const candles = done.map((sums) => ({
      sums,
      state: evidence.stateOf(sums.openUs, bucketEndUs(timeframe, sums.openUs)),
    }));
    this.#changed += await this.#access.save(timeframe, candles);
  }

  /** End of the last closed bucket that begins at or before `lastUs`. */
  #closedEndUs(timeframe: Timeframe, lastUs: number): number {
    const endUs = bucketEndUs(timeframe, bucketOpenUs(timeframe, lastUs));
    return endUs <= this.#nowUs ? endUs : bucketOpenUs(timeframe, this.#nowUs);
  }

  /** The timeframe to make `timeframe` from; undefined: from trades. */
  #sourceOf(timeframe: Timeframe): Timeframe | undefined {
    const lengthUs = roughLengthUs(timeframe);
    if (lengthUs < HOUR_US) return undefined;
    return this.#timeframes.findLast(
      (fine) => roughLengthUs(fine) < lengthUs && nests(fine, timeframe),
    );
  }
}

/** For ordering only: months vary. */
export function roughLengthUs(timeframe: Timeframe): number {
  return timeframe.unit === 'M' ? timeframe.count * MONTH_US : timeframe.lengthUs;
}

function createTrack(timeframe: Timeframe, fromUs: number, toUs: number): Track {
  const fold = new CandleFold();
  return { timeframe, fromUs, toUs, fold, done: [], openUs: Number.NaN, endUs: fromUs };
}

function addToTrack(track: Track, trade: TradeTuple): void {
  const [tsUs, price, size, flags, id, recvUs] = trade;
  if (tsUs < track.fromUs || tsUs >= track.toUs) return;
  if (tsUs >= track.endUs) {
    if (track.fold.tradeCount > 0) track.done.push(track.fold.take(track.openUs));
    track.openUs = bucketOpenUs(track.timeframe, tsUs);
    track.endUs = bucketEndUs(track.timeframe, track.openUs);
  }
  track.fold.addTrade(price, size, (flags & 1) !== 0, numericId(id), recvUs);
}

function numericId(id: number | string): number {
  return typeof id === 'number' ? id : Number.NaN;
}
