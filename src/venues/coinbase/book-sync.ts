/**
 * How Coinbase's `level2_batch` messages follow each other:
 * https://docs.cdp.coinbase.com/exchange/websocket-feed/channels#level2-channel
 *
 * 1 the first message after subscribing is the whole book; 2 each `l2update` sets the levels it
 * names, in order, a size of zero removes one.
 *
 * There is no sequence and no checksum. Delivery is guaranteed while the connection stands, so any
 * update follows the book before it; after a break of the connection the book begins anew. Against
 * what nobody promises, the book is held against the ticker (`FeedModule.quoteDriftUs`): its best
 * prices are those right after a match, and the batches trail them by 50 ms.
 */
import type { BookRule } from '../contract.ts';

/** Longest distance in time between a ticker and the batch that has the same best prices. */
export const TICKER_DRIFT_US = 2_000_000;

export const BOOK_RULE: BookRule = {
  first: () => 'apply',
  next: () => 'apply',
};
