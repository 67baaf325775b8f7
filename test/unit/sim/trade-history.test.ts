import { describe, expect, test } from 'bun:test';
import { createTrade, HISTORY_START_US, TradeHistory } from '../../../src/sim/trade-history.ts';
import { listMarket } from '../../../src/venues/kit/sim-coins.ts';

const NOW_US = Date.UTC(2026, 8, 1, 12) * 1000;
const listing = listMarket('BTC', 'USDT', 'spot', 'BTCUSDT');

function history(seed: number, slotUs = 24_000, timeUnitUs = 1000): TradeHistory {
  return new TradeHistory({ seed, pathSeed: seed, listing, slotUs, timeUnitUs });
}

function read(from: TradeHistory, number: number) {
  const trade = createTrade();
  from.read(number, trade);
  return trade;
}

describe('a trade history', () => {
  test('is the same in every instance and whatever was read before', () => {
    const forward = history(1);
    const backward = history(1);
    const newest = forward.newestAt(NOW_US);
    const numbers = Array.from({ length: 500 }, (_, i) => newest - 500 + i);
    const one = numbers.map((number) => read(forward, number));
    const two = numbers.toReversed().map((number) => read(backward, number));
    expect(two.toReversed()).toEqual(one);
    expect(numbers.map((number) => read(history(2), number))).not.toEqual(one);
  });

  test.each([1, 40, 481, 24_000, 30_000_000])(
    'keeps time and number in step, slots of %p µs',
    (slotUs) => {
      const it = history(9, slotUs);
      const newest = it.newestAt(NOW_US);
      let previousUs = 0;
      for (let number = newest - 300; number <= newest + 300; number += 1) {
        const tsUs = it.timeUs(number);
        expect(tsUs).toBeGreaterThanOrEqual(previousUs);
        expect(tsUs % 1000).toBe(0);
        expect(number <= newest ? tsUs <= NOW_US : tsUs > NOW_US - 1000).toBe(true);
        const first = it.firstFrom(tsUs);
        expect(it.timeUs(first)).toBe(tsUs);
        expect(it.timeUs(Math.max(0, first - 1))).toBeLessThan(tsUs);
        previousUs = tsUs;
      }
    },
  );

  test('has none before it starts', () => {
    expect(history(1).newestAt(HISTORY_START_US - 1)).toBe(-1);
    expect(history(1).firstFrom(0)).toBe(0);
  });

  test('moves its price smoothly around the listed level', () => {
    const it = history(3);
    const newest = it.newestAt(NOW_US);
    let previous = read(it, newest - 20_000).ticks;
    for (let number = newest - 20_000; number <= newest; number += 1) {
      const { ticks } = read(it, number);
      expect(Math.abs(ticks / previous - 1)).toBeLessThan(0.001);
      expect(Math.abs(ticks / 100 / listing.price - 1)).toBeLessThan(0.07);
      previous = ticks;
    }
  });

  test('has sizes of several magnitudes, never below two lots, and both sides', () => {
    const it = history(4);
    const newest = it.newestAt(NOW_US);
    const trades = Array.from({ length: 20_000 }, (_, i) => read(it, newest - i));
    const lots = trades.map((each) => each.lots).sort((a, b) => a - b);
    expect(lots[0]).toBeGreaterThanOrEqual(2);
    expect(lots.every(Number.isInteger)).toBe(true);
    expect((lots[19_800] ?? 0) / (lots[200] ?? 1)).toBeGreaterThan(50);
    const sells = trades.filter((each) => each.isSell).length;
    expect(sells / 20_000).toBeCloseTo(0.5, 1);
  });
});
