import { describe, expect, test } from 'bun:test';
import { UsageError } from '../../../src/base/errors.ts';
import {
  ALL_FAULTS,
  createFaultCounts,
  FaultPlan,
  NO_FAULTS,
  parseFaults,
} from '../../../src/sim/fault-plan.ts';

describe('a fault list', () => {
  test('is none, all, or one kind after another', () => {
    expect(parseFaults('none')).toEqual(NO_FAULTS);
    expect(parseFaults('all')).toEqual(ALL_FAULTS);
    expect(parseFaults('drop=0.25, disconnect=1.5s,stall=2m,rest429=1')).toEqual({
      ...NO_FAULTS,
      drop: 0.25,
      disconnect: 1_500_000,
      stall: 120_000_000,
      rest429: 1,
    });
  });

  test('takes all with exceptions', () => {
    expect(parseFaults('all,drop=0,disconnect=250ms')).toEqual({
      ...ALL_FAULTS,
      drop: 0,
      disconnect: 250_000,
    });
  });

  test.each([
    ['', '""'],
    ['dorp=0.1', '"dorp=0.1"'],
    ['drop', '"drop"'],
    ['drop=', '"drop="'],
    ['drop=2', '"drop=2"'],
    ['drop=-0.1', '"drop=-0.1"'],
    ['drop=1e3', '"drop=1e3"'],
    ['disconnect=10', '"disconnect=10"'],
    ['disconnect=0s', '"disconnect=0s"'],
    ['stall=0.1', '"stall=0.1"'],
    ['drop=0.1,drop=0.2', '"drop"'],
    ['drop=0.6,delay=0.6', 'drop + duplicate'],
    ['none,drop=0.1', '"none"'],
    ['drop=0.1,all', '"all"'],
  ])('%p is refused by the part that is wrong', (text, part) => {
    expect(() => parseFaults(text)).toThrow(UsageError);
    expect(() => parseFaults(text)).toThrow(part);
  });
});

describe('a fault plan', () => {
  const spec = parseFaults('drop=0.1,reorder=0.05,disconnect=10s');

  test('strikes as often as told', () => {
    const plan = new FaultPlan(spec, createFaultCounts(), 1);
    const counts: Record<string, number> = {};
    for (let i = 0; i < 100_000; i += 1) {
      const fault = plan.nextFrameFault() ?? 'none';
      counts[fault] = (counts[fault] ?? 0) + 1;
    }
    expect(Object.keys(counts).sort()).toEqual(['drop', 'none', 'reorder']);
    expect((counts.drop ?? 0) / 100_000).toBeCloseTo(0.1, 2);
    expect((counts.reorder ?? 0) / 100_000).toBeCloseTo(0.05, 2);
  });

  test('is the same for the same seed', () => {
    const draw = (seed: number) => {
      const plan = new FaultPlan(spec, createFaultCounts(), seed);
      return Array.from({ length: 200 }, () => plan.nextFrameFault());
    };
    expect(draw(4)).toEqual(draw(4));
    expect(draw(4)).not.toEqual(draw(5));
  });

  test('spreads timed faults around their mean', () => {
    const plan = new FaultPlan(spec, createFaultCounts(), 2);
    let sum = 0;
    for (let i = 0; i < 5_000; i += 1) sum += plan.nextUs('disconnect', 0);
    expect(sum / 5_000 / 1e6).toBeGreaterThan(9);
    expect(sum / 5_000 / 1e6).toBeLessThan(11);
    expect(plan.nextUs('stall', 0)).toBe(Number.POSITIVE_INFINITY);
  });
});
