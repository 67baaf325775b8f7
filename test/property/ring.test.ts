/** Rings of any size under any sequence of steps against the array model. */
import { describe, test } from 'bun:test';
import fc from 'fast-check';
import { bodyLengthMax } from '../../src/shm/ring-layout.ts';
import { type Action, RingEnds, RingModel } from '../unit/shm/ring-model.ts';

const STEP = fc.oneof(
  { weight: 5, arbitrary: fc.nat({ max: 100_000 }) },
  { weight: 5, arbitrary: fc.constant('commit' as const) },
  { weight: 1, arbitrary: fc.constant('abort' as const) },
  { weight: 3, arbitrary: fc.constant('publish' as const) },
  { weight: 3, arbitrary: fc.constant('refresh' as const) },
  { weight: 8, arbitrary: fc.constant('next' as const) },
  { weight: 3, arbitrary: fc.constant('release' as const) },
);

/** Anywhere, mostly just before 2^31 and 2^32. */
const START = fc.oneof(
  fc.nat({ max: 2 ** 32 - 1 }),
  fc.nat({ max: 300 }).map((n) => 2 ** 31 - n),
  fc.nat({ max: 300 }).map((n) => 2 ** 32 - 1 - n),
);

describe('ring, any steps', () => {
  test('does what the array model does', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 6, max: 10 }).map((n) => 2 ** n),
        START,
        fc.array(STEP, { maxLength: 400, size: 'max' }),
        (capacity, start, steps) => {
          const model = new RingModel(capacity, start);
          const ends = new RingEnds(capacity, start);
          for (const step of steps) {
            const action: Action =
              typeof step === 'number' ? `claim ${step % (bodyLengthMax(capacity) + 1)}` : step;
            if (!model.can(action)) continue;
            const expected = `${model.apply(action)} │ ${model.facts()}`;
            const actual = `${ends.apply(action)} │ ${ends.facts()}`;
            if (actual !== expected) throw new Error(`${action}: ${actual}, not ${expected}`);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
