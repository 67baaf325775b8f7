/** The join of snapshot and changes, with versions as the venue's procedure words them. */
import { describe, expect, test } from 'bun:test';
import type { DepthMessage } from '../../../../src/venues/contract.ts';
import { createDepthMessage } from '../../../../src/venues/kit/messages.ts';
import { MEXC_BOOK_RULE } from '../../../../src/venues/mexc/book-sync.ts';

function event(firstId: number, lastId: number): DepthMessage {
  return { ...createDepthMessage(), firstId, lastId };
}

describe('the rule', () => {
  test.each([
    [95, 99, 'skip'],
    [95, 100, 'skip'],
    [98, 104, 'apply'],
    [101, 101, 'apply'],
    [101, 104, 'apply'],
    [102, 104, 'refetch'],
  ])('joins a snapshot of 100 with %p..%p: %s', (first, last, expected) => {
    expect(MEXC_BOOK_RULE.first(100, event(first, last))).toBe(expected as 'apply');
  });

  test.each([
    [98, 103, 'skip'],
    [104, 104, 'skip'],
    [105, 105, 'apply'],
    [105, 107, 'apply'],
    [103, 107, 'gap'],
    [106, 107, 'gap'],
  ])('follows 104 with %p..%p: %s', (first, last, expected) => {
    expect(MEXC_BOOK_RULE.next(104, event(first, last))).toBe(expected as 'apply');
  });
});
