import { describe, expect, test } from 'bun:test';
import type { DepthMessage } from '../../../../src/venues/contract.ts';
import { createDepthMessage } from '../../../../src/venues/kit/messages.ts';
import { BOOK_RULE, ChainWatch } from '../../../../src/venues/okx/book-sync.ts';

function update(previousId: number, lastId: number, firstId = previousId + 1): DepthMessage {
  return Object.assign(createDepthMessage(), { previousId, lastId, firstId });
}

describe('the book rule of OKX', () => {
  test('follows the example of the document, with its keep-alive and its reset', () => {
    let at = 10;
    const steps: [number, number][] = [
      [10, 15],
      [15, 15],
      [15, 3],
      [3, 5],
    ];
    for (const [previousId, id] of steps) {
      expect(BOOK_RULE.next(at, update(previousId, id))).toBe('apply');
      expect(BOOK_RULE.first(at, update(previousId, id))).toBe('apply');
      at = id;
    }
  });

  test('a missing update is a gap, also where ids went down behind it', () => {
    expect(BOOK_RULE.next(10, update(15, 20))).toBe('gap');
    expect(BOOK_RULE.next(10, update(15, 3))).toBe('gap');
    expect(BOOK_RULE.next(10, update(15, 15))).toBe('gap');
    // Begins before the book and ends behind it: part of it was never seen.
    expect(BOOK_RULE.next(10, update(8, 12))).toBe('gap');
  });

  test('what a slower connection repeats is passed over', () => {
    expect(BOOK_RULE.next(15, update(10, 15))).toBe('skip');
    expect(BOOK_RULE.next(15, update(5, 10))).toBe('skip');
  });

  test('joins updates to a snapshot of REST', () => {
    expect(BOOK_RULE.first(100, update(90, 95))).toBe('skip');
    expect(BOOK_RULE.first(100, update(95, 100))).toBe('skip');
    expect(BOOK_RULE.first(100, update(95, 105))).toBe('apply');
    expect(BOOK_RULE.first(100, update(100, 105))).toBe('apply');
    expect(BOOK_RULE.first(100, update(101, 105))).toBe('refetch');
  });

  test('updates without ids, of 2022, are applied: their checksum decides', () => {
    const old = update(Number.NaN, Number.NaN);
    expect(BOOK_RULE.next(Number.NaN, old)).toBe('apply');
    expect(BOOK_RULE.first(Number.NaN, old)).toBe('apply');
  });

  test('old updates that cannot be repeats are a gap', () => {
    expect(BOOK_RULE.next(100, update(3, 5, Number.NaN))).toBe('gap');
    expect(BOOK_RULE.first(100, update(3, 5, Number.NaN))).toBe('refetch');
  });
});

describe('the watch over a chain of ids', () => {
  test('takes repeats among new updates for what they are, however many', () => {
    const chain = new ChainWatch();
    chain.restart(1000);
    for (let id = 1000; id < 1200; id += 1) {
      expect(chain.note(id, id + 1)).toBe(false);
      expect(chain.note(id - 5, id - 4)).toBe(false);
    }
  });

  test('follows a step down that is linked', () => {
    const chain = new ChainWatch();
    chain.restart(1000);
    expect(chain.note(1000, 3)).toBe(false);
    for (let id = 3; id < 100; id += 1) expect(chain.note(id, id + 1)).toBe(false);
  });

  test('sees that ids began anew where the step down was lost', () => {
    const chain = new ChainWatch();
    chain.restart(1000);
    const seen = Array.from({ length: 40 }, (_, i) => chain.note(3 + i, 4 + i));
    expect(seen.indexOf(true)).toBe(31);
    chain.restart(50);
    expect(chain.note(50, 51)).toBe(false);
  });
});
