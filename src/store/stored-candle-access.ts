/** One instrument's rows in a store, as the rebuilding of candles wants them. */
import type { Timeframe } from '../model/timeframe.ts';
import { CandleEvidence, type CoveredSpan } from './candle-evidence.ts';
import type { CandleSums } from './candle-fold.ts';
import type { TradeTuple } from './candle-rebuild.ts';
import { type CandleAccess, CandleRebuild, type RebuiltCandle } from './candle-rebuild.ts';
import { TAPE_NAMES } from './row-text.ts';
import type { Answer, CoverageInterval, StoredRows } from './stored-rows.ts';

/** Ids looked at beyond a coverage interval for trades that follow without a hole. */
const FOLLOWING_COUNT_MAX = 10_000;

export class StoredCandleAccess implements CandleAccess {
  readonly #rows: StoredRows;
  readonly #instrument: number;
  readonly #tape: number;
  /** Asked for once: nothing else writes while candles are rebuilt. */
  #coverage: Promise<readonly CoverageInterval[]> | undefined;

  /** `tape`: the tape to count; two tapes of one market are the same trades twice. */
  constructor(rows: StoredRows, instrument: number, tape: number) {
    this.#rows = rows;
    this.#instrument = instrument;
    this.#tape = tape;
  }

  tradePage(fromUs: number, toUs: number, after?: TradeTuple): Answer<readonly TradeTuple[]> {
    return this.#rows.trades.page(this.#instrument, this.#tape, fromUs, toUs, after);
  }

  hasTrades(fromUs: number, toUs: number): Answer<boolean> {
    return this.#rows.trades.hasTrades(this.#instrument, this.#tape, fromUs, toUs);
  }

  async span(fromUs: number, toUs: number): Promise<readonly [number, number] | undefined> {
    const { trades, candles } = this.#rows;
    const spans = [await trades.timeSpan(this.#instrument, fromUs, toUs)];
    for (const timeframe of await candles.timeframes(this.#instrument)) {
      spans.push(await candles.openSpan(this.#instrument, timeframe, fromUs, toUs));
    }
    const edges = spans.flatMap((span) => span ?? []);
    return edges.length === 0 ? undefined : [Math.min(...edges), Math.max(...edges)];
  }

  closedCandles(timeframe: Timeframe, fromUs: number, toUs: number): Answer<readonly CandleSums[]> {
    return this.#rows.candles.closed(this.#instrument, timeframe.name, fromUs, toUs);
  }

  prunedBeforeUs(timeframe?: Timeframe): Answer<number> {
    const { retention } = this.#rows;
    if (timeframe === undefined) return retention.prunedBeforeUs('trades', '');
    return retention.prunedBeforeUs('candles', timeframe.name);
  }

  async evidence(fromUs: number, toUs: number): Promise<CandleEvidence> {
    const { coverage, ledger } = this.#rows;
    this.#coverage ??= Promise.resolve(coverage.spans(this.#instrument, this.#tape));
    const spans = await this.#joined(await this.#coverage, fromUs, toUs);
    const gaps = await ledger.tradeGapSpans(this.#instrument, fromUs, toUs);
    return new CandleEvidence(gaps, spans);
  }

  save(timeframe: Timeframe, candles: readonly RebuiltCandle[]): Answer<number> {
    return this.#rows.candles.putRebuilt(this.#instrument, timeframe.name, candles);
  }

  /**
   * Intervals that matter to fromUs..toUs, each with what follows it without a hole: trades that
   * are stored are as good as covered, and so is an interval that they lead to. The record that
   * says so comes later.
   */
  async #joined(
    rows: readonly CoverageInterval[],
    fromUs: number,
    toUs: number,
  ): Promise<CoveredSpan[]> {
    // The one before the first may reach into the range by the trades behind it.
    const first = Math.max(0, rows.findIndex((row) => row.toUs >= fromUs) - 1);
    const start = rows.some((row) => row.toUs >= fromUs) ? first : Math.max(0, rows.length - 1);
    const spans: CoveredSpan[] = [];
    let next: CoverageInterval | undefined;
    for (let i = rows.length - 1; i >= start; i -= 1) {
      const row = rows[i] as CoverageInterval;
      const isNeeded = row.fromUs <= toUs && row.toUs < toUs && row.toId !== null;
      const joined = isNeeded ? { ...row, toUs: await this.#followedUs(row, next) } : row;
      spans.push(joined);
      next = joined;
    }
    return spans;
  }

  /** Until when the trades are whole from `row` on. */
  async #followedUs(row: CoverageInterval, next: CoverageInterval | undefined): Promise<number> {
    const { trades } = this.#rows;
    const [id, tape] = [this.#instrument, this.#tape];
    const nextId = row.toId + 1;
    const lastId = Math.min(
      row.toId + FOLLOWING_COUNT_MAX,
      (next?.fromId ?? Number.POSITIVE_INFINITY) - 1,
    );
    const joinedUs = Math.max(row.toUs, next?.toUs ?? row.toUs);
    if (lastId < nextId) return joinedUs;
    // Most intervals end at a hole: one look tells.
    if ((await trades.after(id, tape, nextId))?.id !== nextId) return row.toUs;
    const [run] = await trades.islands(id, tape, nextId, lastId);
    if (run === undefined) return row.toUs;
    if (next !== undefined && run.to === next.fromId - 1) return joinedUs;
    const last = await trades.before(id, tape, run.to);
    return Math.max(row.toUs, last?.tsUs ?? row.toUs);
  }
}

/**
 * Two tapes are the same trades twice: the instrument's own, unless only the other one is there.
 */
export async function createRebuild(
  rows: StoredRows,
  timeframes: readonly Timeframe[],
  instrument: number,
  tape: number,
  fromUs: number,
  toUs: number,
  nowUs: number,
): Promise<CandleRebuild> {
  const { trades } = rows;
  const other = TAPE_NAMES.length - 1 - tape;
  const isOther =
    !(await trades.hasTrades(instrument, tape, fromUs, toUs + 1)) &&
    (await trades.hasTrades(instrument, other, fromUs, toUs + 1));
  const access = new StoredCandleAccess(rows, instrument, isOther ? other : tape);
  return new CandleRebuild(access, timeframes, nowUs);
}
