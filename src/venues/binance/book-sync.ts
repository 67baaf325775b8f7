/**
 * How Binance's diff events follow a book, numbered as in the venue's procedure "How to manage a
 * local order book correctly": 1 open the stream and buffer, 2 get a snapshot (both the session's
 * work), 3 and 4 join them, 5 and on apply. Spot and futures have different rules. Neither has a
 * checksum.
 */
import type { BookRule, DepthMessage } from '../contract.ts';

/**
 * Spot: events carry the ids U..u of the updates they hold.
 * https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
 */
export const SPOT_BOOK_RULE: BookRule = {
  first(snapshotId: number, event: DepthMessage) {
    // 4. Drop events that the snapshot contains already.
    if (event.lastId <= snapshotId) return 'skip';
    // 3. The snapshot is older than the first event kept: fetch it again.
    if (event.firstId > snapshotId + 1) return 'refetch';
    // 4. The first event kept has U <= lastUpdateId + 1 <= u.
    return 'apply';
  },

  next(bookId: number, event: DepthMessage) {
    // An event that ends where the book stands is contained in it; two sockets of a rollover
    // bring each event twice.
    if (event.lastId <= bookId) return 'skip';
    // After 5: U > bookId + 1 means that updates are missing.
    return event.firstId > bookId + 1 ? 'gap' : 'apply';
  },
};

/**
 * USD-M and COIN-M: U jumps from event to event, so only `pu`, the previous event's u, links them.
 * Different from spot: an event whose u equals the snapshot's id is still applied.
 * https://developers.binance.com/docs/derivatives/usds-margined-futures (local order book)
 */
export const USDM_BOOK_RULE: BookRule = {
  first(snapshotId: number, event: DepthMessage) {
    // 4. Drop events with u < lastUpdateId.
    if (event.lastId < snapshotId) return 'skip';
    // 5. The first event applied has U <= lastUpdateId <= u; one that names the snapshot as its
    // predecessor follows it just as well (seen live by tardis-node).
    if (event.firstId <= snapshotId || event.previousId === snapshotId) return 'apply';
    return 'refetch';
  },

  next(bookId: number, event: DepthMessage) {
    // 6. Each event's pu is the u of the one before, else start again from the snapshot.
    if (event.previousId === bookId) return 'apply';
    return event.lastId <= bookId ? 'skip' : 'gap';
  },
};
