import { describe, expect, test } from 'bun:test';
import { BOOK_RULE } from '../../../../src/venues/bybit/book-sync.ts';
import { createDepthMessage } from '../../../../src/venues/kit/messages.ts';

const event = (u: number) => ({ ...createDepthMessage(), firstId: u, lastId: u });

describe('the book rule', () => {
  test.each([
    [1001, 'apply'],
    [1000, 'skip'],
    [999, 'skip'],
    [745, 'skip'],
    // So far behind, the venue counts anew: the snapshot with u 1 was lost.
    [744, 'gap'],
    [2, 'gap'],
    [1002, 'gap'],
    [5000, 'gap'],
  ])('on a book at 1000, u %p: %s', (u, expected) => {
    expect(BOOK_RULE.next(1000, event(u))).toBe(expected as 'apply');
    const first = expected === 'gap' ? 'refetch' : expected;
    expect(BOOK_RULE.first(1000, event(u))).toBe(first as 'apply');
  });

  test('after a restart of the service the first update follows u 1', () => {
    expect(BOOK_RULE.first(1, event(2))).toBe('apply');
  });
});
