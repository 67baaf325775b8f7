/** The `candle` table: candles from records, guarded, and candles made again from stored trades. */
import type { Statement } from 'bun:sqlite';
import type { RecordBytes } from '../../base/record-bytes.ts';
import type { CandleState } from '../../model/record-layout.ts';
import type { RebuiltCandle } from '../candle-access.ts';
import type { CandleSums } from '../candle-fold.ts';
import { type CandleVerdict, mergeCandle } from '../candle-merge.ts';
import { type CandleInput, readCandle, rebuiltInput } from '../candle-record.ts';
import { orNull } from '../row-text.ts';
import type { CandleRows } from '../stored-rows.ts';
import type { StatementSet } from './statements.ts';

interface StoredCandle {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly quoteVolume: number;
  readonly buyVolume: number;
  readonly tradeCount: number;
  readonly recvUs: number;
  readonly state: CandleState;
  readonly closed: number;
  readonly rebuilt: number;
  readonly revision: number;
}

interface Edge {
  readonly us: number | null;
}

const FIND_SQL = `SELECT open, high, low, close, volume, quote_volume AS quoteVolume,
  buy_volume AS buyVolume, trade_count AS tradeCount, recv_us AS recvUs, state, closed,
  rebuilt, revision
  FROM candle WHERE instrument = ? AND timeframe = ? AND open_us = ?`;
const REPLACE_SQL = `INSERT OR REPLACE INTO candle (instrument, timeframe, open_us, recv_us, open,
  high, low, close, volume, quote_volume, buy_volume, trade_count, first_trade_id, last_trade_id,
  state, closed, rebuilt, revision)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const CLOSED_SQL = `SELECT open_us AS openUs, open, high, low, close, volume,
  quote_volume AS quoteVolume, buy_volume AS buyVolume, trade_count AS tradeCount,
  ifnull(first_trade_id, 'NaN') AS firstTradeId, ifnull(last_trade_id, 'NaN') AS lastTradeId,
  recv_us AS recvUs
  FROM candle WHERE instrument = ? AND timeframe = ? AND open_us >= ? AND open_us < ? AND closed = 1
  ORDER BY open_us`;
const RANGE_SQL = `FROM candle
  WHERE instrument = ? AND timeframe = ? AND open_us >= ? AND open_us < ?`;
export const NEXT_TIMEFRAME_SQL = `SELECT timeframe AS name FROM candle
  WHERE instrument = ? AND timeframe > ? ORDER BY timeframe LIMIT 1`;

export class CandleTable implements CandleRows {
  readonly #find: Statement<StoredCandle, [number, string, number]>;
  readonly #replace: Statement;
  readonly #closed: Statement<CandleSums, [number, string, number, number]>;
  readonly #first: Statement<Edge, [number, string, number, number]>;
  readonly #last: Statement<Edge, [number, string, number, number]>;
  readonly #nextTimeframe: Statement<{ name: string }, [number, string]>;

  constructor(statements: StatementSet) {
    this.#find = statements.prepare(FIND_SQL);
    this.#replace = statements.prepare(REPLACE_SQL);
    this.#closed = statements.prepare(CLOSED_SQL);
    this.#first = statements.prepare(`SELECT min(open_us) AS us ${RANGE_SQL}`);
    this.#last = statements.prepare(`SELECT max(open_us) AS us ${RANGE_SQL}`);
    this.#nextTimeframe = statements.prepare(NEXT_TIMEFRAME_SQL);
  }

  /** 1 when the row was made or changed. */
  putRecord(bytes: RecordBytes, at: number, instrument: number, timeframe: string): number {
    return this.#put(instrument, timeframe, readCandle(bytes, at));
  }

  putRebuilt(instrument: number, timeframe: string, candles: readonly RebuiltCandle[]): number {
    let changed = 0;
    for (const candle of candles) changed += this.#put(instrument, timeframe, rebuiltInput(candle));
    return changed;
  }

  closed(instrument: number, timeframe: string, fromUs: number, toUs: number): CandleSums[] {
    const rows = this.#closed.all(instrument, timeframe, fromUs, toUs);
    return rows.map((row) => ({
      ...row,
      firstTradeId: Number(row.firstTradeId),
      lastTradeId: Number(row.lastTradeId),
    }));
  }

  /** Names of the timeframes stored for the instrument: one key probe each. */
  timeframes(instrument: number): string[] {
    const names: string[] = [];
    for (let name = ''; ; ) {
      const next = this.#nextTimeframe.get(instrument, name);
      if (next === null) return names;
      name = next.name;
      names.push(name);
    }
  }

  openSpan(
    instrument: number,
    timeframe: string,
    fromUs: number,
    toUs: number,
  ): readonly [number, number] | undefined {
    const first = this.#first.get(instrument, timeframe, fromUs, toUs)?.us ?? null;
    const last = this.#last.get(instrument, timeframe, fromUs, toUs)?.us ?? null;
    return first === null || last === null ? undefined : [first, last];
  }

  #put(instrument: number, timeframe: string, input: CandleInput): number {
    const row = this.#find.get(instrument, timeframe, input.openUs);
    const verdict: CandleVerdict | undefined =
      row === null
        ? { ...input, revision: 0 }
        : mergeCandle({ ...row, isClosed: row.closed === 1, isRebuilt: row.rebuilt === 1 }, input);
    if (verdict === undefined) return 0;
    this.#replace.run(
      instrument,
      timeframe,
      input.openUs,
      input.recvUs,
      input.open,
      input.high,
      input.low,
      input.close,
      verdict.volume,
      verdict.quoteVolume,
      verdict.buyVolume,
      input.tradeCount,
      orNull(input.firstTradeId),
      orNull(input.lastTradeId),
      input.state,
      verdict.isClosed ? 1 : 0,
      verdict.isRebuilt ? 1 : 0,
      verdict.revision,
    );
    return 1;
  }
}
