/** Room for book levels in a depth message; decoders fill them. */
import type { DepthMessage } from '../contract.ts';

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
