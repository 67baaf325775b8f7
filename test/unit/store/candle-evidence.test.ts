import { expect, test } from 'bun:test';
import { CandleState } from '../../../src/model/record-layout.ts';
import { CandleEvidence } from '../../../src/store/candle-evidence.ts';

const WHOLE = [{ fromUs: 0, toUs: 1_000 }];
const { complete, partial, repaired } = CandleState;

test('a bucket needs one interval that spans it', () => {
  const split = [
    { fromUs: 0, toUs: 150 },
    { fromUs: 151, toUs: 300 },
  ];
  const evidence = new CandleEvidence([], split);
  expect(evidence.stateOf(0, 100)).toBe(complete);
  expect(evidence.stateOf(100, 200)).toBe(partial);
  expect(evidence.stateOf(200, 300)).toBe(complete);
  expect(evidence.stateOf(300, 400)).toBe(partial);
});

test('an open gap makes every bucket it touches partial, a repaired one repaired', () => {
  for (const isRepaired of [false, true]) {
    const evidence = new CandleEvidence([{ fromUs: 150, toUs: 300, isRepaired }], WHOLE);
    const touched = isRepaired ? repaired : partial;
    expect([0, 100, 200, 300, 400].map((us) => evidence.stateOf(us, us + 100))).toEqual([
      complete,
      touched,
      touched,
      touched,
      complete,
    ]);
  }
});

test('an open gap outweighs a repaired one', () => {
  const gaps = [
    { fromUs: 10, toUs: 20, isRepaired: true },
    { fromUs: 30, toUs: 40, isRepaired: false },
  ];
  expect(new CandleEvidence(gaps, WHOLE).stateOf(0, 100)).toBe(partial);
});

test('a gap without an end reaches on while it is open', () => {
  const toUs = Number.NaN;
  const open = new CandleEvidence([{ fromUs: 50, toUs, isRepaired: false }], WHOLE);
  expect(open.stateOf(500, 600)).toBe(partial);
  const closed = new CandleEvidence([{ fromUs: 50, toUs, isRepaired: true }], WHOLE);
  expect(closed.stateOf(0, 100)).toBe(repaired);
  expect(closed.stateOf(500, 600)).toBe(complete);
});
