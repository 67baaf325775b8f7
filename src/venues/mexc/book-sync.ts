/**
 * How MEXC's changes follow a book; the same for both feeds, numbered as in the venue's "How to
 * properly maintain a local copy of the order book": 1 subscribe and hold, 2 get a snapshot (both
 * the session's work), 3 and 4 join them, 5 and on apply. There is no checksum.
 *
 * A change spans versions: spot's `fromVersion`..`toVersion`, a merged contract frame's
 * `begin`..`end`, a plain contract frame's `version` alone.
 */
import type { BookRule, DepthMessage } from '../contract.ts';

export const MEXC_BOOK_RULE: BookRule = {
  first(snapshotId: number, event: DepthMessage) {
    // 4. Drop what the snapshot holds already.
    if (event.lastId <= snapshotId) return 'skip';
    // 3. Versions between snapshot and event are missing: the snapshot is too old.
    return event.firstId > snapshotId + 1 ? 'refetch' : 'apply';
  },

  next(bookId: number, event: DepthMessage) {
    // Two connections of a rollover bring each change twice.
    if (event.lastId <= bookId) return 'skip';
    // 5. Each change begins right behind the one before; anything else is a loss.
    return event.firstId === bookId + 1 ? 'apply' : 'gap';
  },
};
