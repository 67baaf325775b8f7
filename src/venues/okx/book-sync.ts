/**
 * How OKX's book updates follow each other, numbered as in its order book channel document
 * (https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-order-book-channel).
 *
 * An update names the one before it (`prevSeqId`) and itself (`seqId`). Only the link counts: after
 * maintenance `seqId` may be lower than `prevSeqId`, and where nothing changed for a minute an
 * update with both equal and no levels says that the stream is alive.
 *
 * In 2022 updates had no ids but a checksum; then every update is applied and `verifyBook` decides.
 */
import type { BookRule, DepthMessage } from '../contract.ts';

export const BOOK_RULE: BookRule = {
  first(snapshotId: number, event: DepthMessage) {
    if (Number.isNaN(event.lastId)) return 'apply';
    // 1. The first update after a snapshot of the stream names the snapshot.
    if (event.previousId === snapshotId) return 'apply';
    // 2. On a snapshot of REST: what it contains already is dropped,
    if (isOld(event, snapshotId)) return 'skip';
    // 3. and the first update kept begins at or before it and ends behind it.
    return event.previousId < snapshotId && snapshotId < event.lastId ? 'apply' : 'refetch';
  },

  next(bookId: number, event: DepthMessage) {
    if (Number.isNaN(event.lastId)) return 'apply';
    // 4. Each update names the one before it; ids may go down where it does.
    if (event.previousId === bookId) return 'apply';
    // 5. Ids are the same on all connections: the slower of two repeats what the book has.
    return isOld(event, bookId) ? 'skip' : 'gap';
  },
};

/** A forward step that ends at or before `id`. `ChainWatch` marks those that must not be passed. */
function isOld({ firstId, previousId, lastId }: DepthMessage, id: number): boolean {
  return !Number.isNaN(firstId) && previousId < lastId && lastId <= id;
}

/** Steps in a row behind the newest one before they are no repeats any more. */
const OLD_STEPS_MAX = 32;

/**
 * Follows the ids of one stream to tell two things apart that look alike: steps behind the newest
 * id are repeats of a slower connection, or the venue began to count anew and the step down was
 * lost. Repeats come among new ids; after a restart there are no new ones.
 */
export class ChainWatch {
  #at = Number.NaN;
  #oldSteps = 0;

  /** A snapshot: from here on. */
  restart(id: number): void {
    this.#at = id;
    this.#oldSteps = 0;
  }

  /** Takes a step; true when so many were old that the ids began anew. */
  note(previousId: number, id: number): boolean {
    const isNew = previousId === this.#at || !(id <= this.#at);
    if (isNew) {
      this.restart(id);
      return false;
    }
    this.#oldSteps += 1;
    return this.#oldSteps >= OLD_STEPS_MAX;
  }
}
