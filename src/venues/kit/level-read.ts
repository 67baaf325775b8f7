/**
 * Book levels `[["price","size"],…]` from parsed JSON into a depth message: what `frame-reader.ts`
 * does from bytes. Used by the decoders of venues that write levels as pairs of texts.
 */
import { losesPrecision, parseDecimalText } from '../../base/decimal.ts';
import type { DepthMessage } from '../contract.ts';
import { growLevels } from './levels.ts';

/** Fills both sides and raises `precisionLoss`; false when one level is none. */
export function readLevels(message: DepthMessage, bids: unknown, asks: unknown): boolean {
  if (!Array.isArray(bids) || !Array.isArray(asks)) return false;
  growLevels(message, bids.length + asks.length);
  message.bidCount = bids.length;
  message.askCount = asks.length;
  return readSide(message, bids, 0) && readSide(message, asks, bids.length);
}

function readSide(message: DepthMessage, levels: readonly unknown[], start: number): boolean {
  let index = start;
  for (const level of levels) {
    if (!Array.isArray(level) || level.length !== 2) return false;
    const [price, size] = level as readonly unknown[];
    if (typeof price !== 'string' || typeof size !== 'string') return false;
    const priceValue = parseDecimalText(price);
    const sizeValue = parseDecimalText(size);
    if (Number.isNaN(priceValue) || Number.isNaN(sizeValue)) return false;
    message.prices[index] = priceValue;
    message.sizes[index] = sizeValue;
    if (losesPrecision(price) || losesPrecision(size)) message.precisionLoss = true;
    index += 1;
  }
  return true;
}
