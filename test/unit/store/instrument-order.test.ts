import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { InstrumentOrder } from '../../../src/store/instrument-order.ts';

test('is a stable order by instrument, batch after batch, however many come', () => {
  const order = new InstrumentOrder();
  const batch = fc.array(fc.nat(9), { maxLength: 60 });
  fc.assert(
    fc.property(fc.array(batch, { minLength: 1, maxLength: 4 }), (batches) => {
      for (const instruments of batches) {
        order.clear(10);
        for (const [at, instrument] of instruments.entries()) order.add(at * 8, instrument);
        const expected = instruments
          .map((instrument, at) => ({ instrument, at: at * 8 }))
          .sort((a, b) => a.instrument - b.instrument)
          .map(({ at }) => at);
        expect([...order.sorted()]).toEqual(expected);
      }
    }),
  );
});

test('grows with the batch and with the number of instruments', () => {
  const order = new InstrumentOrder();
  order.clear(2);
  for (let at = 0; at < 10_000; at += 1) order.add(at, at % 2);
  const sorted = order.sorted();
  expect(sorted.length).toBe(10_000);
  expect([sorted[0], sorted[4_999], sorted[5_000], sorted[9_999]]).toEqual([0, 9_998, 1, 9_999]);
  order.clear(300);
  order.add(7, 299);
  order.add(8, 0);
  expect([...order.sorted()]).toEqual([8, 7]);
});
