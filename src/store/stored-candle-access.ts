/** One instrument's rows in a store, as the rebuilding of candles wants them. */
import { CandleState } from '../model/record-layout.ts';
import type { Timeframe } from '../model/timeframe.ts';
import type { CandleAccess, RebuiltCandle, TradeTuple } from './candle-access.ts';
import { CandleEvidence } from './candle-evidence.ts';
import type { CandleSums } from './candle-fold.ts';
import { CoverageReach } from './coverage-reach.ts';
import type { Answer, RetentionHorizon, StoredRows } from './stored-rows.ts';
import type { TimeRange } from './time-range.ts';

export class StoredCandleAccess implements CandleAccess {
  readonly #rows: StoredRows;
  readonly #instrument: number;
  readonly #tape: number;
  /** Asked for once: nothing else writes while candles are rebuilt. */
  #reach: CoverageReach | undefined;
  #horizons: readonly RetentionHorizon[] | undefined;

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

  async prunedBeforeUs(timeframe?: Timeframe): Promise<number> {
    this.#horizons ??= await this.#rows.retention.horizons();
    const table = timeframe === undefined ? 'trades' : 'candles';
    const names = ['', timeframe?.name];
    const own = this.#horizons.filter(
      (row) => row.table === table && names.includes(row.timeframe),
    );
    return Math.max(0, ...own.map(({ us }) => us));
  }

  openGaps(): Answer<readonly TimeRange[]> {
    return this.#rows.ledger.openTradeGaps(this.#instrument);
  }

  async states(buckets: readonly TimeRange[]): Promise<CandleState[]> {
    const { trades, coverage, ledger } = this.#rows;
    const [id, tape] = [this.#instrument, this.#tape];
    const fromUs = buckets[0]?.fromUs ?? 0;
    const gaps = await ledger.tradeGapSpans(id, fromUs, buckets.at(-1)?.toUs ?? 0);
    const evidence = new CandleEvidence(gaps, []);
    const states: CandleState[] = [];
    for (const bucket of buckets) {
      if (evidence.isBroken(bucket.fromUs, bucket.toUs)) {
        states.push(CandleState.partial);
        continue;
      }
      this.#reach ??= new CoverageReach(trades, id, tape, await coverage.spans(id, tape));
      const covered = await this.#reach.around(bucket);
      states.push(new CandleEvidence(gaps, covered).stateOf(bucket.fromUs, bucket.toUs));
    }
    return states;
  }

  save(timeframe: Timeframe, candles: readonly RebuiltCandle[]): Answer<number> {
    return this.#rows.candles.putRebuilt(this.#instrument, timeframe.name, candles);
  }
}
