import { expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  DecimalScanner,
  losesPrecision,
  parseDecimal,
  parseDecimalText,
} from '../../src/base/decimal.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`decode-decimal seed ${SEED}`);

const encoder = new TextEncoder();
const digits = (max: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: max });
const decimal = fc.tuple(digits(24), fc.option(digits(30))).map(([whole, fraction]) => {
  const plain = whole.replace(/^0+(?=\d)/, '');
  return fraction === null ? plain : `${plain}.${fraction}`;
});

/** Number() in the documented range: non-zero decimals that round to zero do not occur here. */
test('bytes and text give the number that Number() gives', () => {
  fc.assert(
    fc.property(decimal, fc.boolean(), (text, isNegative) => {
      const signed = isNegative ? `-${text}` : text;
      const bytes = encoder.encode(signed);
      expect(parseDecimal(bytes, 0, bytes.length)).toBe(Number(signed));
      expect(parseDecimalText(text)).toBe(Number(text));
    }),
    { seed: SEED, numRuns: 20_000 },
  );
});

test('up to 15 significant digits read back equal to the text', () => {
  const value = fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 15n - 1n }), fc.nat({ max: 22 }));
  fc.assert(
    fc.property(value, ([mantissa, scale]) => {
      const padded = String(mantissa).padStart(scale + 1, '0');
      const cut = padded.length - scale;
      const text = scale === 0 ? padded : `${padded.slice(0, cut)}.${padded.slice(cut)}`;
      const number = parseDecimalText(text);
      expect(losesPrecision(text)).toBe(false);
      const [shown, exponent] = number.toExponential().split('e');
      const back = (shown as string).replace('.', '').replace(/0+$/, '');
      expect(back).toBe(String(mantissa).replace(/0+$/, ''));
      expect(Number(exponent)).toBe(String(mantissa).length - 1 - scale);
    }),
    { seed: SEED, numRuns: 5000 },
  );
});

test('scanner and text agree on validity, value and precision for any digits and points', () => {
  const text = fc.string({ unit: fc.constantFrom(...'0000123456789.-e'), maxLength: 40 });
  const scanner = new DecimalScanner();
  fc.assert(
    fc.property(text, (candidate) => {
      const bytes = encoder.encode(candidate);
      scanner.precisionLoss = false;
      const value = scanner.scan(bytes, 0, bytes.length);
      const scanned = scanner.end === bytes.length ? value : Number.NaN;
      expect(scanned).toBe(parseDecimalText(candidate));
      if (Number.isNaN(scanned)) return;
      expect(scanner.precisionLoss).toBe(losesPrecision(candidate));
      expect(scanned).toBe(Number(candidate));
    }),
    { seed: SEED, numRuns: 20_000 },
  );
});
