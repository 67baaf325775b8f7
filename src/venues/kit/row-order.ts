/** Rows of trades in order of time, oldest first, as records go out. */
import type { TradeMessage } from '../contract.ts';

/**
 * `trades` with the oldest first. Venues list them either way round; trades of one time keep the
 * order that the venue gave them, turned round with the list.
 */
export function oldestFirst(trades: readonly TradeMessage[]): readonly TradeMessage[] {
  const first = trades[0]?.tsUs ?? 0;
  const last = trades.at(-1)?.tsUs ?? 0;
  const ordered = first > last ? trades.toReversed() : trades;
  let isRising = true;
  for (let i = 1; i < ordered.length; i += 1) {
    const [a, b] = [ordered[i - 1] as TradeMessage, ordered[i] as TradeMessage];
    if (b.tsUs < a.tsUs) isRising = false;
  }
  return isRising ? ordered : ordered.toSorted((a, b) => a.tsUs - b.tsUs);
}
