/**
 * Best bid and offer: `bbo-tbt` as recorded live, `tickers` as found in older recordings. Either
 * side may be empty: no price and a size of 0.
 */
import { parseDecimalText } from '../../base/decimal.ts';
import type { QuoteMessage } from '../contract.ts';
import { type JsonObject, readId } from '../kit/json-fields.ts';
import { baseUnits, isSizeKnown, type Market } from './markets.ts';
import { isLossy, readLevelTexts, readTimeText } from './wire-fields.ts';

/** A row of `bbo-tbt`. Its `ts` is when it was pushed, not when the book changed. */
export function readBbo(row: JsonObject, market: Market, message: QuoteMessage): boolean {
  const bids = readLevelTexts(row.bids);
  const asks = readLevelTexts(row.asks);
  if (bids === undefined || asks === undefined) return false;
  // Before 2023 the channel had no ids.
  message.sequence = row.seqId === undefined ? Number.NaN : readId(row.seqId);
  if (message.sequence < 0) return false;
  const [bidPrice, bidSize] = bids[0] ?? [];
  const [askPrice, askSize] = asks[0] ?? [];
  return fill(message, market, row.ts, [bidPrice, bidSize], [askPrice, askSize]);
}

/** A row of `tickers`; empty texts where a side has no orders. */
export function readTicker(row: JsonObject, market: Market, message: QuoteMessage): boolean {
  const { instId, bidPx, bidSz, askPx, askSz } = row;
  if (instId !== market.instId) return false;
  for (const text of [bidPx, bidSz, askPx, askSz]) if (typeof text !== 'string') return false;
  message.sequence = Number.NaN;
  const side = (price: unknown, size: unknown): SideTexts =>
    price === '' ? [undefined, undefined] : [price as string, size as string];
  return fill(message, market, row.ts, side(bidPx, bidSz), side(askPx, askSz));
}

type SideTexts = readonly [price: string | undefined, size: string | undefined];

function fill(
  message: QuoteMessage,
  market: Market,
  ts: unknown,
  [bidPx, bidSz]: SideTexts,
  [askPx, askSz]: SideTexts,
): boolean {
  if (!isSizeKnown(market)) return false;
  const tsUs = readTimeText(ts);
  message.instrument = market.index;
  // 0 is the venue's "not known": the time of receipt stands in.
  message.tsUs = tsUs === 0 ? Number.NaN : tsUs;
  message.bidPrice = priceOf(bidPx);
  message.bidSize = sizeOf(market, bidSz, message.bidPrice);
  message.askPrice = priceOf(askPx);
  message.askSize = sizeOf(market, askSz, message.askPrice);
  message.precisionLoss = isLossy(bidPx ?? '', bidSz ?? '', askPx ?? '', askSz ?? '');
  if (tsUs < 0 || !(message.bidSize >= 0 && message.askSize >= 0)) return false;
  return (
    (bidPx === undefined || message.bidPrice > 0) && (askPx === undefined || message.askPrice > 0)
  );
}

function priceOf(text: string | undefined): number {
  return text === undefined ? Number.NaN : parseDecimalText(text);
}

function sizeOf(market: Market, text: string | undefined, price: number): number {
  return text === undefined ? 0 : baseUnits(market, text, parseDecimalText(text), price);
}
