import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { formatUs } from '../../../src/base/clock.ts';
import { parseTimeText } from '../../../src/http/time-text.ts';

function us(text: string): number | string {
  const result = parseTimeText(text);
  return result.ok ? result.us : result.reason;
}

const NOON_US = Date.UTC(2026, 0, 31, 12) * 1000;

describe('times in queries', () => {
  test.each([
    ['2026-01-31', NOON_US - 43_200_000_000],
    ['2026-01-31T12:00', NOON_US],
    ['2026-01-31T12:00:00', NOON_US],
    ['2026-01-31T12:00:00Z', NOON_US],
    ['2026-01-31t12:00:00z', NOON_US],
    ['2026-01-31T14:30:00+02:30', NOON_US],
    ['2026-01-31T14:30:00 02:30', NOON_US],
    ['2026-01-31T09:00:00-0300', NOON_US],
    ['2026-01-31 12:00:00', NOON_US],
    ['2026-01-31 12:00:00.000001', NOON_US + 1],
    ['2026-01-31 12:00:00.5', NOON_US + 500_000],
    ['1769860800', NOON_US],
    ['1769860800.000001', NOON_US + 1],
    ['1769860800000', NOON_US],
    ['1769860800000001', NOON_US + 1],
    ['0', 0],
    ['2024-02-29', Date.UTC(2024, 1, 29) * 1000],
  ])('reads %s', (text, expected) => {
    expect(us(text)).toBe(expected);
  });

  test.each([
    '',
    ' ',
    'now',
    '-1',
    '1e9',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-1-1',
    '1969-12-31',
    '2026-01-31T24:00:00',
    '2026-01-31T12:60',
    '2026-01-31T12:00:60',
    '2026-01-31T12:00:00.1234567',
    '2026-01-31T12:00:00+19:00',
    '2026-01-31Z',
    '1769860800000.5',
    '1769860800000000000',
    '9999-12-31',
    '99999999999999999',
    '2026-01-31T12:00:00Z\n',
    '١٧٦٩٨٦٠٨٠٠',
  ])('refuses %j with a reason', (text) => {
    expect(us(text)).toBeString();
  });

  test('reads back every time as the stores print it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (time) => {
        expect(us(formatUs(time))).toBe(time);
        expect(us(`${formatUs(time).replace(' ', 'T')}Z`)).toBe(time);
      }),
    );
  });

  test('tells seconds, ms and µs apart by their digits from 1973 on', () => {
    const seconds = fc.integer({ min: 100_000_000, max: 9_000_000_000 });
    fc.assert(
      fc.property(seconds, (s) => {
        const wanted = s * 1_000_000;
        expect(us(String(s))).toBe(wanted);
        expect(us(`${s}000`)).toBe(wanted);
        expect(us(`${s}000000`)).toBe(wanted);
      }),
    );
  });

  test('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const result = parseTimeText(text);
        expect(result.ok ? Number.isSafeInteger(result.us) : result.reason.length > 0).toBe(true);
      }),
    );
  });
});
