/** The `candle` table: candles from records, guarded, and candles made again from stored trades. */
import type { Statement } from 'bun:sqlite';
import type { RecordBytes } from '../../base/record-bytes.ts';
import { Candle, type CandleState, Common, Flag } from '../../model/record-layout.ts';
import type { CandleSums } from '../candle-fold.ts';
import { type CandleContent, type CandleVerdict, mergeCandle } from '../candle-merge.ts';
import type { RebuiltCandle } from '../candle-rebuild.ts';
import { orNull } from '../row-text.ts';
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
export const NEXT_TIMEFRAME_SQL = `SELECT timeframe AS name FROM candle
  WHERE instrument = ? AND timeframe > ? ORDER BY timeframe LIMIT 1`;

export class CandleTable {
  readonly #find: Statement<StoredCandle, [number, string, number]>;
  readonly #replace: Statement;
  readonly #closed: Statement<CandleSums, [number, string, number, number]>;
  readonly #nextTimeframe: Statement<{ name: string }, [number, string]>;

  constructor(statements: StatementSet) {
    this.#find = statements.prepare(FIND_SQL);
    this.#replace = statements.prepare(REPLACE_SQL);
    this.#closed = statements.prepare(CLOSED_SQL);
    this.#nextTimeframe = statements.prepare(NEXT_TIMEFRAME_SQL);
  }

  /** 1 when the row was made or changed. */
  putRecord(bytes: RecordBytes, at: number, instrument: number, timeframe: string): number {
    const { f64, u16 } = bytes;
    const flags = u16[(at + Common.flags) >> 1] as number;
    const sums: CandleSums = {
      openUs: f64[(at + Common.tsUs) >> 3] as number,
      open: f64[(at + Candle.open) >> 3] as number,
      high: f64[(at + Candle.high) >> 3] as number,
      low: f64[(at + Candle.low) >> 3] as number,
      close: f64[(at + Candle.close) >> 3] as number,
      volume: f64[(at + Candle.volume) >> 3] as number,
      quoteVolume: f64[(at + Candle.quoteVolume) >> 3] as number,
      buyVolume: f64[(at + Candle.buyVolume) >> 3] as number,
      tradeCount: f64[(at + Candle.tradeCount) >> 3] as number,
      firstTradeId: f64[(at + Candle.firstTradeId) >> 3] as number,
      lastTradeId: f64[(at + Candle.lastTradeId) >> 3] as number,
      recvUs: f64[(at + Common.recvUs) >> 3] as number,
    };
    const state = u16[(at + Common.aux) >> 1] as CandleState;
    const isClosed = (flags & Flag.candleClosed) !== 0;
    return this.#put(instrument, timeframe, sums, { ...sums, state, isClosed, isRebuilt: false });
  }

  putRebuilt(instrument: number, timeframe: string, { sums, state }: RebuiltCandle): number {
    const content = { ...sums, state, isClosed: true, isRebuilt: true };
    return this.#put(instrument, timeframe, sums, content);
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

  #put(instrument: number, timeframe: string, sums: CandleSums, content: CandleContent): number {
    const row = this.#find.get(instrument, timeframe, sums.openUs);
    const verdict: CandleVerdict | undefined =
      row === null
        ? { isClosed: content.isClosed, isRebuilt: content.isRebuilt, revision: 0 }
        : mergeCandle(
            { ...row, isClosed: row.closed === 1, isRebuilt: row.rebuilt === 1 },
            content,
          );
    if (verdict === undefined) return 0;
    this.#replace.run(
      instrument,
      timeframe,
      sums.openUs,
      sums.recvUs,
      sums.open,
      sums.high,
      sums.low,
      sums.close,
      sums.volume,
      sums.quoteVolume,
      sums.buyVolume,
      sums.tradeCount,
      orNull(sums.firstTradeId),
      orNull(sums.lastTradeId),
      content.state,
      verdict.isClosed ? 1 : 0,
      verdict.isRebuilt ? 1 : 0,
      verdict.revision,
    );
    return 1;
  }
}
