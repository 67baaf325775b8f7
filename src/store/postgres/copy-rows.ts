/** Rows of the bulk tables: their columns, and each record's fields straight from its bytes. */
import type { RecordBytes } from '../../base/record-bytes.ts';
import { readTradeId } from '../../model/record-codec.ts';
import {
  BOOK_DELTA_LENGTH,
  BOOK_SNAPSHOT_LENGTH,
  BookDelta,
  BookSnapshot,
  Common,
  Flag,
  LEVEL_LENGTH,
  Liquidation,
  Quote,
  Trade,
} from '../../model/record-layout.ts';
import { levelsText } from '../row-text.ts';
import type { BulkTable, RowList } from '../server/row-list.ts';
import type { CopyBuffer } from './copy-buffer.ts';
import type { SendMessage } from './copy-in.ts';

/** In `trade_id` where the id is a text: above every number. */
export const TEXT_ID_NUMBER = 2 ** 53;
const NO_SEQUENCE = -1;

type EncodeRow = (
  copy: CopyBuffer,
  bytes: RecordBytes,
  at: number,
  instrument: number,
  tape: number,
) => void;

export const COPY_COLUMNS: Readonly<Record<BulkTable, string>> = {
  trade: 'ts, recv_us, trade_id, price, size, native_size, instrument, flags, tape, text_id',
  quote: `ts, recv_us, sequence, bid_price, bid_size, ask_price, ask_size, instrument, flags`,
  book_snapshot: 'ts, recv_us, sequence, instrument, flags, bids, asks',
  book_delta: 'ts, recv_us, first_sequence, sequence, unnumbered_us, instrument, flags, bids, asks',
  liquidation: 'instrument, ts, is_sell, price, size, native_size, recv_us',
};

const ENCODE: Readonly<Record<BulkTable, EncodeRow>> = {
  trade: (copy, bytes, at, instrument, tape) => {
    const { f64, u16 } = bytes;
    const word = at >> 3;
    const size = f64[word + (Trade.size >> 3)] as number;
    const nativeSize = f64[word + (Trade.nativeSize >> 3)] as number;
    const isText = u16[(at + Common.aux) >> 1] !== 0;
    copy.begin(10, 104);
    copy.time(f64[word + (Common.tsUs >> 3)] as number);
    copy.bigint(f64[word + (Common.recvUs >> 3)] as number);
    copy.bigint(isText ? TEXT_ID_NUMBER : (f64[word + (Trade.tradeId >> 3)] as number));
    copy.double(f64[word + (Trade.price >> 3)] as number);
    copy.double(size);
    copy.doubleOrNull(nativeSize === size ? Number.NaN : nativeSize);
    copy.integer(instrument);
    copy.integer(u16[(at + Common.flags) >> 1] as number);
    copy.smallint(tape);
    if (isText) copy.text(String(readTradeId(bytes, at)));
    else copy.null();
  },
  quote: (copy, { f64, u16 }, at, instrument) => {
    const word = at >> 3;
    const sequence = f64[word + (Quote.sequence >> 3)] as number;
    copy.begin(9, 104);
    copy.time(f64[word + (Common.tsUs >> 3)] as number);
    copy.bigint(f64[word + (Common.recvUs >> 3)] as number);
    copy.bigint(numbered(sequence));
    copy.doubleOrNull(f64[word + (Quote.bidPrice >> 3)] as number);
    copy.doubleOrNull(f64[word + (Quote.bidSize >> 3)] as number);
    copy.doubleOrNull(f64[word + (Quote.askPrice >> 3)] as number);
    copy.doubleOrNull(f64[word + (Quote.askSize >> 3)] as number);
    copy.integer(instrument);
    copy.integer(u16[(at + Common.flags) >> 1] as number);
  },
  book_snapshot: (copy, bytes, at, instrument) => {
    const { f64, u32 } = bytes;
    copy.begin(7, 64);
    copy.time(f64[(at + Common.tsUs) >> 3] as number);
    copy.bigint(f64[(at + Common.recvUs) >> 3] as number);
    copy.bigint(numbered(f64[(at + BookSnapshot.sequence) >> 3] as number));
    copy.integer(instrument);
    copy.integer(bytes.u16[(at + Common.flags) >> 1] as number);
    const bidCount = u32[(at + BookSnapshot.bidCount) >> 2] as number;
    const askCount = u32[(at + BookSnapshot.askCount) >> 2] as number;
    encodeLevels(copy, bytes, at + BOOK_SNAPSHOT_LENGTH, bidCount, askCount);
  },
  book_delta: (copy, bytes, at, instrument) => {
    const { f64, u32 } = bytes;
    const recvUs = f64[(at + Common.recvUs) >> 3] as number;
    const sequence = numbered(f64[(at + BookDelta.sequence) >> 3] as number);
    copy.begin(9, 96);
    copy.time(f64[(at + Common.tsUs) >> 3] as number);
    copy.bigint(recvUs);
    copy.bigint(numbered(f64[(at + BookDelta.firstSequence) >> 3] as number));
    copy.bigint(sequence);
    copy.bigint(sequence === NO_SEQUENCE ? recvUs : 0);
    copy.integer(instrument);
    copy.integer(bytes.u16[(at + Common.flags) >> 1] as number);
    const bidCount = u32[(at + BookDelta.bidCount) >> 2] as number;
    const askCount = u32[(at + BookDelta.askCount) >> 2] as number;
    encodeLevels(copy, bytes, at + BOOK_DELTA_LENGTH, bidCount, askCount);
  },
  liquidation: (copy, { f64, u16 }, at, instrument) => {
    const size = f64[(at + Liquidation.size) >> 3] as number;
    const nativeSize = f64[(at + Liquidation.nativeSize) >> 3] as number;
    copy.begin(7, 80);
    copy.integer(instrument);
    copy.time(f64[(at + Common.tsUs) >> 3] as number);
    copy.smallint((u16[(at + Common.flags) >> 1] as number) & Flag.sell);
    copy.double(f64[(at + Liquidation.price) >> 3] as number);
    copy.double(size);
    copy.doubleOrNull(nativeSize === size ? Number.NaN : nativeSize);
    copy.bigint(f64[(at + Common.recvUs) >> 3] as number);
  },
};

/** Rows of one message: the server takes them in while the next ones are encoded. */
const MESSAGE_ROWS = 1_000;

/** Hands the COPY messages of rows from..to to `send`. They are valid until the next call. */
export function encodeRows(
  copy: CopyBuffer,
  table: BulkTable,
  bytes: RecordBytes,
  rows: RowList,
  from: number,
  to: number,
  send: SendMessage,
): void {
  const encode = ENCODE[table];
  copy.start();
  for (let i = from; i < to; i += 1) {
    if (i > from && (i - from) % MESSAGE_ROWS === 0) send(copy.cut());
    const tape = rows.tape[i] as number;
    encode(copy, bytes, rows.at[i] as number, rows.instrument[i] as number, tape);
  }
  send(copy.finish());
}

function encodeLevels(
  copy: CopyBuffer,
  bytes: RecordBytes,
  at: number,
  bidCount: number,
  askCount: number,
): void {
  copy.text(levelsText(bytes, at, bidCount));
  copy.text(levelsText(bytes, at + bidCount * LEVEL_LENGTH, askCount));
}

function numbered(sequence: number): number {
  return Number.isNaN(sequence) ? NO_SEQUENCE : sequence;
}
