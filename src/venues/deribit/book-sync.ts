/**
 * How Deribit's changes follow a book. The stream is one ordered sequence that begins with the
 * whole book, so there is no request and nothing to join:
 *
 * 1. The first message after subscribing is of type `snapshot`; another may come later and replaces
 *    everything.
 * 2. Each `change` names the change it follows: its `prev_change_id` is the `change_id` before. The
 *    ids themselves jump, so nothing can be counted.
 * 3. When it does not, the book is dropped, and the channel unsubscribed and subscribed again.
 *
 * There is no checksum. https://docs.deribit.com (book.{instrument_name}.{interval})
 */
import type { BookRule, DepthMessage } from '../contract.ts';

export const CHAIN_RULE: BookRule = {
  first: (snapshotId: number, event: DepthMessage) => {
    const verdict = follow(snapshotId, event);
    return verdict === 'gap' ? 'refetch' : verdict;
  },
  next: follow,
};

function follow(bookId: number, event: DepthMessage): 'apply' | 'skip' | 'gap' {
  // 2.
  if (event.previousId === bookId) return 'apply';
  // Two sockets side by side bring each change twice.
  if (event.lastId <= bookId) return 'skip';
  // 3.
  return 'gap';
}
