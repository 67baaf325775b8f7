/** The join of snapshot and events, with the worked examples of the protocol sheets. */
import { describe, expect, test } from 'bun:test';
import { SPOT_BOOK_RULE, USDM_BOOK_RULE } from '../../../../src/venues/binance/book-sync.ts';
import type { DepthMessage } from '../../../../src/venues/contract.ts';
import { createDepthMessage } from '../../../../src/venues/kit/messages.ts';

function event(firstId: number, lastId: number, previousId = Number.NaN): DepthMessage {
  return { ...createDepthMessage(), firstId, lastId, previousId };
}

describe('the spot rule', () => {
  test.each([
    [95, 99, 'skip'],
    [95, 100, 'skip'],
    [98, 104, 'apply'],
    [101, 104, 'apply'],
    [100, 101, 'apply'],
    [102, 104, 'refetch'],
  ])('joins a snapshot of 100 with %p..%p: %s', (first, last, expected) => {
    expect(SPOT_BOOK_RULE.first(100, event(first, last))).toBe(expected as 'apply');
  });

  test.each([
    [98, 103, 'skip'],
    [98, 104, 'skip'],
    [105, 107, 'apply'],
    [103, 107, 'apply'],
    [106, 107, 'gap'],
    [109, 110, 'gap'],
  ])('follows 104 with %p..%p: %s', (first, last, expected) => {
    expect(SPOT_BOOK_RULE.next(104, event(first, last))).toBe(expected as 'apply');
  });

  test('fetches again while a market that never traded stands at -1 and then moves', () => {
    expect(SPOT_BOOK_RULE.first(-1, event(1, 2))).toBe('refetch');
  });
});

describe('the usdm rule', () => {
  test.each([
    [150, 159, 149, 'skip'],
    [157, 162, 156, 'apply'],
    [157, 160, 156, 'apply'],
    [160, 165, 156, 'apply'],
    [175, 180, 160, 'apply'],
    [161, 170, 158, 'refetch'],
  ])('joins a snapshot of 160 with %p..%p after %p: %s', (first, last, previous, expected) => {
    expect(USDM_BOOK_RULE.first(160, event(first, last, previous))).toBe(expected as 'apply');
  });

  test.each([
    [163, 170, 162, 'apply'],
    [400, 500, 162, 'apply'],
    [163, 170, 161, 'gap'],
    [163, 170, 163, 'gap'],
    [157, 162, 156, 'skip'],
    [150, 155, 149, 'skip'],
  ])('follows 162 with %p..%p after %p: %s', (first, last, previous, expected) => {
    expect(USDM_BOOK_RULE.next(162, event(first, last, previous))).toBe(expected as 'apply');
  });
});
