/** One instrument's rows in SQLite, as the rebuilding of candles wants them. */
import type { Database } from 'bun:sqlite';
import type { Timeframe } from '../../model/timeframe.ts';
import { CandleEvidence } from '../candle-evidence.ts';
import type { CandleSums } from '../candle-fold.ts';
import type { CandleAccess, RebuiltCandle, TradeTuple } from '../candle-rebuild.ts';
import type { CandleTable } from './candle-table.ts';
import type { CoverageTable } from './coverage-table.ts';
import type { LedgerTable } from './ledger-table.ts';
import { prunedBeforeUs } from './retention.ts';
import { readRows } from './statements.ts';
import type { TradeQueries } from './trade-queries.ts';

export interface CandleSources {
  readonly db: Database;
  readonly candles: CandleTable;
  readonly coverage: CoverageTable;
  readonly ledger: LedgerTable;
  readonly trades: TradeQueries;
}

export class SqliteCandleAccess implements CandleAccess {
  readonly #sources: CandleSources;
  readonly #instrument: number;
  readonly #tape: number;

  /** `tape`: the tape to count; two tapes of one market are the same trades twice. */
  constructor(sources: CandleSources, instrument: number, tape: number) {
    this.#sources = sources;
    this.#instrument = instrument;
    this.#tape = tape;
  }

  tradePage(fromUs: number, toUs: number, after?: TradeTuple): readonly TradeTuple[] {
    return this.#sources.trades.page(this.#instrument, this.#tape, fromUs, toUs, after);
  }

  hasTrades(fromUs: number, toUs: number): boolean {
    return this.#sources.trades.hasTrades(this.#instrument, this.#tape, fromUs, toUs);
  }

  span(fromUs: number, toUs: number): readonly [number, number] | undefined {
    const { db } = this.#sources;
    const id = this.#instrument;
    const edges: number[] = [];
    const ask = (sql: string, ...values: (number | string)[]) => {
      const us = readRows<{ us: number | null }>(db, sql, ...values)[0]?.us ?? null;
      if (us !== null) edges.push(us);
    };
    const range = 'FROM trade WHERE instrument = ? AND ts_us >= ? AND ts_us < ?';
    ask(`SELECT min(ts_us) AS us ${range}`, id, fromUs, toUs);
    ask(`SELECT max(ts_us) AS us ${range}`, id, fromUs, toUs);
    for (const timeframe of this.#storedTimeframes()) {
      const candles =
        'FROM candle WHERE instrument = ? AND timeframe = ? AND open_us >= ? AND open_us < ?';
      ask(`SELECT min(open_us) AS us ${candles}`, id, timeframe, fromUs, toUs);
      ask(`SELECT max(open_us) AS us ${candles}`, id, timeframe, fromUs, toUs);
    }
    return edges.length === 0 ? undefined : [Math.min(...edges), Math.max(...edges)];
  }

  closedCandles(timeframe: Timeframe, fromUs: number, toUs: number): readonly CandleSums[] {
    return this.#sources.candles.closed(this.#instrument, timeframe.name, fromUs, toUs);
  }

  prunedBeforeUs(timeframe?: Timeframe): number {
    const { db } = this.#sources;
    return timeframe === undefined
      ? prunedBeforeUs(db, 'trades')
      : prunedBeforeUs(db, 'candles', timeframe.name);
  }

  evidence(fromUs: number, toUs: number): CandleEvidence {
    const { coverage, ledger, trades } = this.#sources;
    const spans = coverage.spans(this.#instrument, this.#tape).map((row) => {
      if (row.toUs >= toUs || row.toId === null) return row;
      // Trades that follow without a hole are as good as covered; the record of it comes later.
      const island = trades.islands(this.#instrument, this.#tape, row.toId + 1, row.toId + 10_000);
      const first = island[0];
      if (first === undefined || first.from !== row.toId + 1) return row;
      const last = trades.before(this.#instrument, this.#tape, first.to);
      return { ...row, toUs: Math.max(row.toUs, last?.tsUs ?? row.toUs) };
    });
    return new CandleEvidence(ledger.tradeGapSpans(this.#instrument, fromUs, toUs), spans);
  }

  save(timeframe: Timeframe, candles: readonly RebuiltCandle[]): number {
    let changed = 0;
    for (const candle of candles) {
      changed += this.#sources.candles.putRebuilt(this.#instrument, timeframe.name, candle);
    }
    return changed;
  }

  #storedTimeframes(): string[] {
    return this.#sources.candles.timeframes(this.#instrument);
  }
}
