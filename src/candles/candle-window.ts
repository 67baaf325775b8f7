/**
 * The buckets in memory: for each (instrument × timeframe) the current one and the one before it on
 * the calendar, with what was emitted of each. Plain typed arrays; the builder has the rules.
 *
 * Invariant: previous.endUs = current.openUs; the previous row is empty (openUs = endUs) where the
 * instrument's trades were not owned yet. A slot that has not started has NaN times.
 */
import { readCompensated } from '../base/compensated-sum.ts';
import { CandleState } from '../model/record-layout.ts';
import { bucketEndUs, bucketOpenUs, type Timeframe } from '../model/timeframe.ts';
import { clearRow, ROW_SLOTS, Row } from './bucket-row.ts';
import type { CandleValues, SeedValues } from './candle-output.ts';

/** Bits of a row's mark. */
export const Mark = {
  /** Ended, by a later trade or by time. */
  closed: 1,
  /** Emitted as closed at least once. */
  emitted: 2,
  /** Changed since it was emitted as closed. */
  amended: 4,
  /** May lack trades or their order: the store makes it again once it is closed. */
  uncertain: 8,
  /** Current and changed since it was last emitted open. */
  changed: 16,
  /** Emitted open for the last time: the builder is finishing. */
  final: 32,
  /** Holds trades of which only the first and last id are known. */
  seeded: 64,
} as const;

export class CandleWindow {
  readonly timeframes: readonly Timeframe[];
  readonly rows: Float64Array;
  /** By row. */
  readonly marks: Uint8Array;
  /** State last emitted, by row. */
  readonly states: Uint8Array;
  /** Which of a slot's two rows is the current one. */
  readonly #heads: Uint8Array;

  constructor(instrumentCount: number, timeframes: readonly Timeframe[]) {
    const slots = instrumentCount * timeframes.length;
    this.timeframes = timeframes;
    this.rows = new Float64Array(slots * 2 * ROW_SLOTS);
    this.marks = new Uint8Array(slots * 2);
    this.states = new Uint8Array(slots * 2);
    this.#heads = new Uint8Array(slots);
    for (let row = 0; row < slots * 2; row += 1) {
      clearRow(this.rows, row * ROW_SLOTS, Number.NaN, Number.NaN);
    }
  }

  slot(instrument: number, timeframe: number): number {
    return instrument * this.timeframes.length + timeframe;
  }

  /** Row number of the slot's current bucket; its sums start at `rows[row * ROW_SLOTS]`. */
  current(slot: number): number {
    return 2 * slot + (this.#heads[slot] as number);
  }

  previous(slot: number): number {
    return 2 * slot + 1 - (this.#heads[slot] as number);
  }

  openUs(row: number): number {
    return this.rows[row * ROW_SLOTS + Row.openUs] as number;
  }

  endUs(row: number): number {
    return this.rows[row * ROW_SLOTS + Row.endUs] as number;
  }

  close(row: number): number {
    return this.rows[row * ROW_SLOTS + Row.close] as number;
  }

  tradeCount(row: number): number {
    return this.rows[row * ROW_SLOTS + Row.tradeCount] as number;
  }

  values(row: number): CandleValues {
    const { rows } = this;
    const at = row * ROW_SLOTS;
    return {
      openUs: this.openUs(row),
      endUs: this.endUs(row),
      open: rows[at + Row.open] as number,
      high: rows[at + Row.high] as number,
      low: rows[at + Row.low] as number,
      close: this.close(row),
      volume: readCompensated(rows, at + Row.volume),
      quoteVolume: readCompensated(rows, at + Row.quoteVolume),
      buyVolume: readCompensated(rows, at + Row.buyVolume),
      tradeCount: this.tradeCount(row),
    };
  }

  isStarted(slot: number): boolean {
    return !Number.isNaN(this.openUs(this.current(slot)));
  }

  has(row: number, mark: number): boolean {
    return ((this.marks[row] as number) & mark) !== 0;
  }

  set(row: number, mark: number): void {
    this.marks[row] = (this.marks[row] as number) | mark;
  }

  unset(row: number, mark: number): void {
    this.marks[row] = (this.marks[row] as number) & ~mark;
  }

  /** Starts the slot with the bucket that holds `tsUs`; nothing before it is owned. */
  start(slot: number, timeframe: number, tsUs: number): void {
    const definition = this.timeframes[timeframe] as Timeframe;
    const openUs = bucketOpenUs(definition, tsUs);
    this.#reset(this.previous(slot), openUs, openUs);
    this.#reset(this.current(slot), openUs, bucketEndUs(definition, openUs));
  }

  /** Starts the seed's slot with what the store knows; trades from its open time on are owned. */
  plant(seed: SeedValues): void {
    const slot = this.slot(seed.instrument, seed.timeframe);
    this.start(slot, seed.timeframe, seed.openUs);
    if (seed.tradeCount === 0) return;
    const row = this.current(slot);
    const at = row * ROW_SLOTS;
    const { rows } = this;
    rows[at + Row.open] = seed.open;
    rows[at + Row.high] = seed.high;
    rows[at + Row.low] = seed.low;
    rows[at + Row.close] = seed.close;
    rows[at + Row.volume] = seed.volume;
    rows[at + Row.quoteVolume] = seed.quoteVolume;
    rows[at + Row.buyVolume] = seed.buyVolume;
    rows[at + Row.tradeCount] = seed.tradeCount;
    rows[at + Row.firstUs] = Number.NaN;
    rows[at + Row.firstId] = seed.firstTradeId;
    rows[at + Row.lastUs] = Number.NaN;
    rows[at + Row.lastId] = seed.lastTradeId;
    rows[at + Row.recvUs] = seed.openUs;
    this.set(row, Mark.seeded);
  }

  /** Makes the bucket that holds `tsUs`, at or after the current one's end, the current one. */
  roll(slot: number, timeframe: number, tsUs: number): void {
    const definition = this.timeframes[timeframe] as Timeframe;
    const openUs = bucketOpenUs(definition, tsUs);
    const oldEndUs = this.endUs(this.current(slot));
    this.#heads[slot] = 1 - (this.#heads[slot] as number);
    this.#reset(this.current(slot), openUs, bucketEndUs(definition, openUs));
    if (oldEndUs === openUs) return;
    this.#reset(this.previous(slot), bucketOpenUs(definition, openUs - 1), openUs);
  }

  /** End of the bucket after the current one. */
  nextEndUs(slot: number, timeframe: number): number {
    const definition = this.timeframes[timeframe] as Timeframe;
    return bucketEndUs(definition, this.endUs(this.current(slot)));
  }

  #reset(row: number, openUs: number, endUs: number): void {
    clearRow(this.rows, row * ROW_SLOTS, openUs, endUs);
    this.marks[row] = 0;
    this.states[row] = CandleState.complete;
  }
}
