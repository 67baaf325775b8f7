/**
 * Says why a record cannot become a row, or ''. Checked before a record reaches a database, so that
 * one bad row goes to the ledger as `quarantine` with its content and never costs its batch.
 *
 * A time is a whole number of µs in 0..2^53-1 (to the year 2255). Prices and sizes are finite; what
 * a venue may leave out (a side of a quote, a derivative's fields) may be NaN and becomes NULL.
 */
import type { RecordBytes } from '../base/record-bytes.ts';
import { readTradeId } from '../model/record-codec.ts';
import {
  BOOK_DELTA_LENGTH,
  BOOK_SNAPSHOT_LENGTH,
  BookDelta,
  BookSnapshot,
  CANDLE_LENGTH,
  CANDLE_STATE_NAMES,
  Candle,
  CHANNEL_NAMES,
  Common,
  DERIVATIVE_LENGTH,
  Derivative,
  LEVEL_LENGTH,
  LIQUIDATION_LENGTH,
  Liquidation,
  QUOTE_LENGTH,
  Quote,
  RecordType,
  STATUS_LENGTH,
  Status,
  TRADE_LENGTH,
  Trade,
} from '../model/record-layout.ts';

const BODY_LENGTH_MIN: Readonly<Record<number, number>> = {
  [RecordType.trade]: TRADE_LENGTH,
  [RecordType.quote]: QUOTE_LENGTH,
  [RecordType.bookSnapshot]: BOOK_SNAPSHOT_LENGTH,
  [RecordType.bookDelta]: BOOK_DELTA_LENGTH,
  [RecordType.candle]: CANDLE_LENGTH,
  [RecordType.derivative]: DERIVATIVE_LENGTH,
  [RecordType.liquidation]: LIQUIDATION_LENGTH,
  [RecordType.status]: STATUS_LENGTH,
};
/** Content kept of a record set aside, in characters. */
const CONTENT_LENGTH_MAX = 4096;

export function isTimeUs(us: number): boolean {
  return us >= 0 && us <= Number.MAX_SAFE_INTEGER && Math.floor(us) === us;
}

export function recordProblem(
  bytes: RecordBytes,
  at: number,
  type: number,
  length: number,
  timeframeCount: number,
): string {
  const lengthMin = BODY_LENGTH_MIN[type];
  if (lengthMin === undefined) return `unknown record type ${type}`;
  if (length < lengthMin) return `record of ${length} bytes, not ${lengthMin}`;
  const { f64 } = bytes;
  if (!isTimeUs(f64[(at + Common.tsUs) >> 3] as number)) return 'time outside 1970..2255';
  if (!isTimeUs(f64[(at + Common.recvUs) >> 3] as number)) return 'receive time outside 1970..2255';
  if (type === RecordType.trade) return tradeProblem(bytes, at, length);
  if (type === RecordType.quote) return quoteProblem(f64, at);
  if (type === RecordType.bookSnapshot) {
    const counts = (at + BookSnapshot.bidCount) >> 2;
    const levels = at + BOOK_SNAPSHOT_LENGTH;
    const problem = idProblem(f64[(at + BookSnapshot.sequence) >> 3] as number);
    return problem || bookProblem(bytes, levels, length - BOOK_SNAPSHOT_LENGTH, counts);
  }
  if (type === RecordType.bookDelta) {
    const counts = (at + BookDelta.bidCount) >> 2;
    const levels = at + BOOK_DELTA_LENGTH;
    const problem =
      idProblem(f64[(at + BookDelta.firstSequence) >> 3] as number) ||
      idProblem(f64[(at + BookDelta.sequence) >> 3] as number);
    return problem || bookProblem(bytes, levels, length - BOOK_DELTA_LENGTH, counts);
  }
  if (type === RecordType.candle) return candleProblem(bytes, at, timeframeCount);
  if (type === RecordType.derivative) return derivativeProblem(f64, at);
  if (type === RecordType.liquidation) return liquidationProblem(f64, at);
  return statusProblem(bytes.u16, at, length);
}

function tradeProblem(bytes: RecordBytes, at: number, length: number): string {
  const { f64 } = bytes;
  const size = f64[(at + Trade.size) >> 3] as number;
  if (!Number.isFinite(f64[(at + Trade.price) >> 3] as number)) return 'price is no number';
  if (!(size >= 0 && size < Number.POSITIVE_INFINITY)) return 'size is no number ≥ 0';
  if (isInfinite(f64[(at + Trade.nativeSize) >> 3] as number)) return 'native size is infinite';
  const textLength = bytes.u16[(at + Common.aux) >> 1] as number;
  if (textLength > length - TRADE_LENGTH) return 'trade id longer than its record';
  if (textLength > 0) return '';
  return Number.isSafeInteger(f64[(at + Trade.tradeId) >> 3] as number) ? '' : 'no trade id';
}

function quoteProblem(f64: Float64Array, at: number): string {
  for (let field = Quote.bidPrice; field <= Quote.askSize; field += 8) {
    if (isInfinite(f64[(at + field) >> 3] as number)) return 'quote has an infinite value';
  }
  return idProblem(f64[(at + Quote.sequence) >> 3] as number);
}

/** `counts` is the u32 index of the bid count; the ask count follows it. */
function bookProblem(bytes: RecordBytes, at: number, length: number, counts: number): string {
  const count = (bytes.u32[counts] as number) + (bytes.u32[counts + 1] as number);
  if (count * LEVEL_LENGTH > length) return `${count} levels do not fit the record`;
  const start = at >> 3;
  for (let i = start; i < start + count * 2; i += 1) {
    if (!Number.isFinite(bytes.f64[i] as number)) return 'book level is no number';
  }
  return '';
}

function candleProblem(bytes: RecordBytes, at: number, timeframeCount: number): string {
  const { f64 } = bytes;
  for (let field = Candle.open; field <= Candle.tradeCount; field += 8) {
    if (!Number.isFinite(f64[(at + field) >> 3] as number)) return 'candle value is no number';
  }
  const count = f64[(at + Candle.tradeCount) >> 3] as number;
  if (count < 0 || Math.floor(count) !== count) return 'candle trade count is no whole number';
  const state = bytes.u16[(at + Common.aux) >> 1] as number;
  if (state >= CANDLE_STATE_NAMES.length) return `unknown candle state ${state}`;
  const timeframe = bytes.u32[(at + Candle.timeframe) >> 2] as number;
  return timeframe < timeframeCount ? '' : `unknown timeframe ${timeframe}`;
}

function derivativeProblem(f64: Float64Array, at: number): string {
  for (let field = Derivative.markPrice; field <= Derivative.openInterest; field += 8) {
    if (isInfinite(f64[(at + field) >> 3] as number)) return 'derivative has an infinite value';
  }
  const nextUs = f64[(at + Derivative.nextFundingUs) >> 3] as number;
  return Number.isNaN(nextUs) || isTimeUs(nextUs) ? '' : 'funding time outside 1970..2255';
}

function liquidationProblem(f64: Float64Array, at: number): string {
  if (!Number.isFinite(f64[(at + Liquidation.price) >> 3] as number)) return 'price is no number';
  const size = f64[(at + Liquidation.size) >> 3] as number;
  if (!(size >= 0 && size < Number.POSITIVE_INFINITY)) return 'size is no number ≥ 0';
  const native = f64[(at + Liquidation.nativeSize) >> 3] as number;
  return isInfinite(native) ? 'native size is infinite' : '';
}

function statusProblem(u16: Uint16Array, at: number, length: number): string {
  const channel = u16[(at + Status.channel) >> 1] as number;
  if (channel >= CHANNEL_NAMES.length) return `unknown channel ${channel}`;
  const cause = u16[(at + Status.causeLength) >> 1] as number;
  const how = u16[(at + Status.howLength) >> 1] as number;
  return STATUS_LENGTH + cause + how > length ? 'status text longer than its record' : '';
}

function idProblem(id: number): string {
  return Number.isNaN(id) || Number.isSafeInteger(id) ? '' : 'sequence is no integer below 2^53';
}

function isInfinite(value: number): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}

/** The content of a record set aside, as compact JSON; the same record gives the same text. */
export function recordContent(
  bytes: RecordBytes,
  at: number,
  type: number,
  length: number,
): string {
  const name = Object.entries(RecordType).find(([, value]) => value === type)?.[0] ?? `${type}`;
  const head = {
    record: name,
    instrument: bytes.u32[at >> 2],
    flags: bytes.u16[(at + Common.flags) >> 1],
    aux: bytes.u16[(at + Common.aux) >> 1],
  };
  const values: (string | number | null)[] = [];
  for (let field = Common.tsUs; field + 8 <= length; field += 8) {
    const value = bytes.f64[(at + field) >> 3] as number;
    // JSON has no NaN and no Infinity; what was there must stay readable.
    values.push(Number.isFinite(value) ? value : String(value));
  }
  const id = type === RecordType.trade && length >= TRADE_LENGTH ? readTradeId(bytes, at) : '';
  const detail = typeof id === 'string' && id !== '' ? { ...head, id } : head;
  return JSON.stringify({ ...detail, values }).slice(0, CONTENT_LENGTH_MAX);
}
