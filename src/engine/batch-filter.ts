/**
 * What a nearly full spool still takes: trades, liquidations, candles and status records. Quotes,
 * books and derivative ticks are left out, counted, and the ledger says so.
 */
import { copyWords, RecordBytes } from '../base/record-bytes.ts';
import { writeStatus } from '../model/record-codec.ts';
import { Channel, Common, RecordType, StatusKind } from '../model/record-layout.ts';
import { BatchCursor } from '../store/batch-cursor.ts';
import type { RecordBatch } from '../store/contract.ts';

const KEPT: ReadonlySet<number> = new Set([
  RecordType.trade,
  RecordType.liquidation,
  RecordType.candle,
  RecordType.status,
]);
const HEADER_LENGTH = 8;
/** Room for the ledger record that is added at the end. */
const NOTICE_LENGTH = 256;

export interface FilteredBatch {
  readonly batch: RecordBatch;
  /** Records left out. */
  readonly dropped: number;
}

/** A new batch without what may be lost, and with a `dropped` record when something was. */
export function keepEssential(source: RecordBatch): FilteredBatch {
  const bytes = RecordBytes.allocate(source.length + NOTICE_LENGTH);
  const cursor = new BatchCursor(source);
  let length = 0;
  let count = 0;
  let dropped = 0;
  let instrument = 0;
  let recvUs = Number.NaN;
  while (cursor.next()) {
    if (!KEPT.has(cursor.type)) {
      dropped += 1;
      instrument = source.bytes.u32[(cursor.at + Common.instrument) >> 2] as number;
      recvUs = source.bytes.f64[(cursor.at + Common.recvUs) >> 3] as number;
      continue;
    }
    const framed = HEADER_LENGTH + ((cursor.length + 7) & ~7);
    copyWords(source.bytes, cursor.at - HEADER_LENGTH, bytes, length, framed);
    length += framed;
    count += 1;
  }
  if (dropped > 0) {
    const body = writeStatus(bytes, length + HEADER_LENGTH, {
      instrument,
      kind: StatusKind.dropped,
      channel: Channel.quotes,
      recvUs,
      fromUs: recvUs,
      missing: dropped,
      cause: 'spool nearly full: quotes and books of all instruments left out',
    });
    bytes.i32[length >> 2] = body;
    bytes.i32[(length >> 2) + 1] = RecordType.status;
    length += HEADER_LENGTH + ((body + 7) & ~7);
    count += 1;
  }
  return { batch: { bytes, length, count }, dropped };
}
