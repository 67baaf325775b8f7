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
    const spans: CoveredSpan[] = [];
    for (const row of await coverage.spans(this.#instrument, this.#tape)) {
      spans.push(await this.#withFollowing(row, toUs));
    }
    const gaps = await ledger.tradeGapSpans(this.#instrument, fromUs, toUs);
    return new CandleEvidence(gaps, spans);
  }

  save(timeframe: Timeframe, candles: readonly RebuiltCandle[]): Answer<number> {
    return this.#rows.candles.putRebuilt(this.#instrument, timeframe.name, candles);
  }

  /** Trades that follow without a hole are as good as covered; the record of it comes later. */
  async #withFollowing(row: CoverageInterval, toUs: number): Promise<CoveredSpan> {
    if (row.toUs >= toUs || row.toId === null) return row;
    const { trades } = this.#rows;
    const [id, tape] = [this.#instrument, this.#tape];
    const nextId = row.toId + 1;
    const [first] = await trades.islands(id, tape, nextId, row.toId + FOLLOWING_COUNT_MAX);
    if (first === undefined || first.from !== nextId) return row;
    const last = await trades.before(id, tape, first.to);
    return { ...row, toUs: Math.max(row.toUs, last?.tsUs ?? row.toUs) };
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
