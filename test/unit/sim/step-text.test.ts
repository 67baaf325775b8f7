import { expect, test } from 'bun:test';
import { stepText, trimDecimal } from '../../../src/sim/step-text.ts';

test('steps are written with all their decimals', () => {
  expect(stepText(6_500_001, { units: 1, decimals: 2 })).toBe('65000.01');
  expect(stepText(5, { units: 1, decimals: 5 })).toBe('0.00005');
  expect(stepText(10, { units: 1, decimals: 1 })).toBe('1.0');
  expect(stepText(12, { units: 1, decimals: 0 })).toBe('12');
  expect(stepText(20_001, { units: 25, decimals: 2 })).toBe('5000.25');
});

test('zeros at the end of a fraction go, and only those', () => {
  const trimmed = ['65000.10', '65000.00', '100', '0.00005', '10.0'].map(trimDecimal);
  expect(trimmed).toEqual(['65000.1', '65000', '100', '0.00005', '10']);
});
