/**
 * How far coverage reaches: trades that are stored are as good as covered, and so is an interval
 * that they lead to. The record that says so comes later. Looked up only where a bucket hangs on
 * it, and once.
 */
import type { CoveredSpan } from './candle-evidence.ts';
import type { CoverageInterval, TradeRows } from './stored-rows.ts';
import type { TimeRange } from './time-range.ts';

/** Ids looked at beyond a coverage interval for trades that follow without a hole. */
const FOLLOWING_COUNT_MAX = 10_000;

export class CoverageReach {
  readonly #trades: TradeRows;
  readonly #instrument: number;
  readonly #tape: number;
  readonly #rows: readonly CoverageInterval[];
  /** By index in `#rows`. */
  readonly #ends = new Map<number, number>();

  /** `rows`: as `CoverageRows.spans` gives them. */
  constructor(
    trades: TradeRows,
    instrument: number,
    tape: number,
    rows: readonly CoverageInterval[],
  ) {
    this.#trades = trades;
    this.#instrument = instrument;
    this.#tape = tape;
    this.#rows = rows;
  }

  /** Intervals that may span the bucket, each with what follows it without a hole. */
  async around({ fromUs, toUs }: TimeRange): Promise<CoveredSpan[]> {
    const rows = this.#rows;
    const first = rows.findIndex((row) => row.toUs >= fromUs);
    // The one before the first may reach into the bucket by the trades behind it.
    const start = Math.max(0, (first < 0 ? rows.length : first) - 1);
    const spans: CoveredSpan[] = [];
    for (const [i, row] of rows.entries()) {
      if (i < start || row.fromUs > fromUs) continue;
      const endUs = row.toUs < toUs ? await this.#endUs(i) : row.toUs;
      spans.push({ fromUs: row.fromUs, toUs: endUs });
    }
    return spans;
  }

  /** Until when the trades are whole from interval `i` on. */
  async #endUs(i: number): Promise<number> {
    const known = this.#ends.get(i);
    if (known !== undefined) return known;
    const endUs = await this.#followedUs(i);
    this.#ends.set(i, endUs);
    return endUs;
  }

  async #followedUs(i: number): Promise<number> {
    const row = this.#rows[i] as CoverageInterval;
    if (row.toId === null) return row.toUs;
    const trades = this.#trades;
    const [id, tape] = [this.#instrument, this.#tape];
    const next = this.#rows[i + 1];
    const nextId = row.toId + 1;
    const beforeNextId = (next?.fromId ?? Number.POSITIVE_INFINITY) - 1;
    const lastId = Math.min(row.toId + FOLLOWING_COUNT_MAX, beforeNextId);
    if (lastId >= nextId) {
      // Most intervals end at a hole: one look tells.
      if ((await trades.after(id, tape, nextId))?.id !== nextId) return row.toUs;
      const [run] = await trades.islands(id, tape, nextId, lastId);
      if (run === undefined) return row.toUs;
      if (run.to !== beforeNextId) {
        const last = await trades.before(id, tape, run.to);
        return Math.max(row.toUs, last?.tsUs ?? row.toUs);
      }
    }
    return next === undefined ? row.toUs : Math.max(row.toUs, await this.#endUs(i + 1));
  }
}
