/**
 * Which stretches of an instrument's trades are whole, as its status records tell: the state of
 * every candle follows from it. All times are the venue's, µs.
 *
 * Invariant: a gap that is not known any more lies before every bucket the builder still holds, or
 * `#fromUs` was moved past it.
 */
import { CandleState } from '../model/record-layout.ts';

interface Gap {
  readonly fromId: number;
  readonly fromUs: number;
  toUs: number;
  isOpen: boolean;
}

/** Gaps remembered an instrument. Beyond it the oldest is given up, to the side of `partial`. */
const GAPS_MAX = 1024;

export class TradeCoverage {
  /** Whole from here on, but for gaps; NaN before the stream was live. */
  readonly #fromUs: Float64Array;
  /** Where the stream ended; NaN while it is up. */
  readonly #downUs: Float64Array;
  readonly #isUp: Uint8Array;
  /** The stretch before, when the stream came back without it. */
  readonly #earlierFromUs: Float64Array;
  readonly #earlierToUs: Float64Array;
  /** Quiet beyond what is healthy since here; NaN while it is not. */
  readonly #staleUs: Float64Array;
  /** What names the last staleness in its `repaired` record; outlives it. */
  readonly #staleKey: Float64Array;
  readonly #gaps: Gap[][];

  constructor(instrumentCount: number) {
    const times = () => new Float64Array(instrumentCount).fill(Number.NaN);
    this.#fromUs = times();
    this.#downUs = times();
    this.#earlierFromUs = times();
    this.#earlierToUs = times();
    this.#staleUs = times();
    this.#staleKey = times();
    this.#isUp = new Uint8Array(instrumentCount);
    this.#gaps = Array.from({ length: instrumentCount }, () => []);
  }

  isUp(instrument: number): boolean {
    return this.#isUp[instrument] === 1;
  }

  /**
   * Trades are whole from `fromUs` on. `lastUs` ends what was known of a stream still thought up.
   */
  onLive(instrument: number, fromUs: number, lastUs: number): void {
    const beforeUs = this.#fromUs[instrument] as number;
    if (beforeUs < fromUs) {
      this.#earlierFromUs[instrument] = beforeUs;
      this.#earlierToUs[instrument] = this.isUp(instrument)
        ? lastUs
        : (this.#downUs[instrument] as number);
    }
    this.#fromUs[instrument] = fromUs;
    this.#isUp[instrument] = 1;
    this.#downUs[instrument] = Number.NaN;
    this.#staleUs[instrument] = Number.NaN;
  }

  onDown(instrument: number, downUs: number): void {
    if (!this.isUp(instrument)) return;
    this.#isUp[instrument] = 0;
    this.#downUs[instrument] = downUs;
  }

  /** No data since `sinceUs`; says nothing of what came before. `key`: that time as recorded. */
  onStale(instrument: number, sinceUs: number, key: number): void {
    this.#staleUs[instrument] = sinceUs;
    this.#staleKey[instrument] = key;
  }

  /** Data flows again: true when `key` names a staleness and not a gap. */
  endStale(instrument: number, key: number): boolean {
    if (key !== this.#staleKey[instrument]) return false;
    this.#staleUs[instrument] = Number.NaN;
    return true;
  }

  /** `oldestUs`: open time of the oldest bucket in memory. `toUs` NaN: the end is not known. */
  onGap(instrument: number, fromId: number, fromUs: number, toUs: number, oldestUs: number): void {
    const gap = this.#ensureGap(instrument, fromId, fromUs, oldestUs);
    gap.toUs = toUs;
    gap.isOpen = true;
  }

  onRepaired(
    instrument: number,
    fromId: number,
    fromUs: number,
    toUs: number,
    oldestUs: number,
  ): void {
    const gap = this.#ensureGap(instrument, fromId, fromUs, oldestUs);
    if (!Number.isNaN(toUs)) gap.toUs = toUs;
    gap.isOpen = false;
  }

  state(instrument: number, openUs: number, endUs: number): CandleState {
    if (!this.#isCovered(instrument, openUs, endUs)) return CandleState.partial;
    let state: CandleState = CandleState.complete;
    for (const gap of this.#gaps[instrument] as Gap[]) {
      if (!overlaps(gap, openUs, endUs)) continue;
      if (gap.isOpen) return CandleState.partial;
      state = CandleState.repaired;
    }
    return state;
  }

  /** True when silence over fromUs..endUs means that nothing was traded. */
  isWhole(instrument: number, fromUs: number, endUs: number): boolean {
    if (!this.isUp(instrument) || !((this.#fromUs[instrument] as number) <= fromUs)) return false;
    if ((this.#staleUs[instrument] as number) < endUs) return false;
    for (const gap of this.#gaps[instrument] as Gap[]) {
      if (gap.isOpen && overlaps(gap, fromUs, endUs)) return false;
    }
    return true;
  }

  #isCovered(instrument: number, openUs: number, endUs: number): boolean {
    const isNow =
      (this.#fromUs[instrument] as number) <= openUs &&
      (this.isUp(instrument) || endUs <= (this.#downUs[instrument] as number));
    if (isNow) return true;
    return (
      (this.#earlierFromUs[instrument] as number) <= openUs &&
      endUs <= (this.#earlierToUs[instrument] as number)
    );
  }

  #ensureGap(instrument: number, fromId: number, fromUs: number, oldestUs: number): Gap {
    const gaps = this.#gaps[instrument] as Gap[];
    for (const gap of gaps) {
      if (Object.is(gap.fromId, fromId) && Object.is(gap.fromUs, fromUs)) return gap;
    }
    if (gaps.length >= GAPS_MAX) this.#makeRoom(instrument, gaps, oldestUs);
    const gap = { fromId, fromUs, toUs: Number.NaN, isOpen: true };
    gaps.push(gap);
    return gap;
  }

  #makeRoom(instrument: number, gaps: Gap[], oldestUs: number): void {
    let kept = 0;
    for (const gap of gaps) {
      if (!(gap.toUs < oldestUs)) gaps[kept++] = gap;
    }
    gaps.length = kept;
    if (kept < GAPS_MAX) return;
    const [oldest] = gaps.splice(0, 1);
    // Rather too many candles called partial than one called complete.
    const pastUs = Math.max(oldest?.toUs ?? Number.NaN, oldest?.fromUs ?? Number.NaN) + 1;
    if (!(pastUs <= (this.#fromUs[instrument] as number))) this.#fromUs[instrument] = pastUs;
    this.#earlierFromUs[instrument] = Number.NaN;
  }
}

/** Missing trades may share the µs of the trades around the gap, so both ends count as inside. */
function overlaps(gap: Gap, openUs: number, endUs: number): boolean {
  return gap.fromUs < endUs && !(gap.toUs < openUs);
}
