import { describe, expect, test } from 'bun:test';
import { SnapshotPace } from '../../../../src/venues/kit/snapshot-pace.ts';

const T0 = 1_700_000_000_000_000;
const SECOND = 1_000_000;

describe('snapshot pace', () => {
  test('a request waits for its answer', () => {
    const pace = new SnapshotPace();
    pace.want();
    expect(pace.take(T0)).toBe(true);
    expect(pace.take(T0 + 1000 * SECOND)).toBe(false);
    pace.onAnswer();
    expect(pace.take(T0 + 1000 * SECOND)).toBe(true);
  });

  test('where the stream answers, a lost answer is asked for again, ever more rarely', () => {
    const pace = new SnapshotPace(5 * SECOND);
    pace.want();
    const asked: number[] = [];
    for (let second = 0; second <= 200; second += 1) {
      if (pace.take(T0 + second * SECOND)) asked.push(second);
    }
    expect(asked.slice(0, 3)).toEqual([0, 5, 10]);
    expect(asked.slice(-2).map((second, i, list) => second - (list[i - 1] ?? second))).toEqual([
      0, 30,
    ]);
  });

  test('a quiet stream is asked soon, one that brings its book itself after longer', () => {
    const firstOf = (pace: SnapshotPace) => {
      pace.wantAfterQuiet(T0);
      for (let second = 0; second < 60; second += 1) {
        pace.onTick(T0 + second * SECOND);
        if (pace.take(T0 + second * SECOND)) return second;
      }
      return Number.NaN;
    };
    expect(firstOf(new SnapshotPace())).toBe(1);
    expect(firstOf(new SnapshotPace(5 * SECOND))).toBe(5);
  });
});
