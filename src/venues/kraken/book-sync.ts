/**
 * How Kraken's book messages follow each other, numbered as in the venue's guide "Spot WebSockets
 * (v2) book checksum": https://docs.kraken.com/exchange/guides/websockets/book-checksum-v2
 *
 * 1 subscribe, and take the snapshot as the book; 2 set each level of an update, a quantity of 0
 * removes it; 3 cut each side to the subscribed depth, as levels that fall out of it are not
 * deleted by the venue; 4 compare the checksum. 1 to 3 are the keeper's work, 4 is `checksum.ts`.
 *
 * There is no sequence: any update may follow any book, and only the checksum tells.
 */
import type { BookRule } from '../contract.ts';

/** Levels a side we subscribe to; the venue offers 10, 25, 100, 500 and 1000. */
export const BOOK_DEPTH = 100;

export const BOOK_RULE: BookRule = {
  first: () => 'apply',
  next: () => 'apply',
};
