/** The book's ids and rule together: from sequence numbers to apply, skip or gap. */
import { describe, expect, test } from 'bun:test';
import { BOOK_RULE } from '../../../../src/venues/bitget/book-sync.ts';
import type { DepthMessage } from '../../../../src/venues/contract.ts';
import { createProtocol, spotFrame } from './bitget-protocol.ts';

const HEAD = '13043145087807447';

/** A book that follows the rule, told by the last two digits of its sequence numbers. */
function createBook() {
  const protocol = createProtocol('bitget.spot');
  let bookId = Number.NaN;
  const verdicts: string[] = [];
  const out = {
    onDepth(message: DepthMessage) {
      const verdict = message.isSnapshot ? 'load' : BOOK_RULE.next(bookId, message);
      verdicts.push(verdict);
      if (verdict === 'load' || verdict === 'apply') bookId = message.lastId;
    },
  } as unknown as Parameters<typeof protocol.decode>[2];
  const send = (action: string, seq: string, pseq?: string) => {
    const previous = pseq === undefined ? '' : `"pseq":${pseq},`;
    const levels = '"asks":[["2","1"]],"bids":[["1","1"]]';
    const row = `{${levels},"seq":${seq},${previous}"ts":"1695710946294"}`;
    const bytes = new TextEncoder().encode(spotFrame(action, 'books', `[${row}]`));
    protocol.decode(bytes, bytes.length, out);
    return verdicts.at(-1);
  };
  const digits = (n: number) => `${HEAD}${String(n).padStart(2, '0')}`;
  return {
    snapshot: (n: number) => send('snapshot', digits(n), '0'),
    update: (n: number, previous?: number) =>
      send('update', digits(n), previous === undefined ? undefined : digits(previous)),
    raw: send,
  };
}

describe('with pseq', () => {
  test('each update names the one before it', () => {
    const book = createBook();
    expect(book.snapshot(10)).toBe('load');
    expect(book.update(13, 10)).toBe('apply');
    expect(book.update(14, 13)).toBe('apply');
    expect(book.update(19, 17)).toBe('gap');
    expect(book.snapshot(20)).toBe('load');
    expect(book.update(21, 20)).toBe('apply');
  });

  test('a number that differs in the last digit alone is another number', () => {
    const book = createBook();
    book.snapshot(10);
    expect(book.update(12, 11)).toBe('gap');
  });

  test('a late or repeated frame is passed over', () => {
    const book = createBook();
    book.snapshot(10);
    book.update(13, 10);
    expect(book.update(13, 10)).toBe('skip');
    expect(book.update(9, 8)).toBe('skip');
    expect(book.update(14, 13)).toBe('apply');
  });
});

describe('without pseq', () => {
  test('numbers must grow, and no more can be said', () => {
    const book = createBook();
    book.snapshot(10);
    expect(book.update(17)).toBe('apply');
    expect(book.update(17)).toBe('skip');
    expect(book.update(16)).toBe('skip');
    expect(book.update(18)).toBe('apply');
  });
});

describe('a venue that begins to count anew', () => {
  test('after a symbol maintenance is noticed when numbers stay behind', () => {
    const book = createBook();
    book.snapshot(90);
    const verdicts = Array.from({ length: 40 }, (_, i) => book.update(i + 1, i));
    expect(verdicts.indexOf('gap')).toBe(32);
    expect(book.snapshot(50)).toBe('load');
    expect(book.update(51, 50)).toBe('apply');
  });

  test('far away is noticed at once, and its snapshot is a new base', () => {
    const book = createBook();
    book.snapshot(90);
    expect(book.raw('update', '42', '41')).toBe('gap');
    expect(book.raw('snapshot', '42')).toBe('load');
    expect(book.raw('update', '43', '42')).toBe('apply');
    expect(book.raw('update', '9999304314508780744705', '43')).toBe('gap');
  });

  test('and numbers that cross a power of ten go on', () => {
    const book = createBook();
    book.raw('snapshot', '1304999999999999999');
    expect(book.raw('update', '1305000000000000000', '1304999999999999999')).toBe('apply');
    expect(book.raw('update', '1305000000000000002', '1305000000000000001')).toBe('gap');
    book.raw('snapshot', '999999999999999');
    expect(book.raw('update', '1000000000000001', '999999999999999')).toBe('apply');
  });
});
