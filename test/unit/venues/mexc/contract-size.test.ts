import { describe, expect, test } from 'bun:test';
import { ContractSizes, linearUnits } from '../../../../src/venues/mexc/contract-size.ts';
import { instrumentsOf } from './feed.ts';

describe('contract sizes', () => {
  test.each([
    [3251, 0.0001, 0.3251],
    [55, 0.0001, 0.0055],
    [3, 0.1, 0.3],
    [7, 0.00000001, 0.00000007],
    [12, 1000, 12_000],
    [3, 1e-7, 0.0000003],
    [1_000_003, 0.003, 3000.009],
  ])('%p contracts of %p are %p, rounded once', (contracts, value, expected) => {
    expect(linearUnits(contracts, value)).toBe(expected);
  });

  test('are unknown until learned, and follow a change', () => {
    const sizes = new ContractSizes(instrumentsOf('mexc.contract'));
    expect(sizes.has(0)).toBe(false);
    expect(sizes.baseUnits(0, 1, 10)).toBeNaN();
    sizes.learn('BTC_USDT', 0.0001, false);
    sizes.learn('BTC_USD', 100, true);
    sizes.learn('NOBODYS_USDT', 1, false);
    expect(sizes.baseUnits(0, 5, 123)).toBe(0.0005);
    expect(sizes.baseUnits(1, 5, 50_000)).toBe(0.01);
    expect(sizes.baseUnits(1, 0, 50_000)).toBe(0);
    sizes.learn('BTC_USDT', 0.001, false);
    expect(sizes.baseUnits(0, 5, 123)).toBe(0.005);
  });
});
