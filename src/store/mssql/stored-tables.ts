/** Coverage, ledger and candles as resume and rebuilds read them. */

import type { RebuiltCandle } from '../candle-access.ts';
import type { GapSpan } from '../candle-evidence.ts';
import type { CandleSums } from '../candle-fold.ts';
import type { LedgerGap } from '../resume-state.ts';
import { putRebuiltCandles } from '../server/rebuilt-candles.ts';
import type { BatchRows } from '../server/server-session.ts';
import type { CandleRows, CoverageInterval, CoverageRows, LedgerRows } from '../stored-rows.ts';
import type { Connection } from './database.ts';
import { numberOrNaN, type SqlNumber } from './values.ts';

const SPANS_SQL = `SELECT id, from_id, to_id, from_us, to_us FROM dbo.trade_coverage
  WHERE instrument = @instrument AND tape = @tape ORDER BY from_id, from_us`;

type Numbers<Name extends string> = Readonly<Record<Name, SqlNumber>>;

export class CoverageTable implements CoverageRows {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async spans(instrument: number, tape: number): Promise<readonly CoverageInterval[]> {
    const values = { instrument, tape };
    type Row = Numbers<'id' | 'from_id' | 'to_id' | 'from_us' | 'to_us'>;
    const rows = await this.#connection.rows<Row>(SPANS_SQL, values);
    return rows.map(({ id, from_id, to_id, from_us, to_us }) => ({
      id: Number(id),
      // Null where time alone is covered, as the interface has it.
      fromId: (from_id === null ? null : Number(from_id)) as number,
      toId: (to_id === null ? null : Number(to_id)) as number,
      fromUs: Number(from_us),
      toUs: Number(to_us),
    }));
  }
}

const OPEN_SQL = `SELECT id, from_id, to_id, from_us, to_us, cause FROM dbo.gap
  WHERE instrument = @instrument AND kind = N'trade_gap' AND channel = 0 AND repaired = 0
  ORDER BY from_us, from_id`;
const GAP_SPANS_SQL = `SELECT from_us, to_us, repaired FROM dbo.gap
  WHERE instrument = @instrument AND kind = N'trade_gap' AND channel = 0 AND from_us < @to_us
    AND ISNULL(to_us, @from_us) >= @from_us`;
const CLOSE_SQL = `UPDATE dbo.gap SET repaired = 1, repaired_us = @now_us, how = @how
  WHERE id = @id AND repaired = 0`;

export class LedgerTable implements LedgerRows {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async openTradeGaps(instrument: number): Promise<readonly LedgerGap[]> {
    type Row = Numbers<'id' | 'from_id' | 'to_id' | 'from_us' | 'to_us'> & { cause: string };
    const rows = await this.#connection.rows<Row>(OPEN_SQL, { instrument });
    return rows.map(({ id, from_id, to_id, from_us, to_us, cause }) => ({
      id: Number(id),
      fromId: numberOrNaN(from_id),
      toId: numberOrNaN(to_id),
      fromUs: Number(from_us),
      toUs: numberOrNaN(to_us),
      cause,
    }));
  }

  async tradeGapSpans(
    instrument: number,
    fromUs: number,
    toUs: number,
  ): Promise<readonly GapSpan[]> {
    const values = { instrument, from_us: fromUs, to_us: toUs };
    type Row = Numbers<'from_us' | 'to_us' | 'repaired'>;
    const rows = await this.#connection.rows<Row>(GAP_SPANS_SQL, values);
    return rows.map(({ from_us, to_us, repaired }) => ({
      fromUs: Number(from_us),
      toUs: numberOrNaN(to_us),
      isRepaired: Number(repaired) === 1,
    }));
  }

  async closeById(id: number, nowUs: number, how: string): Promise<void> {
    await this.#connection.change(CLOSE_SQL, { id, now_us: nowUs, how });
  }
}

const RANGE = 'instrument = @instrument AND timeframe = @timeframe';
const CLOSED_SQL = `SELECT open_us, [open], high, low, [close], volume, quote_volume, buy_volume,
    trade_count, first_trade_id, last_trade_id, recv_us
  FROM dbo.candle WHERE ${RANGE} AND open_us >= @from_us AND open_us < @to_us AND closed = 1
  ORDER BY open_us`;
const OPEN_SPAN_SQL = `SELECT MIN(open_us) AS first_us, MAX(open_us) AS last_us FROM dbo.candle
  WHERE ${RANGE} AND open_us >= @from_us AND open_us < @to_us`;
export const NEXT_TIMEFRAME_SQL = `SELECT TOP (1) timeframe AS name FROM dbo.candle
  WHERE instrument = @instrument AND timeframe > @name ORDER BY timeframe`;

/** What candles are read from: the writer's connection, or a reader's. */
interface RowSource {
  rows<Row>(sql: string, parameters: Record<string, string | number>): Promise<Row[]>;
}

/** Names of the timeframes stored for the instrument: one key probe each. */
export async function storedTimeframes(source: RowSource, instrument: number): Promise<string[]> {
  const names: string[] = [];
  for (let name = ''; ; ) {
    const values = { instrument, name };
    const [next] = await source.rows<{ name: string }>(NEXT_TIMEFRAME_SQL, values);
    if (next === undefined) return names;
    name = next.name;
    names.push(name);
  }
}

export class CandleTable implements CandleRows {
  readonly #connection: Connection;
  readonly #batchRows: BatchRows;

  constructor(connection: Connection, batchRows: BatchRows) {
    this.#connection = connection;
    this.#batchRows = batchRows;
  }

  async closed(
    instrument: number,
    timeframe: string,
    fromUs: number,
    toUs: number,
  ): Promise<readonly CandleSums[]> {
    const values = { instrument, timeframe, from_us: fromUs, to_us: toUs };
    const rows = await this.#connection.rows<Numbers<string>>(CLOSED_SQL, values);
    return rows.map((row) => ({
      openUs: Number(row.open_us),
      open: Number(row.open),
      high: Number(row.high),
      low: Number(row.low),
      close: Number(row.close),
      volume: Number(row.volume),
      quoteVolume: Number(row.quote_volume),
      buyVolume: Number(row.buy_volume),
      tradeCount: Number(row.trade_count),
      firstTradeId: numberOrNaN(row.first_trade_id),
      lastTradeId: numberOrNaN(row.last_trade_id),
      recvUs: Number(row.recv_us),
    }));
  }

  timeframes(instrument: number): Promise<readonly string[]> {
    return storedTimeframes(this.#connection, instrument);
  }

  async openSpan(
    instrument: number,
    timeframe: string,
    fromUs: number,
    toUs: number,
  ): Promise<readonly [number, number] | undefined> {
    const values = { instrument, timeframe, from_us: fromUs, to_us: toUs };
    type Row = Numbers<'first_us' | 'last_us'>;
    const [row] = await this.#connection.rows<Row>(OPEN_SPAN_SQL, values);
    if (row === undefined || row.first_us === null) return undefined;
    return [Number(row.first_us), Number(row.last_us)];
  }

  putRebuilt(
    instrument: number,
    timeframe: string,
    candles: readonly RebuiltCandle[],
  ): Promise<number> {
    return putRebuiltCandles(this.#batchRows, instrument, timeframe, candles);
  }
}
