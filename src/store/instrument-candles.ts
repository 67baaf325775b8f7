/** Candles of one instrument made again from what a store holds, as its writer asks for them. */
import type { Timeframe } from '../model/timeframe.ts';
import { CandleRebuild } from './candle-rebuild.ts';
import type { CandleSeed } from './contract.ts';
import { TAPE_NAMES } from './row-text.ts';
import { StoredCandleAccess } from './stored-candle-access.ts';
import type { StoredRows } from './stored-rows.ts';
import type { DueRanges, RangeList, TimeRange } from './time-range.ts';

export class InstrumentCandles {
  readonly #rows: StoredRows;
  readonly #timeframes: readonly Timeframe[];
  readonly #instrument: number;
  readonly #tape: number;
  readonly #nowUs: number;

  /** `instrument`: its row id; `tape`: its own. */
  constructor(
    rows: StoredRows,
    timeframes: readonly Timeframe[],
    instrument: number,
    tape: number,
    nowUs: number,
  ) {
    this.#rows = rows;
    this.#timeframes = timeframes;
    this.#instrument = instrument;
    this.#tape = tape;
    this.#nowUs = nowUs;
  }

  /** Makes closed candles again; returns rows changed. */
  async rebuild(due: DueRanges): Promise<number> {
    const byTape = new Map<number, Record<RangeList, TimeRange[]>>();
    for (const list of ['changed', 'repaired'] as const) {
      for (const range of due[list]) {
        const tape = await this.#tapeOf(range);
        const ofTape = byTape.get(tape) ?? { changed: [], repaired: [] };
        ofTape[list].push(range);
        byTape.set(tape, ofTape);
      }
    }
    let changed = 0;
    for (const [tape, ofTape] of byTape) {
      changed += await this.#from(tape).run({ ...ofTape, isOngoing: due.isOngoing });
    }
    return changed;
  }

  /** Seeds of the open buckets, from the tape that holds `range`. `index`: the one in records. */
  async seeds(index: number, range: TimeRange): Promise<readonly CandleSeed[]> {
    return this.#from(await this.#tapeOf(range)).seeds(index, this.#timeframes);
  }

  #from(tape: number): CandleRebuild {
    const access = new StoredCandleAccess(this.#rows, this.#instrument, tape);
    return new CandleRebuild(access, this.#timeframes, this.#nowUs);
  }

  /**
   * Two tapes are the same trades twice: the instrument's own counts, unless only the other one is
   * there.
   */
  async #tapeOf({ fromUs, toUs }: TimeRange): Promise<number> {
    const { trades } = this.#rows;
    const own = this.#tape;
    const other = TAPE_NAMES.length - 1 - own;
    if (await trades.hasTrades(this.#instrument, own, fromUs, toUs + 1)) return own;
    return (await trades.hasTrades(this.#instrument, other, fromUs, toUs + 1)) ? other : own;
  }
}
