/** Bucket edges around leap days, year ends and the epoch; which timeframe nests in which. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  bucketEndUs,
  bucketOpenUs,
  nests,
  parseTimeframe,
  type Timeframe,
} from '../../../src/model/timeframe.ts';

function frame(name: string): Timeframe {
  const timeframe = parseTimeframe(name);
  if (timeframe === undefined) throw new Error(`no timeframe: ${name}`);
  return timeframe;
}

/** ISO time as µs. */
const us = (iso: string) => Date.parse(`${iso}Z`) * 1000;
const iso = (timeUs: number) => new Date(timeUs / 1000).toISOString().slice(0, 19);

/** Open and end of the bucket that holds `at`. */
function bucket(name: string, at: string, plusUs = 0): [string, string] {
  const timeframe = frame(name);
  const openUs = bucketOpenUs(timeframe, us(at) + plusUs);
  return [iso(openUs), iso(bucketEndUs(timeframe, openUs))];
}

describe('timeframe names', () => {
  test('are a count and a unit, and nothing else', () => {
    expect(frame('37m')).toMatchObject({ name: '37m', count: 37, unit: 'm', lengthUs: 37 * 6e7 });
    expect(frame('1w').lengthUs).toBe(7 * 86_400e6);
    expect(frame('3M').lengthUs).toBeNaN();
    for (const name of ['', 'm', '0m', '01m', '-1m', '1.5h', '1 m', '1y', '1H', '5min', '1mm']) {
      expect(parseTimeframe(name)).toBeUndefined();
    }
    // Longer than any market's history.
    for (const name of ['999999d', '121M']) expect(parseTimeframe(name)).toBeUndefined();
  });
});

describe('buckets', () => {
  test('of seconds to days count from the epoch, at midnight UTC where they divide the day', () => {
    expect(bucket('1s', '2024-02-29T12:34:56', 999_999)[0]).toBe('2024-02-29T12:34:56');
    expect(bucket('5m', '2024-02-29T12:34:56')).toEqual([
      '2024-02-29T12:30:00',
      '2024-02-29T12:35:00',
    ]);
    expect(bucket('4h', '2024-12-31T23:59:59')).toEqual([
      '2024-12-31T20:00:00',
      '2025-01-01T00:00:00',
    ]);
    expect(bucket('1d', '2024-02-29T23:59:59', 999_999)).toEqual([
      '2024-02-29T00:00:00',
      '2024-03-01T00:00:00',
    ]);
  });

  test('of 37 and 148 minutes stay on their grid from the epoch', () => {
    expect(bucket('37m', '1970-01-01T00:36:59')).toEqual([
      '1970-01-01T00:00:00',
      '1970-01-01T00:37:00',
    ]);
    for (const name of ['37m', '148m']) {
      const { lengthUs } = frame(name);
      const openUs = bucketOpenUs(frame(name), us('2026-09-25T10:00:00'));
      expect(openUs % lengthUs).toBe(0);
      expect(bucketEndUs(frame(name), openUs)).toBe(openUs + lengthUs);
    }
    // 148 minutes is four times 37: every fourth 37m bucket opens with one of 148m.
    const coarseUs = bucketOpenUs(frame('148m'), us('2026-09-25T10:00:00'));
    expect(bucketOpenUs(frame('37m'), coarseUs)).toBe(coarseUs);
  });

  test('of weeks open on Monday, over year ends and leap days', () => {
    expect(bucket('1w', '2024-12-31T12:00:00')).toEqual([
      '2024-12-30T00:00:00',
      '2025-01-06T00:00:00',
    ]);
    expect(bucket('1w', '2024-03-03T23:59:59', 999_999)).toEqual([
      '2024-02-26T00:00:00',
      '2024-03-04T00:00:00',
    ]);
    expect(bucket('1w', '2024-03-04T00:00:00')[0]).toBe('2024-03-04T00:00:00');
    expect(bucket('2w', '1970-01-12T00:00:00')[0]).toBe('1970-01-05T00:00:00');
    // Before the first Monday of the epoch.
    expect(bucket('1w', '1970-01-01T00:00:00')).toEqual([
      '1969-12-29T00:00:00',
      '1970-01-05T00:00:00',
    ]);
  });

  test('of months follow the calendar, leap Februaries included', () => {
    expect(bucket('1M', '2024-02-29T23:59:59', 999_999)).toEqual([
      '2024-02-01T00:00:00',
      '2024-03-01T00:00:00',
    ]);
    expect(bucket('1M', '2023-02-28T23:59:59')[1]).toBe('2023-03-01T00:00:00');
    expect(bucket('1M', '2100-02-28T23:59:59')[1]).toBe('2100-03-01T00:00:00');
    expect(bucket('1M', '2024-12-31T23:59:59')[1]).toBe('2025-01-01T00:00:00');
    expect(bucket('3M', '2024-05-31T00:00:00')).toEqual([
      '2024-04-01T00:00:00',
      '2024-07-01T00:00:00',
    ]);
    expect(bucket('12M', '2024-12-31T23:59:59')).toEqual([
      '2024-01-01T00:00:00',
      '2025-01-01T00:00:00',
    ]);
    expect(bucket('5M', '2024-02-29T00:00:00')).toEqual([
      '2023-10-01T00:00:00',
      '2024-03-01T00:00:00',
    ]);
  });

  const anyFrame = fc
    .tuple(fc.integer({ min: 1, max: 120 }), fc.constantFrom('s', 'm', 'h', 'd', 'w', 'M'))
    .map(([count, unit]) => frame(`${count}${unit}`));
  /** 1970 to 2223, any µs: the end of a long bucket must be a safe number too. */
  const anyTime = fc.integer({ min: 0, max: 8_000_000_000_000_000 });

  test('hold their time, follow one another without a hole, and have one open time', () => {
    fc.assert(
      fc.property(anyFrame, anyTime, (timeframe, tsUs) => {
        const openUs = bucketOpenUs(timeframe, tsUs);
        const endUs = bucketEndUs(timeframe, openUs);
        expect(openUs <= tsUs && tsUs < endUs).toBe(true);
        expect(bucketOpenUs(timeframe, openUs)).toBe(openUs);
        expect(bucketOpenUs(timeframe, endUs - 1)).toBe(openUs);
        expect(bucketOpenUs(timeframe, endUs)).toBe(endUs);
      }),
    );
  });

  test('nest exactly where `nests` says so', () => {
    fc.assert(
      fc.property(anyFrame, anyFrame, anyTime, (fine, coarse, tsUs) => {
        if (!nests(fine, coarse)) return;
        const openUs = bucketOpenUs(coarse, tsUs);
        expect(bucketOpenUs(fine, openUs)).toBe(openUs);
        const endUs = bucketEndUs(coarse, openUs);
        expect(bucketOpenUs(fine, endUs)).toBe(endUs);
      }),
      { numRuns: 2_000 },
    );
    expect(nests(frame('1m'), frame('37m'))).toBe(true);
    expect(nests(frame('5m'), frame('37m'))).toBe(false);
    expect(nests(frame('37m'), frame('148m'))).toBe(true);
    expect(nests(frame('1w'), frame('1M'))).toBe(false);
    expect(nests(frame('1d'), frame('1M'))).toBe(true);
    expect(nests(frame('5h'), frame('1M'))).toBe(false);
    expect(nests(frame('1d'), frame('1w'))).toBe(true);
    expect(nests(frame('2d'), frame('2w'))).toBe(false);
  });
});
