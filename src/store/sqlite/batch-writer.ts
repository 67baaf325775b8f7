/**
 * Turns one batch into rows, in the transaction its caller opened: trades and quotes, most of it,
 * in the order of their instruments, all else in that of the batch. What it finds out on the way
 * (candle ranges to make again, how late it is) is in the outcome: those come after all rows.
 */
import { at } from '../../base/assert.ts';
import { errorText } from '../../base/errors.ts';
import type { RecordBytes } from '../../base/record-bytes.ts';
import { readStatus, type StatusRecord } from '../../model/record-codec.ts';
import {
  Candle,
  Channel,
  Common,
  QUOTE_LENGTH,
  RecordType,
  StatusKind,
  TRADE_LENGTH,
} from '../../model/record-layout.ts';
import type { Timeframe } from '../../model/timeframe.ts';
import { BatchCursor } from '../batch-cursor.ts';
import type { RecordBatch, WriteResult } from '../contract.ts';
import { InstrumentOrder } from '../instrument-order.ts';
import { ledgerEntry, ledgerKind, quarantineEntry } from '../ledger-entry.ts';
import { isTimeUs, recordContent, recordProblem } from '../record-problem.ts';
import { type RangeList, RebuildRanges } from '../time-range.ts';
import type { CandleTable } from './candle-table.ts';
import type { CoverageTable } from './coverage-table.ts';
import { isRowRefusal } from './database.ts';
import type { InstrumentTable } from './instrument-table.ts';
import type { LedgerTable } from './ledger-table.ts';
import type { RowTables } from './row-tables.ts';

export interface BatchTables {
  readonly rows: RowTables;
  readonly candles: CandleTable;
  readonly coverage: CoverageTable;
  readonly ledger: LedgerTable;
  readonly instruments: InstrumentTable;
  /** False once SQLite ended the transaction by itself. */
  readonly isInTransaction: () => boolean;
}

export interface BatchOutcome {
  readonly result: WriteResult;
  readonly rebuilds: RebuildRanges;
  /** Greatest receive time in the batch: its now. */
  readonly nowUs: number;
}

export class BatchWriter {
  readonly #tables: BatchTables;
  readonly #timeframes: readonly Timeframe[];
  readonly #withDeltas: boolean;
  readonly #trades = new InstrumentOrder();
  readonly #quotes = new InstrumentOrder();
  #result = emptyResult();
  #rebuilds = new RebuildRanges();

  constructor(tables: BatchTables, timeframes: readonly Timeframe[], withDeltas: boolean) {
    this.#tables = tables;
    this.#timeframes = timeframes;
    this.#withDeltas = withDeltas;
  }

  write(batch: RecordBatch): BatchOutcome {
    this.#result = emptyResult();
    this.#rebuilds = new RebuildRanges();
    const { bytes } = batch;
    const { ids } = this.#tables.instruments;
    this.#trades.clear(ids.length);
    this.#quotes.clear(ids.length);
    const cursor = new BatchCursor(batch);
    const timeframeCount = this.#timeframes.length;
    let nowUs = 0;
    while (cursor.next()) {
      const { at: index, type, length } = cursor;
      const problem = recordProblem(bytes, index, type, length, timeframeCount);
      if (problem !== '') {
        this.#quarantine(bytes, index, type, length, problem);
        continue;
      }
      const recvUs = bytes.f64[(index + Common.recvUs) >> 3] as number;
      if (recvUs > nowUs) nowUs = recvUs;
      const instrument = bytes.u32[(index + Common.instrument) >> 2] as number;
      const id = ids[instrument] ?? 0;
      if (id === 0) {
        if (isTick(bytes, index, type)) continue;
        this.#quarantine(bytes, index, type, length, `unknown instrument ${instrument}`);
      } else if (type === RecordType.trade) this.#trades.add(index, instrument);
      else if (type === RecordType.quote) this.#quotes.add(index, instrument);
      else this.#writeOther(bytes, index, type, length, id);
    }
    this.#writeTrades(bytes);
    this.#writeQuotes(bytes);
    return { result: this.#result, rebuilds: this.#rebuilds, nowUs };
  }

  #writeTrades(bytes: RecordBytes): void {
    const { rows, instruments } = this.#tables;
    const order = this.#trades.sorted();
    let stored = 0;
    let refused = 0;
    for (let i = 0; i < order.length; i += 1) {
      const index = order[i] as number;
      const instrument = bytes.u32[(index + Common.instrument) >> 2] as number;
      const id = instruments.ids[instrument] as number;
      try {
        stored += rows.trade(bytes, index, id, instruments.tapes[instrument] as number);
      } catch (error) {
        const textLength = bytes.u16[(index + Common.aux) >> 1] as number;
        this.#refuse(error, bytes, index, RecordType.trade, TRADE_LENGTH + textLength);
        refused += 1;
      }
    }
    this.#result.trades += stored;
    this.#result.tradeDuplicates += order.length - stored - refused;
  }

  #writeQuotes(bytes: RecordBytes): void {
    const { rows, instruments } = this.#tables;
    for (const index of this.#quotes.sorted()) {
      const instrument = bytes.u32[(index + Common.instrument) >> 2] as number;
      try {
        this.#result.quotes += rows.quote(bytes, index, instruments.ids[instrument] as number);
      } catch (error) {
        this.#refuse(error, bytes, index, RecordType.quote, QUOTE_LENGTH);
      }
    }
  }

  #writeOther(bytes: RecordBytes, index: number, type: number, length: number, id: number): void {
    try {
      this.#writeRow(bytes, index, type, id);
    } catch (error) {
      this.#refuse(error, bytes, index, type, length);
    }
  }

  #writeRow(bytes: RecordBytes, index: number, type: number, id: number): void {
    const result = this.#result;
    const { rows } = this.#tables;
    if (type === RecordType.bookSnapshot) {
      result.bookSnapshots += rows.bookSnapshot(bytes, index, id);
    } else if (type === RecordType.bookDelta) {
      if (this.#withDeltas) result.bookDeltas += rows.bookDelta(bytes, index, id);
    } else if (type === RecordType.candle) {
      this.#writeCandle(bytes, index, id);
    } else if (type === RecordType.derivative) {
      result.derivatives += rows.derivative(bytes, index, id);
    } else if (type === RecordType.liquidation) {
      result.liquidations += rows.liquidation(bytes, index, id);
    } else {
      this.#writeStatus(readStatus(bytes, index), id);
    }
  }

  #writeCandle(bytes: RecordBytes, index: number, id: number): void {
    const timeframe = at(this.#timeframes, bytes.u32[(index + Candle.timeframe) >> 2] as number);
    this.#result.candles += this.#tables.candles.putRecord(bytes, index, id, timeframe.name);
  }

  #writeStatus(status: StatusRecord, id: number): void {
    if (status.kind === StatusKind.coverage) {
      this.#writeCoverage(status, id);
    } else if (status.kind === StatusKind.rebuild) {
      this.#wantRebuild('changed', status);
    } else {
      const kind = ledgerKind(status);
      if (kind === undefined) return;
      const entry = ledgerEntry(status, kind);
      const { ledger } = this.#tables;
      const isRepaired = status.kind === StatusKind.repaired;
      const changed = isRepaired ? ledger.close(id, entry) : ledger.add(id, entry);
      this.#result.gaps += changed;
      const isTradeGap = status.channel === Channel.trades && kind !== 'stale';
      if (isRepaired && isTradeGap && changed > 0) this.#wantRebuild('repaired', status);
    }
  }

  #writeCoverage(status: StatusRecord, id: number): void {
    const { fromId, toId, recvUs } = status;
    const tape = at(this.#tables.instruments.tapes, status.instrument);
    const fromUs = isTimeUs(status.fromUs) ? status.fromUs : recvUs;
    const toUs = isTimeUs(status.toUs) ? status.toUs : fromUs;
    const isById = Number.isSafeInteger(fromId) && Number.isSafeInteger(toId);
    if (isById ? toId < fromId : toUs < fromUs) return;
    const { coverage } = this.#tables;
    if (isById) coverage.add(id, tape, fromId, toId, fromUs, Math.max(fromUs, toUs));
    else coverage.add(id, tape, Number.NaN, Number.NaN, fromUs, toUs);
  }

  #wantRebuild(list: RangeList, { instrument, fromUs, toUs }: StatusRecord): void {
    if (!isTimeUs(fromUs)) return;
    this.#rebuilds.add(instrument, list, { fromUs, toUs: isTimeUs(toUs) ? toUs : fromUs });
  }

  /** A row that SQLite does not take is set aside; any other error ends the batch. */
  #refuse(error: unknown, bytes: RecordBytes, index: number, type: number, length: number): void {
    if (!isRowRefusal(error) || !this.#tables.isInTransaction()) throw error;
    this.#quarantine(bytes, index, type, length, `${errorText(error)} (${error.code})`);
  }

  #quarantine(
    bytes: RecordBytes,
    index: number,
    type: number,
    length: number,
    problem: string,
  ): void {
    const instrument = length >= 4 ? (bytes.u32[index >> 2] as number) : -1;
    const id = this.#tables.instruments.ids[instrument] ?? 0;
    const content = recordContent(bytes, index, type, length);
    const recvUs = length >= 24 ? (bytes.f64[(index + Common.recvUs) >> 3] as number) : Number.NaN;
    const tsUs = length >= 24 ? (bytes.f64[(index + Common.tsUs) >> 3] as number) : Number.NaN;
    this.#tables.ledger.add(id, quarantineEntry(problem, content, recvUs, tsUs));
    this.#result.quarantined += 1;
  }
}

/** A clock tick names no instrument. */
function isTick(bytes: RecordBytes, index: number, type: number): boolean {
  return type === RecordType.status && bytes.u16[(index + Common.aux) >> 1] === StatusKind.tick;
}

function emptyResult(): WriteResult {
  return {
    trades: 0,
    tradeDuplicates: 0,
    quotes: 0,
    bookSnapshots: 0,
    bookDeltas: 0,
    candles: 0,
    derivatives: 0,
    liquidations: 0,
    gaps: 0,
    quarantined: 0,
  };
}
