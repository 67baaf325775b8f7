/**
 * Book levels `[["price","size"],…]` from a frame's bytes into a depth message, as most venues
 * write them. Used by the fast paths of decoders.
 */
import type { DepthMessage } from '../contract.ts';
import { CLOSE_ARRAY, COMMA, type JsonScanner, OPEN_ARRAY } from './json-scan.ts';

/** Makes room for `count` levels; keeps those there are. */
export function growLevels(message: DepthMessage, count: number): void {
  if (count <= message.prices.length) return;
  let capacity = Math.max(64, message.prices.length);
  while (capacity < count) capacity *= 2;
  const prices = new Float64Array(capacity);
  const sizes = new Float64Array(capacity);
  prices.set(message.prices);
  sizes.set(message.sizes);
  message.prices = prices;
  message.sizes = sizes;
}

/** Reads levels to `start` and on; returns their count, or -1 when this is not such an array. */
export function scanLevels(scan: JsonScanner, message: DepthMessage, start: number): number {
  if (!scan.matchByte(OPEN_ARRAY)) return -1;
  if (scan.matchByte(CLOSE_ARRAY)) return 0;
  for (let index = start; ; index += 1) {
    if (!scan.matchByte(OPEN_ARRAY)) return -1;
    const price = scan.quotedDecimal();
    if (price < 0 || !scan.matchByte(COMMA)) return -1;
    const size = scan.quotedDecimal();
    if (size < 0 || !scan.matchByte(CLOSE_ARRAY)) return -1;
    if (index >= message.prices.length) growLevels(message, index + 1);
    message.prices[index] = price;
    message.sizes[index] = size;
    const next = scan.take();
    if (next === COMMA) continue;
    return next === CLOSE_ARRAY ? index + 1 - start : -1;
  }
}
