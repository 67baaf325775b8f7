import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { ContractSize } from '../../../../src/venues/okx/contract-size.ts';

function sizeOf(ctVal: string, ctMult: string, isInverse = false): ContractSize {
  const size = ContractSize.of(ctVal, ctMult, isInverse);
  if (size === undefined) throw new Error(`${ctVal} x ${ctMult} is no contract size`);
  return size;
}

describe('contract sizes', () => {
  test('linear contracts in base units are rounded once', () => {
    const btc = sizeOf('0.01', '1');
    expect(btc.value).toBe(0.01);
    // 3 × 0.1 in float64 is 0.30000000000000004.
    expect(sizeOf('0.1', '1').baseUnits('3', 3, 1)).toBe(0.3);
    expect(btc.baseUnits('12.7', 12.7, 1)).toBe(0.127);
    expect(sizeOf('10', '100').baseUnits('1.5', 1.5, 1)).toBe(1500);
    const digits = fc.tuple(fc.nat(999_999), fc.nat(4), fc.nat(5));
    fc.assert(
      fc.property(digits, ([mantissa, decimals, unit]) => {
        const text = (mantissa / 10 ** decimals).toFixed(decimals);
        const exact = Number(`${mantissa}e-${decimals + unit}`);
        const contract = sizeOf(unit === 0 ? '1' : `0.${'1'.padStart(unit, '0')}`, '1');
        expect(contract.baseUnits(text, Number(text), 1)).toBe(exact);
      }),
    );
  });

  test('inverse contracts are worth what the price says', () => {
    const btc = sizeOf('100', '1', true);
    expect(btc.baseUnits('3', 3, 25_000)).toBe(0.012);
    // A removed level stays removed.
    expect(btc.baseUnits('0', 0, 25_000)).toBe(0);
  });

  test('what is no positive decimal is no size', () => {
    for (const text of ['', '0', '-1', 'x', '1e2']) {
      expect(ContractSize.of(text, '1', false)).toBeUndefined();
      expect(ContractSize.of('1', text, false)).toBeUndefined();
    }
  });

  test('digits beyond the exact ones are still nearly right', () => {
    const value = sizeOf('0.01', '1').baseUnits('1.2345678901234567', 1.2345678901234567, 1);
    expect(value).toBeCloseTo(0.012345678901234567, 15);
  });
});
