/**
 * Fixed-offset writers of records. Each fills `bytes` from byte index `at` (a multiple of 8) and
 * returns the body's length. Readers use the offsets of `record-layout.ts` directly.
 */
import type { RecordBytes } from '../base/record-bytes.ts';
import {
  BOOK_DELTA_LENGTH,
  BOOK_SNAPSHOT_LENGTH,
  BookDelta,
  BookSnapshot,
  type Channel,
  Common,
  DERIVATIVE_LENGTH,
  Derivative,
  LEVEL_LENGTH,
  LIQUIDATION_LENGTH,
  Liquidation,
  QUOTE_LENGTH,
  Quote,
  STATUS_LENGTH,
  Status,
  type StatusKind,
  TRADE_LENGTH,
  Trade,
} from './record-layout.ts';
import type { TextId } from './text-id.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function writeCommon(
  bytes: RecordBytes,
  at: number,
  instrument: number,
  flags: number,
  aux: number,
  tsUs: number,
  recvUs: number,
): void {
  bytes.u32[(at + Common.instrument) >> 2] = instrument;
  bytes.u16[(at + Common.flags) >> 1] = flags;
  bytes.u16[(at + Common.aux) >> 1] = aux;
  bytes.f64[(at + Common.tsUs) >> 3] = tsUs;
  bytes.f64[(at + Common.recvUs) >> 3] = recvUs;
}

/** A trade with a numeric id (≤ 2^53). */
export function writeTrade(
  bytes: RecordBytes,
  at: number,
  instrument: number,
  flags: number,
  tsUs: number,
  recvUs: number,
  price: number,
  size: number,
  nativeSize: number,
  tradeId: number,
): number {
  writeCommon(bytes, at, instrument, flags, 0, tsUs, recvUs);
  const f64 = bytes.f64;
  f64[(at + Trade.price) >> 3] = price;
  f64[(at + Trade.size) >> 3] = size;
  f64[(at + Trade.nativeSize) >> 3] = nativeSize;
  f64[(at + Trade.tradeId) >> 3] = tradeId;
  return TRADE_LENGTH;
}

/** Turns the trade at `at` into one with a textual id; returns the new length. */
export function appendTextId(bytes: RecordBytes, at: number, id: TextId): number {
  const { words, wordCount } = id;
  const from = (at + TRADE_LENGTH) >> 2;
  for (let i = 0; i < wordCount; i += 1) bytes.u32[from + i] = words[i] as number;
  bytes.f64[(at + Trade.tradeId) >> 3] = Number.NaN;
  bytes.u16[(at + Common.aux) >> 1] = id.length;
  return TRADE_LENGTH + id.length;
}

/** The trade's id: a number where the venue's is one, else its text. */
export function readTradeId(bytes: RecordBytes, at: number): number | string {
  const length = bytes.u16[(at + Common.aux) >> 1] as number;
  if (length === 0) return bytes.f64[(at + Trade.tradeId) >> 3] as number;
  return readText(bytes, at + TRADE_LENGTH, length);
}

export function writeQuote(
  bytes: RecordBytes,
  at: number,
  instrument: number,
  flags: number,
  tsUs: number,
  recvUs: number,
  bidPrice: number,
  bidSize: number,
  askPrice: number,
  askSize: number,
  sequence: number,
): number {
  writeCommon(bytes, at, instrument, flags, 0, tsUs, recvUs);
  const f64 = bytes.f64;
  f64[(at + Quote.bidPrice) >> 3] = bidPrice;
  f64[(at + Quote.bidSize) >> 3] = bidSize;
  f64[(at + Quote.askPrice) >> 3] = askPrice;
  f64[(at + Quote.askSize) >> 3] = askSize;
  f64[(at + Quote.sequence) >> 3] = sequence;
  return QUOTE_LENGTH;
}

/** Head of a snapshot; the caller writes `bidCount + askCount` levels at `levelIndex(…)` itself. */
export function writeBookSnapshotHead(
  bytes: RecordBytes,
  at: number,
  instrument: number,
  flags: number,
  tsUs: number,
  recvUs: number,
  sequence: number,
  bidCount: number,
  askCount: number,
): number {
  writeCommon(bytes, at, instrument, flags, 0, tsUs, recvUs);
  bytes.f64[(at + BookSnapshot.sequence) >> 3] = sequence;
  bytes.u32[(at + BookSnapshot.bidCount) >> 2] = bidCount;
  bytes.u32[(at + BookSnapshot.askCount) >> 2] = askCount;
  return BOOK_SNAPSHOT_LENGTH + (bidCount + askCount) * LEVEL_LENGTH;
}

/** Head of a delta; levels follow as in a snapshot. */
export function writeBookDeltaHead(
  bytes: RecordBytes,
  at: number,
  instrument: number,
  flags: number,
  tsUs: number,
  recvUs: number,
  firstSequence: number,
  sequence: number,
  bidCount: number,
  askCount: number,
): number {
  writeCommon(bytes, at, instrument, flags, 0, tsUs, recvUs);
  bytes.f64[(at + BookDelta.firstSequence) >> 3] = firstSequence;
  bytes.f64[(at + BookDelta.sequence) >> 3] = sequence;
  bytes.u32[(at + BookDelta.bidCount) >> 2] = bidCount;
  bytes.u32[(at + BookDelta.askCount) >> 2] = askCount;
  return BOOK_DELTA_LENGTH + (bidCount + askCount) * LEVEL_LENGTH;
}

export function writeDerivative(
  bytes: RecordBytes,
  at: number,
  instrument: number,
  tsUs: number,
  recvUs: number,
  markPrice: number,
  indexPrice: number,
  fundingRate: number,
  nextFundingUs: number,
  openInterest: number,
): number {
  writeCommon(bytes, at, instrument, 0, 0, tsUs, recvUs);
  const f64 = bytes.f64;
  f64[(at + Derivative.markPrice) >> 3] = markPrice;
  f64[(at + Derivative.indexPrice) >> 3] = indexPrice;
  f64[(at + Derivative.fundingRate) >> 3] = fundingRate;
  f64[(at + Derivative.nextFundingUs) >> 3] = nextFundingUs;
  f64[(at + Derivative.openInterest) >> 3] = openInterest;
  return DERIVATIVE_LENGTH;
}

export function writeLiquidation(
  bytes: RecordBytes,
  at: number,
  instrument: number,
  flags: number,
  tsUs: number,
  recvUs: number,
  price: number,
  size: number,
  nativeSize: number,
): number {
  writeCommon(bytes, at, instrument, flags, 0, tsUs, recvUs);
  bytes.f64[(at + Liquidation.price) >> 3] = price;
  bytes.f64[(at + Liquidation.size) >> 3] = size;
  bytes.f64[(at + Liquidation.nativeSize) >> 3] = nativeSize;
  return LIQUIDATION_LENGTH;
}

/** The rare record: an object of its own is fine here. */
export interface StatusFields {
  readonly instrument: number;
  readonly kind: StatusKind;
  readonly channel: Channel;
  /** When it was noticed, receive clock. */
  readonly recvUs: number;
  readonly fromId?: number;
  readonly toId?: number;
  readonly fromUs?: number;
  readonly toUs?: number;
  readonly missing?: number;
  readonly cause?: string;
  readonly how?: string;
}

const STATUS_TEXT_LENGTH_MAX = 1024;

export function writeStatus(bytes: RecordBytes, at: number, status: StatusFields): number {
  writeCommon(bytes, at, status.instrument, 0, status.kind, status.recvUs, status.recvUs);
  const f64 = bytes.f64;
  f64[(at + Status.fromId) >> 3] = status.fromId ?? Number.NaN;
  f64[(at + Status.toId) >> 3] = status.toId ?? Number.NaN;
  f64[(at + Status.fromUs) >> 3] = status.fromUs ?? Number.NaN;
  f64[(at + Status.toUs) >> 3] = status.toUs ?? Number.NaN;
  f64[(at + Status.missing) >> 3] = status.missing ?? 0;
  bytes.u16[(at + Status.channel) >> 1] = status.channel;
  const causeAt = at + STATUS_LENGTH;
  const cause = writeText(bytes, causeAt, status.cause ?? '');
  const how = writeText(bytes, causeAt + cause, status.how ?? '');
  bytes.u16[(at + Status.causeLength) >> 1] = cause;
  bytes.u16[(at + Status.howLength) >> 1] = how;
  bytes.u16[(at + Status.howLength + 2) >> 1] = 0;
  return STATUS_LENGTH + cause + how;
}

export type StatusRecord = Required<StatusFields>;

/** Absent ids and times read as NaN, absent texts as ''. */
export function readStatus(bytes: RecordBytes, at: number): StatusRecord {
  const { f64, u16 } = bytes;
  const causeLength = u16[(at + Status.causeLength) >> 1] as number;
  const howLength = u16[(at + Status.howLength) >> 1] as number;
  const causeAt = at + STATUS_LENGTH;
  return {
    instrument: bytes.u32[(at + Common.instrument) >> 2] as number,
    kind: u16[(at + Common.aux) >> 1] as StatusKind,
    channel: u16[(at + Status.channel) >> 1] as Channel,
    recvUs: f64[(at + Common.recvUs) >> 3] as number,
    fromId: f64[(at + Status.fromId) >> 3] as number,
    toId: f64[(at + Status.toId) >> 3] as number,
    fromUs: f64[(at + Status.fromUs) >> 3] as number,
    toUs: f64[(at + Status.toUs) >> 3] as number,
    missing: f64[(at + Status.missing) >> 3] as number,
    cause: readText(bytes, causeAt, causeLength),
    how: readText(bytes, causeAt + causeLength, howLength),
  };
}

function writeText(bytes: RecordBytes, at: number, text: string): number {
  if (text === '') return 0;
  return encoder.encodeInto(text, bytes.u8.subarray(at, at + STATUS_TEXT_LENGTH_MAX)).written;
}

function readText(bytes: RecordBytes, at: number, length: number): string {
  // A copy: TextDecoder refuses views of shared memory.
  return length === 0 ? '' : decoder.decode(bytes.u8.slice(at, at + length));
}
