import { describe, expect, test } from 'bun:test';
import { OrderBook } from '../../../../src/book/order-book.ts';
import type { BookRule } from '../../../../src/venues/contract.ts';
import { createFeedCounters, FeedSlot } from '../../../../src/venues/feed-counters.ts';
import { QuoteDrift } from '../../../../src/venues/kit/quote-drift.ts';
import { depthOf } from '../../../support/binance-messages.ts';
import { BookHostProbe } from '../../../support/book-host.ts';

const SECOND = 1_000_000;
const WINDOW = 2 * SECOND;

function setUp() {
  const counters = createFeedCounters();
  const drift = new QuoteDrift(WINDOW, counters);
  const book = new OrderBook();
  const top = (bid: number, ask: number, us: number) => {
    book.clear();
    if (!Number.isNaN(bid)) book.set('bid', bid, 1);
    if (!Number.isNaN(ask)) book.set('ask', ask, 1);
    return drift.onBook(book, us, us);
  };
  const quote = (bidPrice: number, askPrice: number, us: number, tsUs = us) => {
    const sizes = { bidSize: 1, askSize: 1, sequence: Number.NaN, precisionLoss: false };
    return drift.onQuote({ instrument: 0, tsUs, bidPrice, askPrice, ...sizes }, us);
  };
  const counts = () => [counters[FeedSlot.bbo_checked], counters[FeedSlot.bbo_mismatched]];
  return { drift, top, quote, counts };
}

describe('quotes that meet the book in time only', () => {
  test('are confirmed by the book as it is, was, or will be in a moment', () => {
    const { top, quote, counts } = setUp();
    top(10, 11, 0);
    quote(10, 11, 1);
    top(12, 13, SECOND);
    quote(10, 11, SECOND + 1);
    expect(counts()).toEqual([2, 0]);
    quote(14, 15, SECOND + 2);
    expect(counts()).toEqual([2, 0]);
    top(14, 15, 2 * SECOND);
    expect(counts()).toEqual([3, 0]);
  });

  test('are confirmed between two states of the book: batches leave out what is between', () => {
    const { top, quote, counts } = setUp();
    top(10, 11, 0);
    quote(12, 13, 1);
    top(14, 15, 2);
    expect(counts()).toEqual([1, 0]);
  });

  test('older than the book, or without a time, say nothing', () => {
    const { top, quote, counts } = setUp();
    quote(1, 2, 0);
    top(10, 11, SECOND);
    quote(1, 2, SECOND + 1, SECOND - 1);
    quote(1, 2, SECOND + 2, Number.NaN);
    for (let s = 2; s < 30; s += 1) expect(top(10, 11, s * SECOND)).toBe('');
    expect(counts()).toEqual([0, 0]);
  });

  test('break a book that stands still beside the market, with both said', () => {
    const { top, quote, counts } = setUp();
    top(10, 11, 0);
    const reasons: string[] = [];
    for (let s = 4; s < 20; s += 1) reasons.push(quote(8, 9, s * SECOND));
    const first = reasons.findIndex((each) => each !== '');
    // Eight of them, each judged when its window is over.
    expect(first).toBe(8 + 2);
    expect(reasons[first]).toContain('8 quotes in a row');
    expect(reasons[first]).toContain('bid 8, book 10 to 10; ask 9, book 11 to 11');
    expect(counts()[1]).toBeGreaterThan(0);
  });

  test('break a busy one just as well, though not in a moment', () => {
    const { top, quote } = setUp();
    top(10, 11, 0);
    let brokenUs = 0;
    for (let us = 1; us < 20 * SECOND && brokenUs === 0; us += 5_000) {
      if (quote(8, 9, us) !== '') brokenUs = us;
    }
    expect(brokenUs).toBeGreaterThan(5 * SECOND);
    expect(brokenUs).toBeLessThan(15 * SECOND);
  });

  test('do not break a book that confirms one among many', () => {
    const { top, quote, counts } = setUp();
    top(10, 11, 0);
    for (let s = 1; s < 60; s += 1) {
      expect(quote(s % 7 === 0 ? 10 : 8, 11, s * SECOND)).toBe('');
    }
    expect(counts()[1]).toBe(0);
  });

  test('leave out a side without orders', () => {
    const { top, quote, counts } = setUp();
    top(Number.NaN, 11, 0);
    quote(Number.NaN, 11, 1);
    expect(counts()).toEqual([1, 0]);
  });

  test('make the keeper ask for the book again', () => {
    const rule: BookRule = { first: () => 'apply', next: () => 'apply' };
    const probe = new BookHostProbe({ rule, quoteDriftUs: WINDOW, streamBringsSnapshot: true });
    const nan = Number.NaN;
    const levels = [[[10, 1]], [[11, 1]]] as const;
    probe.keeper.onDepth(depthOf({ lastId: nan, tsUs: 0 }, ...levels, true), 0);
    const quote = { instrument: 7, bidSize: 1, askSize: 1, sequence: nan, precisionLoss: false };
    let s = 0;
    for (; s < 30 && probe.keeper.valid; s += 1) {
      probe.keeper.onDepth(depthOf({ lastId: nan, tsUs: s }, [[9, s + 1]], []), s * SECOND);
      const now = s * SECOND + 1;
      probe.keeper.onQuote({ ...quote, tsUs: now, bidPrice: 8, askPrice: 8.5 }, now);
    }
    expect(s).toBeLessThan(15);
    expect(probe.requests).toBe(1);
    probe.keeper.onDepth(depthOf({ lastId: nan, tsUs: s }, ...levels, true), s * SECOND);
    expect(probe.keeper.valid).toBe(true);
  });
});
