import { expect, test } from 'bun:test';
import {
  countText,
  elapsedText,
  lengthText,
  rateText,
  spanText,
} from '../../../../src/cli/terminal/number-text.ts';

test('numbers read as people write them, and what is absent is a dash', () => {
  expect(countText(1_234_567)).toBe('1,234,567');
  expect(countText(999)).toBe('999');
  expect([0, 0.25, 9, 12.4, 999, 999.6, 1_000, 12_345, 1e6, 2.5e9].map(rateText)).toEqual([
    '0',
    '0.3',
    '9.0',
    '12',
    '999',
    '1.00k',
    '1.00k',
    '12.3k',
    '1.00M',
    '2.50G',
  ]);
  expect([12, 840, 1_500, 12_345, 999_999, -1_270_000, 61e6].map(spanText)).toEqual([
    '12 µs',
    '840 µs',
    '1.50 ms',
    '12.3 ms',
    '1000 ms',
    '-1.27 s',
    '61.0 s',
  ]);
  expect([0, 1023, 1024, 8 * 2 ** 20, 3e12].map(lengthText)).toEqual([
    '0 B',
    '1023 B',
    '1.00 KiB',
    '8.00 MiB',
    '2.73 TiB',
  ]);
  expect([0, 61, 3_723, 180_000].map(elapsedText)).toEqual([
    '00:00:00',
    '00:01:01',
    '01:02:03',
    '2d 02:00:00',
  ]);
  for (const text of [countText, rateText, spanText, lengthText]) {
    expect(text(Number.NaN)).toBe('–');
  }
});
