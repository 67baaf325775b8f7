import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { type DirtyRange, DirtyRanges } from '../../../src/candles/dirty-range.ts';

const SECOND = 1_000_000;

function take(dirty: DirtyRanges, instrument: number): DirtyRange[] {
  const taken: DirtyRange[] = [];
  for (let range = dirty.first(instrument); range !== undefined; range = dirty.first(instrument)) {
    taken.push(range);
    dirty.dropFirst(instrument);
  }
  return taken;
}

test('ranges far apart stay apart, near ones become one', () => {
  const dirty = new DirtyRanges(2);
  dirty.add(1, 60 * SECOND, 60 * SECOND);
  dirty.add(1, 0, 0);
  dirty.add(1, 60.5 * SECOND, 61 * SECOND);
  expect(dirty.count).toBe(1);
  expect(dirty.first(0)).toBeUndefined();
  expect(take(dirty, 1)).toEqual([
    { fromUs: 0, toUs: 0 },
    { fromUs: 60 * SECOND, toUs: 61 * SECOND },
  ]);
  expect(dirty.count).toBe(0);
});

test('whatever is added is held, by few ranges in order', () => {
  const time = fc.integer({ min: 0, max: 500 }).map((n) => n * SECOND);
  fc.assert(
    fc.property(fc.array(fc.tuple(time, time), { minLength: 1, maxLength: 200 }), (added) => {
      const dirty = new DirtyRanges(1);
      for (const [a, b] of added) dirty.add(0, Math.min(a, b), Math.min(Math.max(a, b), a + 9));
      const held = take(dirty, 0);
      expect(held.length).toBeLessThanOrEqual(32);
      for (const [i, range] of held.entries()) {
        if (i > 0) expect(range.fromUs).toBeGreaterThan(held[i - 1]!.toUs);
      }
      for (const [a, b] of added) {
        const [fromUs, toUs] = [Math.min(a, b), Math.min(Math.max(a, b), a + 9)];
        expect(held.some((range) => range.fromUs <= fromUs && range.toUs >= toUs)).toBe(true);
      }
    }),
  );
});
