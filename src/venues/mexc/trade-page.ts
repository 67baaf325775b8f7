/**
 * A REST page of trades on its way out: put in order, given ids, and its edges judged. Both feeds'.
 *
 * A page's first and last moment are those of trades that are recorded already. Where that was
 * before this process, nobody remembers how many trades that moment had, so rows of it without an
 * id could be second copies: they are counted and make no record.
 */
import type { RestHandler, TradeMessage } from '../contract.ts';
import { oldestFirst } from '../kit/row-order.ts';
import type { TradeJoin } from './trade-join.ts';

export interface PageEdges {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Hands out `rows`, all of one instrument; a row whose `textId` is empty has no id yet. */
export function deliverPage(
  instrument: number,
  rows: readonly TradeMessage[],
  edges: PageEdges,
  join: TradeJoin,
  out: RestHandler,
): void {
  const isFromKnown = join.knowsTime(edges.fromUs);
  const isToKnown = join.knowsTime(edges.toUs);
  join.startPage();
  const ordered = oldestFirst(rows);
  for (const trade of ordered) {
    if (trade.textId.length > 0) {
      out.onTrade(trade);
      continue;
    }
    const row = join.onRow(trade);
    trade.textId.set(row.id);
    const isAtEdge =
      (trade.tsUs === edges.fromUs && !isFromKnown) || (trade.tsUs === edges.toUs && !isToKnown);
    if (isAtEdge) trade.isMarket = false;
    if (out.onTrade(trade)) join.onRecorded(trade, row);
  }
  out.onTradesEnd(instrument, ordered.length);
}
