import { describe, expect, test } from 'bun:test';
import { OrderBook } from '../../../src/book/order-book.ts';

function book(bids: [number, number][], asks: [number, number][]): OrderBook {
  const made = new OrderBook();
  const all = [...bids, ...asks];
  made.load(
    Float64Array.from(all, ([price]) => price),
    Float64Array.from(all, ([, size]) => size),
    bids.length,
    asks.length,
  );
  return made;
}

describe('OrderBook', () => {
  test('an empty book has no best price and is not crossed', () => {
    const empty = new OrderBook();
    expect(empty.bids.bestPrice).toBeNaN();
    expect(empty.asks.bestSize).toBeNaN();
    expect(empty.isCrossed).toBe(false);
    empty.set('bid', 1, 1);
    expect(empty.isCrossed).toBe(false);
  });

  test('best is the highest bid and the lowest ask, whichever way the snapshot is sorted', () => {
    for (const flip of [false, true]) {
      const bids: [number, number][] = [
        [10, 1],
        [9, 2],
        [8, 3],
      ];
      const asks: [number, number][] = [
        [11, 4],
        [12, 5],
        [13, 6],
      ];
      const made = flip ? book(bids.reverse(), asks.reverse()) : book(bids, asks);
      expect([made.bids.bestPrice, made.bids.bestSize]).toEqual([10, 1]);
      expect([made.asks.bestPrice, made.asks.bestSize]).toEqual([11, 4]);
      expect([made.asks.priceAt(2), made.asks.sizeAt(2), made.asks.priceAt(3)]).toEqual([
        13,
        6,
        NaN,
      ]);
    }
  });

  test('removing a level that is not in the book changes nothing', () => {
    const made = book([[10, 1]], [[11, 1]]);
    made.set('bid', 9, 0);
    made.set('ask', 99, 0);
    expect(made.count).toBe(2);
  });

  test('a bid at or above the best ask is a crossed book', () => {
    const made = book([[10, 1]], [[11, 1]]);
    expect(made.isCrossed).toBe(false);
    made.set('bid', 11, 1);
    expect(made.isCrossed).toBe(true);
    made.set('ask', 11, 0);
    expect(made.isCrossed).toBe(false);
  });

  test('loading replaces every old level', () => {
    const made = book(
      [
        [10, 1],
        [9, 1],
      ],
      [[11, 1]],
    );
    made.load(Float64Array.of(5), Float64Array.of(2), 1, 0);
    expect([made.bids.count, made.asks.count, made.bids.bestPrice]).toEqual([1, 0, 5]);
  });
});
