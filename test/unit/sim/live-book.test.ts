import { describe, expect, test } from 'bun:test';
import { Prng } from '../../../src/base/prng.ts';
import { DepthBatch } from '../../../src/sim/depth-batch.ts';
import { LiveBook } from '../../../src/sim/live-book.ts';
import type { SimDepth } from '../../../src/venues/sim-contract.ts';

const NOW_US = Date.UTC(2026, 0, 1) * 1000;

class NaiveBook {
  readonly sides = [new Map<number, number>(), new Map<number, number>()] as const;

  constructor(book: LiveBook) {
    for (let i = 0; i < book.bidCount; i += 1) this.sides[0].set(book.bidTicks(i), book.bidLots(i));
    for (let i = 0; i < book.askCount; i += 1) this.sides[1].set(book.askTicks(i), book.askLots(i));
  }

  apply(event: SimDepth): void {
    for (const [side, ticks, lots] of [
      [this.sides[0], event.bidTicks, event.bidLots],
      [this.sides[1], event.askTicks, event.askLots],
    ] as const) {
      for (const [i, each] of ticks.entries()) {
        if (lots[i] === 0) side.delete(each);
        else side.set(each, lots[i] as number);
      }
    }
  }
}

/** Random but for the seed: the top wanders, sometimes far, and everything else happens. */
function wander(book: LiveBook, prng: Prng, steps: number, each: () => void): void {
  let bid = book.bidTicks(0);
  for (let i = 0; i < steps; i += 1) {
    bid += prng.below(41) - 20 + (prng.chance(0.002) ? (prng.below(3) - 1) * 40_000 : 0);
    bid = Math.max(200, bid);
    book.moveTop(bid, bid + 1 + prng.below(3));
    if (prng.chance(0.4)) book.take(prng.chance(0.5), prng.below(50));
    if (prng.chance(0.3)) book.resizeTop();
    if (prng.chance(0.1)) book.stir(6);
    each();
  }
}

describe('the live book', () => {
  test.each([
    [1, 6_500_000],
    [40, 6_500_000],
    [1, 400],
  ])('is what its events make of it, ids up to %p apart, at %p ticks', (jump, bid) => {
    const prng = new Prng(17);
    const book = new LiveBook(prng, jump, 1000, bid, bid + 1, NOW_US);
    const naive = new NaiveBook(book);
    const batch = new DepthBatch(book, 100_000, NOW_US);
    book.batches.push(batch);
    let previousId = book.id;
    wander(book, prng, 20_000, () => {
      expect(book.bidTicks(0)).toBeLessThan(book.askTicks(0));
      if (batch.isEmpty || !prng.chance(0.1)) return;
      const event = batch.take(NOW_US);
      expect(event.previousId).toBe(previousId);
      if (jump === 1) expect(event.firstId).toBe(previousId + 1);
      else expect(event.firstId).toBeGreaterThan(previousId);
      expect(event.lastId).toBe(book.id);
      expect(event.lastId).toBeGreaterThanOrEqual(event.firstId);
      previousId = event.lastId;
      naive.apply(event);
    });
    if (!batch.isEmpty) naive.apply(batch.take(NOW_US));
    expect([...naive.sides[0]].sort((a, b) => b[0] - a[0])).toEqual(
      Array.from({ length: book.bidCount }, (_, i) => [book.bidTicks(i), book.bidLots(i)]),
    );
    expect([...naive.sides[1]].sort((a, b) => a[0] - b[0])).toEqual(
      Array.from({ length: book.askCount }, (_, i) => [book.askTicks(i), book.askLots(i)]),
    );
  });

  test('keeps hundreds of levels a side, all with a size', () => {
    const prng = new Prng(3);
    const book = new LiveBook(prng, 1, 1000, 300_000, 300_001, NOW_US);
    wander(book, prng, 5_000, () => {
      expect(book.bidCount).toBeGreaterThanOrEqual(200);
      expect(book.askCount).toBeGreaterThanOrEqual(200);
    });
    for (let i = 0; i < book.bidCount; i += 1) expect(book.bidLots(i)).toBeGreaterThanOrEqual(1);
  });

  test('starts later with higher ids than it can have reached', () => {
    const start = (nowUs: number) => new LiveBook(new Prng(1), 40, 1000, 5000, 5001, nowUs);
    const prng = new Prng(2);
    const book = start(NOW_US);
    // As many changes as a second at the highest rate brings.
    wander(book, prng, 50_000, () => {});
    expect(start(NOW_US + 1_000_000).id).toBeGreaterThan(book.id);
  });
});
