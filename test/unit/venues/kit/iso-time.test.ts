import { describe, expect, test } from 'bun:test';
import { isoTimeText, isoTimeUs } from '../../../../src/venues/kit/iso-time.ts';

describe('RFC 3339 times', () => {
  test.each([
    ['2023-10-06T17:35:55.440295Z', 1_696_613_755_440_295],
    ['2023-10-06T17:35:55.440295999Z', 1_696_613_755_440_295],
    ['2023-10-06T17:35:55Z', 1_696_613_755_000_000],
    ['2023-10-06T17:35:55.4Z', 1_696_613_755_400_000],
    ['2023-10-06T17:35:55.4+00:00', 1_696_613_755_400_000],
    ['1970-01-01T00:00:00.000000Z', 0],
    ['2024-02-29T00:00:00Z', 1_709_164_800_000_000],
  ])('%s', (text, us) => {
    expect(isoTimeUs(text)).toBe(us);
  });

  test('of the year 1 lie before the epoch', () => {
    expect(isoTimeUs('0001-01-01T00:00:00.000000Z')).toBe(-62_135_596_800_000_000);
  });

  test.each(['', '2023-10-06', '2023-13-06T00:00:00Z', '2023-02-29T00:00:00Z'])(
    '%p is none',
    (t) => {
      expect(isoTimeUs(t)).toBeNaN();
    },
  );

  test.each(['2023-10-06T24:00:00Z', '2023-10-06T00:00:00', '2023-10-06 00:00:00Z', 5, null])(
    '%p is none either',
    (value) => {
      expect(isoTimeUs(value)).toBeNaN();
    },
  );

  test('come back from their text', () => {
    for (const us of [0, 1, 999_999, 1_696_613_755_440_295, 1_696_613_755_000_000]) {
      expect(isoTimeUs(isoTimeText(us))).toBe(us);
    }
    expect(isoTimeText(1_696_613_755_440_295)).toBe('2023-10-06T17:35:55.440295Z');
  });
});
