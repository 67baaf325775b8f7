/** Batches and instruments for the spool's tests, and a look at what a batch holds. */
import { RecordBytes } from '../../src/base/record-bytes.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import { writeStatus, writeTrade } from '../../src/model/record-codec.ts';
import {
  CANDLE_LENGTH,
  Candle,
  Channel,
  Common,
  RecordType,
  type StatusKind,
  Trade,
} from '../../src/model/record-layout.ts';
import { BatchCursor } from '../../src/store/batch-cursor.ts';
import type { RecordBatch } from '../../src/store/contract.ts';
import { plainInstrument } from './plain-engine-view.ts';

/** `names`: base coins, in the order of their indices. */
export function coins(...names: string[]): Instrument[] {
  return names.map((name, i) => plainInstrument(i, 'binance', `${name}/USDT`, 'spot'));
}

export interface PlainRecord {
  readonly type: number;
  readonly instrument: number;
  /** Trade id, timeframe of a candle, kind of a status. */
  readonly value: number;
}

export function batchOf(records: readonly PlainRecord[]): RecordBatch {
  const bytes = RecordBytes.allocate(Math.max(8, records.length * 160));
  let length = 0;
  for (const record of records) {
    const body = writeBody(bytes, length + 8, record);
    bytes.i32[length >> 2] = body;
    bytes.i32[(length >> 2) + 1] = record.type;
    length += 8 + ((body + 7) & ~7);
  }
  return { bytes, length, count: records.length };
}

function writeBody(bytes: RecordBytes, at: number, { type, instrument, value }: PlainRecord) {
  if (type === RecordType.trade) {
    return writeTrade(bytes, at, instrument, 0, 1, 2, 3, 4, 4, value);
  }
  if (type === RecordType.candle) {
    bytes.u32[(at + Common.instrument) >> 2] = instrument;
    bytes.u32[(at + Candle.timeframe) >> 2] = value;
    return CANDLE_LENGTH;
  }
  const kind = value as StatusKind;
  return writeStatus(bytes, at, { instrument, kind, channel: Channel.trades, recvUs: 1 });
}

export function recordsOf(batch: RecordBatch | undefined): PlainRecord[] {
  const out: PlainRecord[] = [];
  if (batch === undefined) return out;
  const cursor = new BatchCursor(batch);
  while (cursor.next()) {
    const { at, type } = cursor;
    const { u16, u32, f64 } = batch.bytes;
    const instrument = u32[(at + Common.instrument) >> 2]!;
    let value = u16[(at + Common.aux) >> 1]!;
    if (type === RecordType.trade) value = f64[(at + Trade.tradeId) >> 3]!;
    if (type === RecordType.candle) value = u32[(at + Candle.timeframe) >> 2]!;
    out.push({ type, instrument, value });
  }
  return out;
}

export function tradeBatch(...ids: number[]): RecordBatch {
  return batchOf(ids.map((value) => ({ type: RecordType.trade, instrument: 0, value })));
}

export function idsOf(batch: RecordBatch | undefined): number[] {
  return recordsOf(batch).map(({ value }) => value);
}
