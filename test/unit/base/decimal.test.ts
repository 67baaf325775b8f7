import { describe, expect, test } from 'bun:test';
import {
  DecimalScanner,
  losesPrecision,
  parseDecimal,
  parseDecimalText,
} from '../../../src/base/decimal.ts';

const encoder = new TextEncoder();

function parse(text: string): number {
  const bytes = encoder.encode(text);
  return parseDecimal(bytes, 0, bytes.length);
}

function scanLoss(text: string): boolean {
  const scanner = new DecimalScanner();
  const bytes = encoder.encode(text);
  scanner.scan(bytes, 0, bytes.length);
  return scanner.precisionLoss;
}

describe('decimal text', () => {
  test('equals Number() for every decimal of up to four digits with the point anywhere', () => {
    let checked = 0;
    for (let value = 0; value < 10_000; value += 1) {
      for (let fraction = 0; fraction <= 4; fraction += 1) {
        const digits = String(value).padStart(fraction + 1, '0');
        const cut = digits.length - fraction;
        const text = fraction === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`;
        if (parse(text) !== Number(text)) throw new Error(text);
        checked += 1;
      }
    }
    expect(checked).toBe(50_000);
  });

  test('equals Number() where the mantissa passes 2^53 and the scale passes 10^22', () => {
    const wholes = ['0', '1', '9007199254740991', '9007199254740992', '9007199254740993'];
    const fractions = ['1', '5', '00000000', '0000000000000001', '123456789012345678901234567890'];
    for (const whole of wholes) {
      for (const fraction of fractions) {
        expect(parse(`${whole}.${fraction}`)).toBe(Number(`${whole}.${fraction}`));
      }
      const scaled = whole === '0' ? whole : `${whole}00000000000000000000000`;
      expect(parse(scaled)).toBe(Number(`${whole}e23`));
    }
  });

  test('rounds halves to even as Number() does', () => {
    // 2^53 + 1 lies exactly between two float64 numbers; one more digit decides.
    expect(parse('9007199254740993')).toBe(9007199254740992);
    expect(parse('9007199254740993.0000000000000000000001')).toBe(9007199254740994);
    expect(parse('9007199254740992.9999999999999999999999')).toBe(9007199254740992);
  });

  test.each([
    '',
    '.',
    '-',
    '.5',
    '5.',
    '00',
    '01',
    '00.5',
    '1e3',
    '1E3',
    '+1',
    ' 1',
    '1 ',
    '--1',
    '1.2.3',
    'NaN',
    'Infinity',
    '1,5',
    '0x1',
    '１',
  ])('refuses %p', (text) => {
    expect(parse(text)).toBeNaN();
    expect(parseDecimalText(text)).toBeNaN();
  });

  test('refuses what would round to infinity, or from non-zero to zero', () => {
    for (const text of ['9'.repeat(400), `0.${'0'.repeat(400)}1`]) {
      expect(parse(text)).toBeNaN();
      expect(parseDecimalText(text)).toBeNaN();
    }
    expect(parse(`0.${'0'.repeat(400)}`)).toBe(0);
    expect(parseDecimalText(`0.${'0'.repeat(400)}`)).toBe(0);
  });

  test('takes a minus in front of a whole text only', () => {
    expect(parse('-0.00012300')).toBe(-0.000123);
    expect(new DecimalScanner().scan(encoder.encode('-1'), 0, 2)).toBeNaN();
    expect(parseDecimalText('-1')).toBeNaN();
  });

  test('stops at the limit, whatever bytes lie behind it', () => {
    expect(parseDecimal(encoder.encode('x12.345678'), 1, 5)).toBe(12.3);
    const scanner = new DecimalScanner();
    expect(scanner.scan(encoder.encode('12.5","9'), 0, 8)).toBe(12.5);
    expect(scanner.end).toBe(4);
  });
});

describe('precision loss', () => {
  test.each([
    ['123456789012345', false],
    ['1234567890123456', true],
    ['1234567890.12345', false],
    ['1234567890.123456', true],
    ['0.000000000123456789012345', false],
    ['0.0000000001234567890123456', true],
    ['61837.630000000000000000', false],
    ['1000000000000000000000.00000000', false],
    ['1000000000000001.00000000', true],
    ['100000000000000000000000000001', true],
    ['0.00000000000000000000', false],
  ])('of %p is %p', (text, expected) => {
    expect(scanLoss(text)).toBe(expected);
    expect(losesPrecision(text)).toBe(expected);
  });

  test('stays raised until its owner lowers it', () => {
    const scanner = new DecimalScanner();
    const bytes = encoder.encode('1234567890123456');
    scanner.scan(bytes, 0, bytes.length);
    scanner.scan(bytes, 0, 3);
    expect(scanner.precisionLoss).toBe(true);
  });
});
