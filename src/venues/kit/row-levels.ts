/** Book levels from rows of price and size in a depth message. Used by the fast paths. */
import type { DepthMessage } from '../contract.ts';
import { growLevels } from './levels.ts';
import type { RowGroup } from './row-group.ts';

/** Fills both sides and says whether a decimal lost precision; prices and sizes as they are. */
export function takeLevels(
  message: DepthMessage,
  bids: RowGroup | undefined,
  asks: RowGroup | undefined,
): void {
  if (bids === undefined || asks === undefined) return;
  growLevels(message, bids.count + asks.count);
  message.bidCount = bids.count;
  message.askCount = asks.count;
  message.precisionLoss = bids.precisionLoss || asks.precisionLoss;
  takeSide(message, bids, 0);
  takeSide(message, asks, bids.count);
}

function takeSide(
  { prices, sizes }: DepthMessage,
  { values, count, stride }: RowGroup,
  start: number,
): void {
  for (let i = 0, from = 0; i < count; i += 1, from += stride) {
    prices[start + i] = values[from] as number;
    sizes[start + i] = values[from + 1] as number;
  }
}
