/**
 * How Bitget's `books` is followed: 1 the first frame of a subscription is a `snapshot`; 2 `update`
 * frames follow: where they carry `pseq` it is the `seq` before, else `seq` must have grown; 3 a
 * `snapshot` replaces the book at any time. On a break the stream is subscribed again. No checksum:
 * it was taken out of the documents, and frames have 0 or none.
 *
 * Ids are distances from a base (`sequence-track.ts`), for `seq` itself is beyond 2^53.
 */
import type { BookRule, DepthMessage } from '../contract.ts';

/** `previousId` of an update that follows nothing: the venue began to count anew. */
export const FOLLOWS_NOTHING = Number.NEGATIVE_INFINITY;

function follow(bookId: number, event: DepthMessage): 'apply' | 'skip' | 'gap' {
  const { lastId, previousId } = event;
  if (previousId === FOLLOWS_NOTHING) return 'gap';
  // 2. What the book has already: a frame sent twice.
  if (lastId <= bookId) return 'skip';
  // 2. Without `pseq` nothing says what may be missing in between.
  if (Number.isNaN(previousId)) return 'apply';
  return previousId === bookId ? 'apply' : 'gap';
}

export const BOOK_RULE: BookRule = {
  first(snapshotId: number, event: DepthMessage) {
    const verdict = follow(snapshotId, event);
    return verdict === 'gap' ? 'refetch' : verdict;
  },
  next: follow,
};
