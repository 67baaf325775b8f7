/**
 * When a candle is said, and as what: closes buckets, fills quiet ones in, says amended and open
 * ones. Works on the rows of one instrument at a time; the builder has merged its run into them
 * before.
 */
import { CandleState } from '../model/record-layout.ts';
import { ROW_SLOTS, Row, setQuiet } from './bucket-row.ts';
import { CandleKind, type CandleOutput } from './candle-output.ts';
import { type CandleWindow, Mark } from './candle-window.ts';
import type { DirtyRanges } from './dirty-range.ts';
import type { TradeCoverage } from './trade-coverage.ts';

/** Shorter buckets are not said to be quiet: most of them are. */
const QUIET_LENGTH_US_MIN = 60_000_000;
/** Quiet candles of one timeframe at once; a tick goes on where the last one stopped. */
const QUIET_RUN_MAX = 10_000;

export class CandleEmitter {
  readonly #window: CandleWindow;
  readonly #coverage: TradeCoverage;
  readonly #dirty: DirtyRanges;
  readonly #output: CandleOutput;
  readonly #timeframeCount: number;
  readonly #saysQuiet: Uint8Array;

  constructor(
    window: CandleWindow,
    coverage: TradeCoverage,
    dirty: DirtyRanges,
    output: CandleOutput,
  ) {
    this.#window = window;
    this.#coverage = coverage;
    this.#dirty = dirty;
    this.#output = output;
    this.#timeframeCount = window.timeframes.length;
    // Months have no length and are long enough.
    this.#saysQuiet = Uint8Array.from(window.timeframes, ({ lengthUs }) =>
      lengthUs < QUIET_LENGTH_US_MIN ? 0 : 1,
    );
  }

  /** A trade at `tsUs` came, at or after the current bucket's end: that one closes. */
  roll(instrument: number, timeframe: number, tsUs: number): void {
    const window = this.#window;
    const slot = window.slot(instrument, timeframe);
    this.#close(instrument, timeframe, window.current(slot));
    this.#advanceQuiet(instrument, timeframe, tsUs);
    // A quiet bucket never holds the trade itself: it ended before.
    this.#sayAmended(instrument, timeframe, window.current(slot));
    this.#sayAmended(instrument, timeframe, window.previous(slot));
    window.roll(slot, timeframe, tsUs);
  }

  /**
   * Closes what ended at or before `limitUs` on the venue's clock; gives the next end to wait for.
   */
  closeUntil(instrument: number, limitUs: number): number {
    const window = this.#window;
    let dueUs = Number.POSITIVE_INFINITY;
    for (let t = 0; t < this.#timeframeCount; t += 1) {
      const slot = window.slot(instrument, t);
      if (!window.isStarted(slot)) continue;
      if (window.endUs(window.current(slot)) <= limitUs) {
        this.#close(instrument, t, window.current(slot));
        this.#advanceQuiet(instrument, t, limitUs);
      }
      const row = window.current(slot);
      const isClosed = window.has(row, Mark.closed);
      if (!isClosed) dueUs = Math.min(dueUs, window.endUs(row));
      else if (this.#saysQuiet[t] === 1) dueUs = Math.min(dueUs, window.nextEndUs(slot, t));
    }
    return dueUs;
  }

  /** Says closed candles again that late trades changed. */
  sayAmended(instrument: number): void {
    const window = this.#window;
    for (let t = 0; t < this.#timeframeCount; t += 1) {
      const slot = window.slot(instrument, t);
      this.#sayAmended(instrument, t, window.previous(slot));
      this.#sayAmended(instrument, t, window.current(slot));
    }
  }

  /** Says closed candles again whose state is another one now. */
  reviewStates(instrument: number): void {
    const window = this.#window;
    for (let t = 0; t < this.#timeframeCount; t += 1) {
      const slot = window.slot(instrument, t);
      for (const row of [window.previous(slot), window.current(slot)]) {
        if (!window.has(row, Mark.emitted)) continue;
        const state = this.#coverage.state(instrument, window.openUs(row), window.endUs(row));
        if (state === window.states[row]) continue;
        window.set(row, Mark.amended);
        this.#sayAmended(instrument, t, row);
      }
    }
  }

  /** Offers each open candle that changed. False when the output refused one. */
  sayOpen(instrument: number): boolean {
    const window = this.#window;
    for (let t = 0; t < this.#timeframeCount; t += 1) {
      const row = window.current(window.slot(instrument, t));
      if (!window.has(row, Mark.changed)) continue;
      const state = this.#coverage.state(instrument, window.openUs(row), window.endUs(row));
      if (!this.#offer(instrument, t, row, CandleKind.open, state)) return false;
      window.unset(row, Mark.changed);
    }
    return true;
  }

  /** Offers each open candle a last time, as `partial`. False when the output refused one. */
  sayFinal(instrument: number): boolean {
    const window = this.#window;
    for (let t = 0; t < this.#timeframeCount; t += 1) {
      const row = window.current(window.slot(instrument, t));
      if (window.has(row, Mark.closed | Mark.final) || window.tradeCount(row) === 0) continue;
      if (!this.#offer(instrument, t, row, CandleKind.open, CandleState.partial)) return false;
      window.set(row, Mark.final);
      this.#askForUncertain(instrument, row);
    }
    return true;
  }

  /** A late trade changed the last price before the current bucket: a quiet one shows that. */
  followQuiet(slot: number): void {
    const window = this.#window;
    const row = window.current(slot);
    const isQuiet = window.has(row, Mark.emitted) && window.tradeCount(row) === 0;
    const price = window.close(window.previous(slot));
    if (!isQuiet || price === window.close(row)) return;
    const recvUs = window.rows[window.previous(slot) * ROW_SLOTS + Row.recvUs] as number;
    setQuiet(window.rows, row * ROW_SLOTS, price, recvUs);
    window.set(row, Mark.amended);
  }

  #close(instrument: number, timeframe: number, row: number): void {
    const window = this.#window;
    if (window.has(row, Mark.closed)) return;
    window.unset(row, Mark.changed);
    window.set(row, Mark.closed);
    if (window.tradeCount(row) === 0) return;
    this.#sayClosed(instrument, timeframe, row);
    this.#askForUncertain(instrument, row);
  }

  #askForUncertain(instrument: number, row: number): void {
    const window = this.#window;
    if (!window.has(row, Mark.uncertain)) return;
    // One moment is enough for the whole candle: the store makes it of finer ones, and what those
    // miss lies in ranges of its own.
    this.#dirty.add(instrument, window.openUs(row), window.openUs(row));
  }

  /**
   * Makes each bucket after the closed current one that ended by `limitUs` and is known to be
   * without trades the current one, and says it. Stops where silence would prove nothing.
   */
  #advanceQuiet(instrument: number, timeframe: number, limitUs: number): void {
    if (this.#saysQuiet[timeframe] === 0) return;
    const window = this.#window;
    const slot = window.slot(instrument, timeframe);
    for (let n = 0; n < QUIET_RUN_MAX; n += 1) {
      const last = window.current(slot);
      const openUs = window.endUs(last);
      const endUs = window.nextEndUs(slot, timeframe);
      const price = window.close(last);
      if (endUs > limitUs || Number.isNaN(price)) return;
      if (!this.#coverage.isWhole(instrument, this.#knownUs(last), endUs)) return;
      const recvUs = window.rows[last * ROW_SLOTS + Row.recvUs] as number;
      this.#sayAmended(instrument, timeframe, window.previous(slot));
      window.roll(slot, timeframe, openUs);
      const row = window.current(slot);
      setQuiet(window.rows, row * ROW_SLOTS, price, recvUs);
      window.set(row, Mark.closed);
      this.#sayClosed(instrument, timeframe, row);
    }
  }

  /** From when on the trades must be whole for the row's close to be the last price. */
  #knownUs(row: number): number {
    const openUs = this.#window.openUs(row);
    const lastUs = this.#window.rows[row * ROW_SLOTS + Row.lastUs] as number;
    return Number.isNaN(lastUs) ? openUs : Math.max(lastUs, openUs);
  }

  #sayAmended(instrument: number, timeframe: number, row: number): void {
    if (!this.#window.has(row, Mark.amended)) return;
    this.#sayClosed(instrument, timeframe, row);
    this.#askForUncertain(instrument, row);
  }

  #sayClosed(instrument: number, timeframe: number, row: number): void {
    const window = this.#window;
    const isAgain = window.has(row, Mark.emitted);
    const state = this.#coverage.state(instrument, window.openUs(row), window.endUs(row));
    const kind = isAgain ? CandleKind.amended : CandleKind.closed;
    window.set(row, Mark.emitted);
    window.unset(row, Mark.amended);
    window.states[row] = state;
    this.#offer(instrument, timeframe, row, kind, state);
  }

  #offer(
    instrument: number,
    timeframe: number,
    row: number,
    kind: CandleKind,
    state: CandleState,
  ): boolean {
    const { rows } = this.#window;
    return this.#output.candle(instrument, timeframe, rows, row * ROW_SLOTS, kind, state);
  }
}
