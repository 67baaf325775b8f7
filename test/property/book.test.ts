/** The sorted book against a plain Map: any sequence of operations, both sides, any depth. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { at } from '../../src/base/assert.ts';
import { OrderBook } from '../../src/book/order-book.ts';

type Op =
  | { readonly kind: 'set'; readonly isBid: boolean; readonly price: number; readonly size: number }
  | { readonly kind: 'load'; readonly levels: readonly (readonly [number, number])[] }
  | {
      readonly kind: 'apply';
      readonly order: 'rising' | 'falling' | 'mixed';
      readonly levels: readonly (readonly [number, number])[];
    }
  | { readonly kind: 'truncate'; readonly limit: number }
  | { readonly kind: 'clear' };

// Few distinct prices, so that removals and replacements hit; -0 and fractions included.
const price = fc.oneof(
  fc.integer({ min: -20, max: 600 }),
  fc.integer({ min: 0, max: 60 }).map((n) => n / 8),
  fc.constant(-0),
);
const size = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1_000_000 }));
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.record({ kind: fc.constant('set'), isBid: fc.boolean(), price, size }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('load'), levels: fc.array(fc.tuple(price, size)) }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('apply'),
      order: fc.constantFrom('rising', 'falling', 'mixed'),
      levels: fc.array(fc.tuple(price, size), { maxLength: 60 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate'), limit: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear') }) },
) as fc.Arbitrary<Op>;

class NaiveSide {
  levels = new Map<number, number>();
  readonly #isBid: boolean;

  constructor(isBid: boolean) {
    this.#isBid = isBid;
  }

  set(price: number, size: number): void {
    if (size === 0) this.levels.delete(price);
    else this.levels.set(price, size);
  }

  sorted(): [number, number][] {
    const sign = this.#isBid ? -1 : 1;
    return [...this.levels].sort((a, b) => sign * (a[0] - b[0]));
  }

  truncate(limit: number): void {
    this.levels = new Map(this.sorted().slice(0, limit));
  }
}

function applyOp(book: OrderBook, bids: NaiveSide, asks: NaiveSide, step: Op): void {
  if (step.kind === 'set') {
    book.set(step.isBid ? 'bid' : 'ask', step.price, step.size);
    (step.isBid ? bids : asks).set(step.price, step.size);
  } else if (step.kind === 'clear') {
    book.clear();
    bids.levels.clear();
    asks.levels.clear();
  } else if (step.kind === 'truncate') {
    book.truncate(step.limit);
    bids.truncate(step.limit);
    asks.truncate(step.limit);
  } else if (step.kind === 'apply') {
    const levels = inOrder(step.levels, step.order);
    const both = [...levels, ...levels];
    const prices = Float64Array.from(both, ([p]) => p);
    const sizes = Float64Array.from(both, ([, s]) => s);
    book.apply(prices, sizes, levels.length, levels.length);
    for (const [p, s] of levels) {
      bids.set(p, s);
      asks.set(p, s);
    }
  } else {
    loadOp(book, bids, asks, step.levels);
  }
}

/** Sorted ones name a price once, as frames do; others may name one twice. */
function inOrder(
  levels: readonly (readonly [number, number])[],
  order: 'rising' | 'falling' | 'mixed',
): (readonly [number, number])[] {
  if (order === 'mixed') return [...levels];
  const sign = order === 'rising' ? 1 : -1;
  return [...new Map(levels.map(([p, s]) => [p + 0, s]))].sort((a, b) => sign * (a[0] - b[0]));
}

function loadOp(
  book: OrderBook,
  bids: NaiveSide,
  asks: NaiveSide,
  levels: readonly (readonly [number, number])[],
): void {
  // A snapshot names a price once; keep the first of each.
  const unique = [...new Map([...levels].reverse().map(([p, s]) => [p + 0, s]))];
  const prices = Float64Array.from([...unique, ...unique], ([p]) => p);
  const sizes = Float64Array.from([...unique, ...unique], ([, s]) => s);
  book.load(prices, sizes, unique.length, unique.length);
  bids.levels.clear();
  asks.levels.clear();
  for (const [p, s] of unique) {
    bids.set(p, s);
    asks.set(p, s);
  }
}

function top(side: OrderBook['bids'], limit: number): [number, number][] {
  const out = new Float64Array(2 * limit + 2);
  const count = side.copyTop(limit, out, 2);
  return Array.from({ length: count }, (_, i) => [at(out, 2 + 2 * i) + 0, at(out, 3 + 2 * i)]);
}

describe('order book against a map', () => {
  test('any operations give the same levels in the same order', () => {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 400 }), (steps) => {
        const book = new OrderBook();
        const bids = new NaiveSide(true);
        const asks = new NaiveSide(false);
        for (const step of steps) applyOp(book, bids, asks, step);
        expect(top(book.bids, 1000)).toEqual(bids.sorted().map(([p, s]) => [p + 0, s]));
        expect(top(book.asks, 1000)).toEqual(asks.sorted().map(([p, s]) => [p + 0, s]));
        expect(book.count).toBe(bids.levels.size + asks.levels.size);
        const bid = bids.sorted()[0]?.[0] ?? Number.NaN;
        const ask = asks.sorted()[0]?.[0] ?? Number.NaN;
        expect(book.isCrossed).toBe(bid >= ask);
        for (const [p, s] of bids.levels) expect(book.bids.sizeOf(p)).toBe(s);
      }),
      { numRuns: 2000 },
    );
  });

  test('more levels than are set at once, and sides whose memory others used before', () => {
    for (let round = 0; round < 20; round += 1) {
      const book = new OrderBook();
      const count = 9_000;
      const prices = Float64Array.from({ length: count }, (_, i) => 1 + i);
      const sizes = new Float64Array(count).fill(round + 1);
      book.asks.load(prices, sizes, 0, count);
      expect([book.asks.count, book.bids.count]).toEqual([count, 0]);
      expect([book.asks.bestPrice, book.asks.priceAt(count - 1)]).toEqual([1, count]);
      // All go but every third, which stays, and one in between comes.
      const changes = Float64Array.from({ length: count }, (_, i) =>
        i % 3 === 0 ? 1.5 + i : 1 + i,
      );
      const left = Float64Array.from({ length: count }, (_, i) => (i % 3 === 0 ? 7 : 0));
      book.asks.apply(changes, left, 0, count);
      expect(book.asks.count).toBe((2 * count) / 3);
      expect(top(book.asks, 4)).toEqual([1, 1.5, 4, 4.5].map((p, i) => [p, i % 2 ? 7 : round + 1]));
      book.asks.truncate(10);
      expect(book.asks.count).toBe(10);
      if (round % 5 === 0) Bun.gc(true);
    }
  });

  test('a deep book that is filled and emptied far from the top stays sorted', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const book = new OrderBook();
        const naive = new NaiveSide(false);
        let state = seed | 0;
        for (let i = 0; i < 6_000; i += 1) {
          state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
          const p = (state >>> 8) % 3_000;
          const s = state >>> 31 === 0 ? 0 : (state >>> 20) + 1;
          book.set('ask', p, s);
          naive.set(p, s);
        }
        expect(top(book.asks, 3_000)).toEqual(naive.sorted());
      }),
      { numRuns: 5 },
    );
  });
});
