/**
 * Candles of every (instrument × timeframe) from records alone: no clock, no I/O, no allocation a
 * trade. The aggregator feeds it; replays and tests feed it the same records and get the same
 * candles.
 *
 * A trade that lies in the current bucket of every timeframe, as almost all do, is added to one row
 * only: the instrument's run, whose bounds are those buckets' intersection. The run merges into the
 * buckets when a trade leaves it or someone looks. So a trade costs one compare and one row,
 * however many timeframes there are and whether they nest (37m) or not.
 *
 * Invariant: a trade is added to a timeframe or lies in one of the instrument's dirty ranges, never
 * neither. What is emitted of an instrument follows from its feed's records alone, in their order.
 */
import type { Timeframe } from '../model/timeframe.ts';
import { addTrade, clearTrades, mergeRow, ROW_SLOTS, Row } from './bucket-row.ts';
import { CandleEmitter } from './candle-emitter.ts';
import type { CandleOutput, CandleValues, SeedValues } from './candle-output.ts';
import { CandleWindow, Mark } from './candle-window.ts';
import { DirtyRanges } from './dirty-range.ts';
import { TradeCoverage } from './trade-coverage.ts';
import { VenueClock } from './venue-clock.ts';

const DEFAULT_GRACE_US = 250_000;
const DEFAULT_OPEN_INTERVAL_US = 1_000_000;

/** Bits of `#touched`. */
const TOUCHED_OPEN = 1;
const TOUCHED_CLOSED = 2;

export interface BuilderOptions {
  /** Feed of each instrument, by index: whose clock its venue time is told by. */
  readonly feeds: readonly number[];
  readonly timeframes: readonly Timeframe[];
  readonly output: CandleOutput;
  /** Open buckets as the store holds them. A timeframe without one starts with a live trade. */
  readonly seeds?: readonly SeedValues[];
  /** Wait after a bucket's end on the venue's clock, µs; default 250 ms. */
  readonly graceUs?: number;
  /** Least time between two emissions of an open candle, µs; default 1 s. */
  readonly openIntervalUs?: number;
}

export class CandleBuilder {
  /** Spans that the store must make candles of again; the owner takes and clears them. */
  readonly dirty: DirtyRanges;
  readonly #window: CandleWindow;
  readonly #coverage: TradeCoverage;
  readonly #emitter: CandleEmitter;
  readonly #clock: VenueClock;
  readonly #feeds: Int32Array;
  /** Instruments of each feed. */
  readonly #members: readonly (readonly number[])[];
  readonly #timeframeCount: number;
  readonly #graceUs: number;
  readonly #openIntervalUs: number;
  /** A row an instrument; its bucket is where the run takes trades, NaN while there is none. */
  readonly #runs: Float64Array;
  /** Earliest bucket end that time may close, by instrument. */
  readonly #dueUs: Float64Array;
  /** Tick that last emitted open candles, by instrument. */
  readonly #openSaidUs: Float64Array;
  readonly #touched: Uint8Array;
  /** Last trade before a stream began anew that was not known to have ended; NaN otherwise. */
  readonly #joinUs: Float64Array;
  /** Newest trade that came before a timeframe started and went to a dirty range; -∞: none. */
  readonly #strayUs: Float64Array;
  #finishedCount = 0;

  constructor(options: BuilderOptions) {
    const { feeds, timeframes, seeds = [] } = options;
    const count = feeds.length;
    const feedCount = feeds.reduce((most, feed) => Math.max(most, feed + 1), 0);
    this.#feeds = Int32Array.from(feeds);
    this.#members = Array.from({ length: feedCount }, (_, feed) =>
      feeds.flatMap((of, instrument) => (of === feed ? [instrument] : [])),
    );
    this.#timeframeCount = timeframes.length;
    this.#graceUs = options.graceUs ?? DEFAULT_GRACE_US;
    this.#openIntervalUs = options.openIntervalUs ?? DEFAULT_OPEN_INTERVAL_US;
    this.dirty = new DirtyRanges(count);
    this.#window = new CandleWindow(count, timeframes);
    this.#coverage = new TradeCoverage(count);
    this.#clock = new VenueClock(feedCount);
    this.#emitter = new CandleEmitter(this.#window, this.#coverage, this.dirty, options.output);
    this.#runs = new Float64Array(count * ROW_SLOTS);
    for (let i = 0; i < count; i += 1) {
      clearTrades(this.#runs, i * ROW_SLOTS);
      this.#endRun(i);
    }
    this.#dueUs = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    this.#openSaidUs = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    this.#touched = new Uint8Array(count);
    this.#joinUs = new Float64Array(count).fill(Number.NaN);
    this.#strayUs = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    for (const seed of seeds) this.#window.plant(seed);
  }

  /** Takes one trade, each once. `tradeId` is NaN where ids are texts; times in µs. */
  onTrade(
    instrument: number,
    tsUs: number,
    recvUs: number,
    price: number,
    size: number,
    tradeId: number,
    isSell: boolean,
    isRefill: boolean,
  ): void {
    if (!isRefill) this.#clock.observe(this.#feeds[instrument] as number, recvUs - tsUs);
    const runs = this.#runs;
    const at = instrument * ROW_SLOTS;
    const isInRun =
      tsUs >= (runs[at + Row.openUs] as number) && tsUs < (runs[at + Row.endUs] as number);
    if (!isInRun && !this.#startRun(instrument, tsUs, isRefill)) {
      for (let t = 0; t < this.#timeframeCount; t += 1) {
        this.#place(instrument, t, tsUs, recvUs, price, size, tradeId, isSell);
      }
      return;
    }
    addTrade(runs, at, tsUs, recvUs, price, size, tradeId, isSell);
  }

  /**
   * Time passes: closes what ended, amends, shows open candles. `recvUs` is the feed's worker's
   * now.
   */
  onTick(feed: number, recvUs: number): void {
    const limitUs = this.#clock.venueUs(feed, recvUs) - this.#graceUs;
    for (const instrument of this.#members[feed] ?? []) {
      if (limitUs >= (this.#dueUs[instrument] as number)) {
        this.#mergeRun(instrument);
        this.#endRun(instrument);
        this.#dueUs[instrument] = this.#emitter.closeUntil(instrument, limitUs);
      }
      const touched = this.#touched[instrument] as number;
      if ((touched & TOUCHED_CLOSED) !== 0) {
        this.#emitter.sayAmended(instrument);
        this.#touched[instrument] = touched & ~TOUCHED_CLOSED;
      }
      if (recvUs - (this.#openSaidUs[instrument] as number) >= this.#openIntervalUs) {
        this.#sayOpen(instrument, recvUs);
      }
    }
  }

  /** Trades are whole from `fromUs` on. */
  onLive(instrument: number, fromUs: number): void {
    this.#mergeRun(instrument);
    const lastUs = this.#lastTradeUs(instrument);
    if (this.#coverage.isUp(instrument)) this.#distrust(instrument, lastUs);
    this.#coverage.onLive(instrument, fromUs, lastUs);
    this.#emitter.reviewStates(instrument);
  }

  /** The stream ended at `recvUs` of the receive clock. */
  onDown(instrument: number, recvUs: number): void {
    this.#coverage.onDown(instrument, this.#venueUs(instrument, recvUs));
    this.#emitter.reviewStates(instrument);
  }

  /** No data since `recvUs` of the receive clock. */
  onStale(instrument: number, recvUs: number): void {
    this.#coverage.onStale(instrument, this.#venueUs(instrument, recvUs), recvUs);
  }

  onGap(instrument: number, fromId: number, fromUs: number, toUs: number): void {
    this.#coverage.onGap(instrument, fromId, fromUs, toUs, this.#oldestUs(instrument));
    this.#emitter.reviewStates(instrument);
  }

  /** The gap, or the staleness, that began there is over. */
  onRepaired(instrument: number, fromId: number, fromUs: number, toUs: number): void {
    if (Number.isNaN(fromId) && this.#coverage.endStale(instrument, fromUs)) return;
    this.#coverage.onRepaired(instrument, fromId, fromUs, toUs, this.#oldestUs(instrument));
    this.#emitter.reviewStates(instrument);
  }

  /** Says every open candle as `partial`. False: the output is full, call again. */
  finish(): boolean {
    for (; this.#finishedCount < this.#feeds.length; this.#finishedCount += 1) {
      this.#mergeRun(this.#finishedCount);
      this.#emitter.sayAmended(this.#finishedCount);
      if (!this.#emitter.sayFinal(this.#finishedCount)) return false;
    }
    return true;
  }

  /** The current candle as it stands, closed or not; undefined before it has a price. */
  read(instrument: number, timeframe: number): CandleValues | undefined {
    this.#mergeRun(instrument);
    const row = this.#window.current(this.#window.slot(instrument, timeframe));
    return Number.isNaN(this.#window.close(row)) ? undefined : this.#window.values(row);
  }

  /**
   * Rolls every timeframe whose current bucket ended before `tsUs` and, where that lies in an open
   * current bucket of them all, starts a run there. False: the trade must be placed one by one.
   */
  #startRun(instrument: number, tsUs: number, isRefill: boolean): boolean {
    const window = this.#window;
    const at = instrument * ROW_SLOTS;
    // A late trade leaves the run alone: the current buckets stay what they are.
    if (tsUs < (this.#runs[at + Row.openUs] as number)) return false;
    this.#mergeRun(instrument);
    this.#endRun(instrument);
    if (!Number.isNaN(this.#joinUs[instrument] as number)) this.#join(instrument, tsUs);
    let fromUs = Number.NEGATIVE_INFINITY;
    let toUs = Number.POSITIVE_INFINITY;
    let isOpen = true;
    const hasStrays = (this.#strayUs[instrument] as number) > Number.NEGATIVE_INFINITY;
    for (let t = 0; t < this.#timeframeCount; t += 1) {
      const slot = window.slot(instrument, t);
      const isStarting = !isRefill && !window.isStarted(slot);
      const isOver = tsUs >= window.endUs(window.current(slot));
      if (isOver) this.#emitter.roll(instrument, t, tsUs);
      else if (isStarting) window.start(slot, t, tsUs);
      if (hasStrays && (isOver || isStarting)) this.#doubtStrays(instrument, slot);
      const row = window.current(slot);
      fromUs = Math.max(fromUs, window.openUs(row));
      toUs = Math.min(toUs, window.endUs(row));
      isOpen &&= !window.has(row, Mark.closed | Mark.seeded);
      const endUs = window.endUs(row);
      if (endUs < (this.#dueUs[instrument] as number)) this.#dueUs[instrument] = endUs;
    }
    // NaN bounds, a slot that has not started, compare as false.
    if (!isOpen || !(tsUs >= fromUs && tsUs < toUs)) return false;
    this.#runs[at + Row.openUs] = fromUs;
    this.#runs[at + Row.endUs] = toUs;
    return true;
  }

  /** Refilled trades came before their bucket did: the store has them, these rows have not. */
  #doubtStrays(instrument: number, slot: number): void {
    const window = this.#window;
    const strayUs = this.#strayUs[instrument] as number;
    for (const row of [window.current(slot), window.previous(slot)]) {
      if (strayUs >= window.openUs(row)) window.set(row, Mark.uncertain);
    }
  }

  /** Adds one trade to one timeframe, or to a dirty range when that does not own it. */
  #place(
    instrument: number,
    timeframe: number,
    tsUs: number,
    recvUs: number,
    price: number,
    size: number,
    tradeId: number,
    isSell: boolean,
  ): void {
    const window = this.#window;
    const slot = window.slot(instrument, timeframe);
    let row = window.current(slot);
    // Written so that the NaN times of a slot that has not started own nothing.
    if (!(tsUs >= window.openUs(row))) row = window.previous(slot);
    if (!(tsUs >= window.openUs(row))) {
      this.dirty.add(instrument, tsUs, tsUs);
      if (tsUs > (this.#strayUs[instrument] as number)) this.#strayUs[instrument] = tsUs;
      return;
    }
    const at = row * ROW_SLOTS;
    if (window.has(row, Mark.seeded)) this.#joinSeed(row, tradeId);
    if (window.tradeCount(row) === 0) clearTrades(window.rows, at);
    addTrade(window.rows, at, tsUs, recvUs, price, size, tradeId, isSell);
    if (row === window.current(slot) && !window.has(row, Mark.closed)) {
      window.set(row, Mark.changed);
      this.#touch(instrument, TOUCHED_OPEN);
      return;
    }
    window.set(row, Mark.closed | Mark.amended);
    if (row === window.previous(slot)) this.#emitter.followQuiet(slot);
    this.#touch(instrument, TOUCHED_CLOSED);
  }

  /**
   * First trade on top of a seed: its time is not known, so only a later id proves a later close.
   */
  #joinSeed(row: number, tradeId: number): void {
    const lastId = this.#window.rows[row * ROW_SLOTS + Row.lastId] as number;
    if (tradeId <= lastId) this.#window.set(row, Mark.uncertain);
    else this.#window.unset(row, Mark.seeded);
  }

  #mergeRun(instrument: number): void {
    const window = this.#window;
    const runs = this.#runs;
    const from = instrument * ROW_SLOTS;
    if (runs[from + Row.tradeCount] === 0) return;
    for (let t = 0; t < this.#timeframeCount; t += 1) {
      const row = window.current(window.slot(instrument, t));
      mergeRow(window.rows, row * ROW_SLOTS, runs, from);
      window.set(row, Mark.changed);
    }
    clearTrades(runs, from);
    this.#touch(instrument, TOUCHED_OPEN);
  }

  /** The run's trades must have been merged. */
  #endRun(instrument: number): void {
    this.#runs[instrument * ROW_SLOTS + Row.openUs] = Number.NaN;
    this.#runs[instrument * ROW_SLOTS + Row.endUs] = Number.NaN;
  }

  #sayOpen(instrument: number, recvUs: number): void {
    this.#mergeRun(instrument);
    const touched = this.#touched[instrument] as number;
    if ((touched & TOUCHED_OPEN) === 0) return;
    if (!this.#emitter.sayOpen(instrument)) return;
    this.#openSaidUs[instrument] = recvUs;
    this.#touched[instrument] = touched & ~TOUCHED_OPEN;
  }

  /**
   * The stream starts again without having ended: its worker died, and trades may have reached the
   * store but not this builder. Everything from `lastUs` to the next trade is the store's.
   */
  #distrust(instrument: number, lastUs: number): void {
    const window = this.#window;
    for (let t = 0; t < this.#timeframeCount; t += 1) {
      const slot = window.slot(instrument, t);
      const row = window.current(slot);
      if (!window.isStarted(slot)) continue;
      if (!window.has(row, Mark.closed)) window.set(row, Mark.uncertain);
      else this.dirty.add(instrument, window.openUs(row), window.endUs(row) - 1);
    }
    this.#endRun(instrument);
    this.#joinUs[instrument] = lastUs;
  }

  #join(instrument: number, tsUs: number): void {
    const lastUs = this.#joinUs[instrument] as number;
    this.dirty.add(instrument, Math.min(lastUs, tsUs), Math.max(lastUs, tsUs));
    this.#joinUs[instrument] = Number.NaN;
  }

  #touch(instrument: number, bit: number): void {
    this.#touched[instrument] = (this.#touched[instrument] as number) | bit;
  }

  /**
   * Venue time up to which trades were seen or are known to be none; NaN before the first bucket.
   */
  #lastTradeUs(instrument: number): number {
    const window = this.#window;
    let lastUs = Number.NaN;
    for (let t = 0; t < this.#timeframeCount; t += 1) {
      const row = window.current(window.slot(instrument, t));
      const us = window.rows[row * ROW_SLOTS + Row.lastUs] as number;
      const seenUs = Number.isFinite(us) ? us : window.openUs(row);
      if (seenUs > lastUs || Number.isNaN(lastUs)) lastUs = seenUs;
    }
    return lastUs;
  }

  #oldestUs(instrument: number): number {
    const window = this.#window;
    let oldestUs = Number.POSITIVE_INFINITY;
    for (let t = 0; t < this.#timeframeCount; t += 1) {
      const us = window.openUs(window.previous(window.slot(instrument, t)));
      if (us < oldestUs) oldestUs = us;
    }
    return oldestUs;
  }

  /** Before a feed's first trade its clock is taken as ours. */
  #venueUs(instrument: number, recvUs: number): number {
    const venueUs = this.#clock.venueUs(this.#feeds[instrument] as number, recvUs);
    return Number.isNaN(venueUs) ? recvUs : venueUs;
  }
}
