/**
 * How Bybit's book stream is followed. The stream itself brings the book, so no snapshot is
 * fetched: 1 the first frame of a subscription is a `snapshot`; 2 `delta` frames follow, their `u`
 * one more each; 3 a `snapshot` at any time replaces the book, as after a restart of the service,
 * when it says `u` 1. No checksum. (orderbook page of the v5 documents; that `u` counts by one is
 * stated for the full and the spread book: "normally consecutive".)
 */
import type { BookRule, DepthMessage } from '../contract.ts';

/**
 * An update this far behind is no late repeat any more: the venue began to count anew and the
 * snapshot that said so was lost. At the fastest speed it is five seconds' worth.
 */
const REPEAT_MAX = 256;

function follow(bookId: number, event: DepthMessage): 'apply' | 'skip' | 'gap' {
  // 2. The next one.
  if (event.lastId === bookId + 1) return 'apply';
  // A repeat: two connections of a rollover, or a frame sent twice.
  if (event.lastId <= bookId && bookId - event.lastId < REPEAT_MAX) return 'skip';
  // An update is missing: subscribing again brings a snapshot (3).
  return 'gap';
}

export const BOOK_RULE: BookRule = {
  first(snapshotId: number, event: DepthMessage) {
    const verdict = follow(snapshotId, event);
    return verdict === 'gap' ? 'refetch' : verdict;
  },
  next: follow,
};
