import { describe, expect, test } from 'bun:test';
import { at } from '../../../../src/base/assert.ts';
import { Channel, Flag } from '../../../../src/model/record-layout.ts';
import type { QuoteMessage } from '../../../../src/venues/contract.ts';
import type { BookKeeperOptions } from '../../../../src/venues/kit/book-keeper.ts';
import { depthOf, spotRule, usdmRule } from '../../../support/binance-messages.ts';
import { BookHostProbe } from '../../../support/book-host.ts';

const SECOND = 1_000_000;

/** A spot event of ids first..last that sets one bid. */
const event = (firstId: number, lastId: number, price = 10, size = 1) =>
  depthOf({ firstId, lastId, tsUs: lastId * 100 }, [[price, size]], []);

const snapshot = (lastId: number) =>
  depthOf(
    { lastId, tsUs: lastId * 100 },
    [
      [10, 1],
      [9, 2],
    ],
    [
      [11, 3],
      [12, 4],
    ],
    true,
  );

const quote = (sequence: number, bid: number, bidSize: number, ask: number, askSize: number) =>
  ({
    instrument: 7,
    tsUs: Number.NaN,
    bidPrice: bid,
    bidSize,
    askPrice: ask,
    askSize,
    sequence,
    precisionLoss: false,
  }) satisfies QuoteMessage;

const spot = (options: Partial<BookKeeperOptions> = {}) =>
  new BookHostProbe({ rule: spotRule, ...options });

/** A spot book that stands, valid, at id 100. */
function standing(options: Partial<BookKeeperOptions> = {}): BookHostProbe {
  const probe = spot(options);
  probe.keeper.onDepth(event(99, 100), 10);
  probe.keeper.onRestSnapshot(snapshot(100), 20);
  return probe;
}

describe('a book before its snapshot', () => {
  test('follows the worked example of the spot sheet', () => {
    const host = spot();
    host.keeper.onDepth(event(95, 99), 1);
    host.keeper.onDepth(event(98, 104, 10, 5), 2);
    host.keeper.onDepth(event(105, 107, 10, 6), 3);
    expect([host.requests, host.keeper.valid]).toEqual([1, false]);
    host.keeper.onRestSnapshot(snapshot(100), 4);
    expect([host.keeper.valid, host.keeper.lastId]).toEqual([true, 107]);
    expect(host.keeper.book.bids.bestSize).toBe(6);
    host.keeper.onDepth(event(109, 110), 5);
    expect([host.keeper.valid, host.requests]).toEqual([false, 2]);
    expect(at(host.statuses, 0)).toMatchObject({ fromId: 108, toId: 108, cause: 'sequence' });
  });

  test('follows the worked example of the USD-M sheet', () => {
    const { keeper } = new BookHostProbe({ rule: usdmRule });
    const next = (firstId: number, lastId: number, previousId: number) =>
      depthOf({ firstId, lastId, previousId }, [[10, 1]], []);
    keeper.onDepth(next(157, 162, 156), 1);
    keeper.onRestSnapshot(snapshot(160), 2);
    expect([keeper.valid, keeper.lastId]).toEqual([true, 162]);
    keeper.onDepth(next(170, 175, 162), 3);
    expect([keeper.valid, keeper.lastId]).toEqual([true, 175]);
    keeper.onDepth(next(176, 180, 174), 4);
    expect(keeper.valid).toBe(false);
  });

  test('asks once, and again when the snapshot is older than the first event', () => {
    const probe = spot();
    const { keeper } = probe;
    keeper.onDepth(event(201, 205), 1);
    keeper.onDepth(event(206, 210), 2);
    expect(probe.requests).toBe(1);
    keeper.onRestSnapshot(snapshot(150), 3);
    expect([keeper.valid, probe.requests]).toEqual([false, 2]);
    keeper.onRestSnapshot(snapshot(207), 4);
    expect([keeper.valid, keeper.lastId]).toEqual([true, 210]);
    expect(probe.statuses).toEqual([]);
  });

  test('a late snapshot, ahead of every held event, waits for the event that contains it', () => {
    const { keeper } = spot();
    keeper.onDepth(event(101, 105), 1);
    keeper.onRestSnapshot(snapshot(120), 2);
    expect([keeper.valid, keeper.lastId]).toEqual([true, 120]);
    keeper.onDepth(event(106, 115, 10, 99), 3);
    expect(keeper.book.bids.bestSize).toBe(1);
    keeper.onDepth(event(116, 125, 10, 7), 4);
    expect([keeper.valid, keeper.lastId, keeper.book.bids.bestSize]).toEqual([true, 125, 7]);
  });

  test('a gap among the held events is a gap of the book, and the rest is held again', () => {
    const probe = spot();
    const { keeper } = probe;
    keeper.onDepth(event(101, 105), 1);
    keeper.onDepth(event(111, 115), 2);
    keeper.onDepth(event(116, 120), 3);
    keeper.onRestSnapshot(snapshot(100), 4);
    expect([keeper.valid, probe.requests]).toEqual([false, 2]);
    keeper.onRestSnapshot(snapshot(112), 5);
    expect([keeper.valid, keeper.lastId]).toEqual([true, 120]);
    expect(probe.kinds()).toEqual(['gap', 'repaired', 'resync']);
  });

  test('a quiet stream gets its snapshot a second after it was subscribed', () => {
    const probe = spot();
    probe.keeper.onSubscribed(5 * SECOND);
    probe.keeper.onTick(5.9 * SECOND);
    expect(probe.requests).toBe(0);
    probe.keeper.onTick(6 * SECOND);
    probe.keeper.onTick(7 * SECOND);
    expect(probe.requests).toBe(1);
    probe.keeper.onRestSnapshot(snapshot(100), 8 * SECOND);
    expect(probe.keeper.valid).toBe(true);
  });

  test('a stream that brings its own snapshots needs no answer', () => {
    const probe = spot();
    probe.keeper.onSubscribed(1);
    probe.keeper.onDepth(snapshot(100), 2);
    probe.keeper.onDepth(event(101, 102), 3);
    expect([probe.keeper.valid, probe.keeper.lastId, probe.requests]).toEqual([true, 102, 0]);
    probe.keeper.onDepth(event(104, 105), 4);
    expect(probe.keeper.valid).toBe(false);
    probe.keeper.onDepth(snapshot(200), 5);
    expect([probe.keeper.valid, probe.keeper.lastId]).toEqual([true, 200]);
    expect(probe.kinds()).toEqual(['gap', 'repaired', 'resync']);
  });

  test('events held before a disconnect are no part of the next connection', () => {
    const probe = spot();
    probe.keeper.onDepth(event(101, 105), 1);
    probe.keeper.onDisconnect(2);
    probe.keeper.onRestSnapshot(snapshot(100), 2);
    expect(probe.keeper.valid).toBe(false);
    probe.keeper.onDepth(event(201, 205), 3);
    expect([probe.requests, probe.statuses.length]).toEqual([2, 0]);
    probe.keeper.onRestSnapshot(snapshot(203), 4);
    expect([probe.keeper.valid, probe.keeper.lastId]).toEqual([true, 205]);
    probe.keeper.onDisconnect(5);
    probe.keeper.onDepth(event(301, 305), 6);
    probe.keeper.onDisconnect(6);
    probe.keeper.onDepth(event(401, 405), 6);
    probe.keeper.onRestSnapshot(snapshot(300), 7);
    expect(probe.keeper.valid).toBe(false);
    probe.keeper.onRestSnapshot(snapshot(403), 8);
    expect(probe.kinds()).toEqual(['gap', 'repaired', 'resync']);
  });

  test('a failed request is made again', () => {
    const probe = spot();
    probe.keeper.onDepth(event(101, 105), 1);
    probe.keeper.onSnapshotFailed(2);
    expect(probe.requests).toBe(2);
  });
});

describe('a break', () => {
  test('in the ids ends validity at once and is repaired under the same id and time', () => {
    const probe = standing();
    probe.keeper.onDepth(event(101, 105), 30);
    probe.keeper.onDepth(event(110, 112, 10, 8), 40);
    expect(probe.keeper.valid).toBe(false);
    expect(probe.statuses).toEqual([
      expect.objectContaining({
        instrument: 7,
        channel: Channel.book,
        fromId: 106,
        toId: 109,
        missing: 4,
        fromUs: 10_500,
        toUs: 11_200,
        recvUs: 40,
        cause: 'sequence',
      }),
    ]);
    probe.keeper.onDepth(event(113, 114), 50);
    expect([probe.keeper.valid, probe.requests]).toEqual([false, 2]);
    probe.keeper.onRestSnapshot(snapshot(111), 60);
    expect([probe.keeper.valid, probe.keeper.lastId]).toEqual([true, 114]);
    expect(probe.kinds()).toEqual(['gap', 'repaired', 'resync']);
    const gap = { fromId: 106, toId: 109, fromUs: 10_500, how: 'resync', recvUs: 60 };
    expect(at(probe.statuses, 1)).toMatchObject(gap);
    expect([probe.count('book_gaps'), probe.count('book_resyncs')]).toEqual([1, 1]);
  });

  test('by a disconnect makes answers useless that come while the stream is down', () => {
    const probe = standing();
    probe.keeper.onDisconnect(30);
    expect(probe.statuses).toEqual([
      expect.objectContaining({
        cause: 'disconnect',
        fromId: 101,
        toId: Number.NaN,
        fromUs: 10_000,
      }),
    ]);
    probe.keeper.onRestSnapshot(snapshot(150), 35);
    probe.keeper.onTick(100 * SECOND);
    probe.keeper.onDisconnect(101 * SECOND);
    expect([probe.keeper.valid, probe.requests, probe.statuses.length]).toEqual([false, 1, 1]);
    probe.keeper.onSubscribed(102 * SECOND);
    probe.keeper.onDepth(event(201, 203), 102 * SECOND);
    expect(probe.requests).toBe(2);
    probe.keeper.onRestSnapshot(snapshot(202), 103 * SECOND);
    expect([probe.keeper.valid, probe.keeper.lastId]).toEqual([true, 203]);
    const repaired = at(probe.statuses, 1);
    expect(repaired).toMatchObject({ fromId: 101, toId: 202, fromUs: 10_000, cause: 'disconnect' });
  });

  test('by a crossed book counts and resyncs', () => {
    const probe = standing();
    probe.keeper.onDepth(event(101, 102, 11.5), 30);
    expect([probe.keeper.valid, probe.requests]).toEqual([false, 2]);
    expect(at(probe.statuses, 0)).toMatchObject({ cause: 'crossed', fromId: 102, toId: 102 });
    expect(probe.count('book_gaps')).toBe(1);
  });

  test('that repeats asks at growing distances, and eagerly again after healthy time', () => {
    const probe = standing();
    let id = 101;
    let nowUs = 30;
    const askedAt: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const before = probe.requests;
      probe.keeper.onDepth(event(id + 1, id + 1), nowUs);
      for (; probe.requests === before; nowUs += SECOND / 4) probe.keeper.onTick(nowUs);
      askedAt.push(Math.round(nowUs / SECOND));
      probe.keeper.onRestSnapshot(snapshot(id + 1), nowUs);
      expect(probe.keeper.valid).toBe(true);
      id += 2;
    }
    expect(askedAt).toEqual([0, 0, 0, 1, 3, 7]);
    nowUs += 11 * SECOND;
    const before = probe.requests;
    probe.keeper.onDepth(event(id + 1, id + 1), nowUs);
    expect(probe.requests).toBe(before + 1);
  });

  test('never leaves a book valid before its next snapshot, whatever comes', () => {
    const probe = standing();
    probe.keeper.onDepth(event(105, 106), 30);
    for (let id = 107; id < 5_300; id += 1) {
      probe.keeper.onDepth(event(id, id), 30 + id);
      expect(probe.keeper.valid).toBe(false);
    }
    // More were held than the buffer keeps, so a snapshot from the time of the gap is too old.
    probe.keeper.onRestSnapshot(snapshot(106), 9_000);
    expect(probe.keeper.valid).toBe(false);
    probe.keeper.onRestSnapshot(snapshot(5_000), 9_001);
    expect([probe.keeper.valid, probe.keeper.lastId]).toEqual([true, 5_299]);
  });
});

describe('the check against quotes', () => {
  test('happens once an id, whichever of quote and book comes first', () => {
    const probe = standing();
    probe.keeper.onQuote(quote(102, 10, 5, 11, 3), 30);
    probe.keeper.onDepth(event(101, 102, 10, 5), 31);
    probe.keeper.onDepth(event(103, 104, 10, 6), 32);
    probe.keeper.onQuote(quote(103, 10, 77, 11, 3), 33);
    probe.keeper.onDepth(event(105, 106, 10, 7), 34);
    probe.keeper.onQuote(quote(104, 10, 6, 11, 3), 35);
    probe.keeper.onQuote(quote(104, 10, 6, 11, 3), 36);
    expect([probe.count('bbo_checked'), probe.count('bbo_mismatched')]).toEqual([2, 0]);
    expect(probe.keeper.valid).toBe(true);
  });

  test.each([
    ['price', quote(102, 10.5, 5, 11, 3)],
    ['bid size', quote(102, 10, 5.5, 11, 3)],
    ['ask price', quote(102, 10, 5, 11.5, 3)],
    ['ask size', quote(102, 10, 5, 11, 4)],
  ])('a different %s counts, is told and resyncs the book', (_name, message) => {
    for (const quoteFirst of [true, false]) {
      const probe = standing();
      if (quoteFirst) probe.keeper.onQuote(message, 30);
      probe.keeper.onDepth(event(101, 102, 10, 5), 31);
      if (!quoteFirst) probe.keeper.onQuote(message, 32);
      expect([probe.keeper.valid, probe.requests]).toEqual([false, 2]);
      expect([probe.count('bbo_checked'), probe.count('bbo_mismatched')]).toEqual([1, 1]);
      expect(probe.statuses.map((s) => s.channel)).toEqual([Channel.quotes, Channel.book]);
      expect(at(probe.statuses, 0).cause).toStartWith('bbo mismatch at 102: book 10 x 5 / 11 x 3');
      // A snapshot that the same quote contradicts is no repair.
      probe.keeper.onRestSnapshot(snapshot(102), 40);
      expect([probe.keeper.valid, probe.requests]).toEqual([false, 3]);
      probe.keeper.onRestSnapshot(snapshot(103), 41);
      expect(probe.kinds()).toEqual(['gap', 'gap', 'repaired', 'repaired', 'resync']);
    }
  });

  test('a book that is not valid is not checked', () => {
    const probe = standing();
    probe.keeper.onDepth(event(105, 106), 30);
    probe.keeper.onQuote(quote(100, 1, 1, 2, 2), 31);
    probe.keeper.onQuote(quote(106, 1, 1, 2, 2), 32);
    expect(probe.count('bbo_checked')).toBe(0);
  });
});

describe('records', () => {
  test('a snapshot is the state at the boundary, told by the first event after it', () => {
    const probe = standing({ depth: 1 });
    probe.keeper.onDepth(event(101, 101, 10, 5), 900);
    expect(probe.rows).toEqual([]);
    probe.keeper.onDepth(event(102, 102, 10, 6), 1_000);
    expect(probe.rows).toEqual([
      {
        type: 'snapshot',
        flags: Flag.bookValid | Flag.afterGap,
        tsUs: 10_100,
        recvUs: 900,
        firstSequence: Number.NaN,
        sequence: 101,
        bids: [[10, 5]],
        asks: [[11, 3]],
      },
    ]);
    probe.keeper.onTick(1_999);
    expect(probe.rows.length).toBe(1);
    probe.keeper.onQuote(quote(1, 1, 1, 1, 1), 2_500);
    probe.keeper.onTick(9_000);
    expect(probe.rows.length).toBe(2);
    expect(at(probe.rows, 1)).toMatchObject({
      recvUs: 1_000,
      bids: [[10, 6]],
      flags: Flag.bookValid,
    });
  });

  test('a break after a boundary keeps its state, a break before it does not', () => {
    const after = standing();
    after.keeper.onDepth(event(105, 106), 1_000);
    expect(after.rows.length).toBe(1);
    const before = standing();
    before.keeper.onDepth(event(105, 106), 999);
    before.keeper.onTick(5_000);
    expect(before.rows).toEqual([]);
  });

  test('a clock that was set back does not silence the grid', () => {
    const probe = standing();
    probe.keeper.onDepth(event(101, 101), 1_000_500);
    probe.keeper.onDepth(event(102, 102), 5_500);
    probe.keeper.onTick(6_000);
    expect(at(probe.rows, probe.rows.length - 1)).toMatchObject({ recvUs: 5_500, sequence: 102 });
  });

  test('a venue without event times gets the receive time', () => {
    const probe = spot({ deltas: true });
    probe.keeper.onDepth(depthOf({ lastId: 5 }, [[1, 1]], [], true), 42);
    expect(at(probe.rows, 0)).toMatchObject({ tsUs: 42, recvUs: 42 });
  });

  test('deltas start with the whole book and replay to the same book', () => {
    const probe = standing({ deltas: true, depth: 0 });
    probe.keeper.onDepth(event(101, 101, 10, 0), 30);
    probe.keeper.onDepth(event(105, 106, 10, 4), 40);
    probe.keeper.onRestSnapshot(snapshot(105), 50);
    expect(probe.rows.map((row) => [row.type, row.flags, row.firstSequence, row.sequence])).toEqual(
      [
        ['delta', Flag.bookValid | Flag.bookReset | Flag.afterGap, 100, 100],
        ['delta', Flag.bookValid, 101, 101],
        ['delta', Flag.bookValid | Flag.bookReset | Flag.afterGap, 105, 105],
        ['delta', Flag.bookValid, 105, 106],
      ],
    );
    expect(at(probe.rows, 1).bids).toEqual([[10, 0]]);
    expect(at(probe.rows, 0).asks).toEqual([
      [11, 3],
      [12, 4],
    ]);
    expect(at(probe.rows, 3).recvUs).toBe(50);
  });

  test('a delta too long for a record is told as the whole book', () => {
    const probe = standing({ deltas: true, depth: 0 });
    const bids = Array.from({ length: 9_000 }, (_, i) => [10 - i / 1_000, i + 1] as const);
    probe.keeper.onDepth(depthOf({ firstId: 101, lastId: 101 }, bids, []), 30);
    expect(at(probe.rows, 1).flags & Flag.bookReset).toBe(Flag.bookReset);
    expect(at(probe.rows, 1).bids.length).toBeGreaterThan(4_000);
    expect(at(probe.rows, 1).asks).toEqual([
      [11, 3],
      [12, 4],
    ]);
  });
});
