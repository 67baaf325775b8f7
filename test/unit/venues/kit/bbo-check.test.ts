import { describe, expect, test } from 'bun:test';
import { OrderBook } from '../../../../src/book/order-book.ts';
import { createFeedCounters, FeedSlot } from '../../../../src/venues/feed-counters.ts';
import { BboCheck } from '../../../../src/venues/kit/bbo-check.ts';
import { createQuoteMessage } from '../../../../src/venues/kit/messages.ts';

function createCheck(isAssumed: boolean) {
  const counters = createFeedCounters();
  const check = new BboCheck(counters, isAssumed);
  const book = new OrderBook();
  book.set('bid', 99, 1);
  book.set('ask', 101, 2);
  const compare = (id: number, bidPrice: number): string => {
    const quote = createQuoteMessage();
    const size = { bidSize: 1, askPrice: 101, askSize: 2 };
    Object.assign(quote, { bidPrice, sequence: id, ...size });
    const atBook = check.onBook(id, book);
    return atBook === '' ? check.onQuote(quote) : atBook;
  };
  return { compare, counters };
}

describe('the check of a book against quotes', () => {
  test('a difference at an id that the venue documents is told at once', () => {
    const { compare } = createCheck(false);
    expect(compare(1, 98)).toContain('bbo mismatch at 1');
  });

  test('where ids are only assumed to be the book’s, many must agree before one counts', () => {
    const { compare, counters } = createCheck(true);
    expect(compare(1, 98)).toBe('');
    for (let id = 2; id < 60; id += 1) expect(compare(id, 99)).toBe('');
    expect(compare(60, 98)).toContain('bbo mismatch at 60');
    expect(counters[FeedSlot.bbo_checked]).toBe(60);
    expect(counters[FeedSlot.bbo_mismatched]).toBe(2);
  });
});
