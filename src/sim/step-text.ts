/** Whole steps (ticks, lots) as the decimal text venues send. */
import type { SimStep } from '../venues/sim-contract.ts';

/** `steps` × the step, with exactly its decimals: 6500001 steps of 0.01 are `65000.01`. */
export function stepText(steps: number, step: SimStep): string {
  const digits = String(steps * step.units);
  const { decimals } = step;
  if (decimals === 0) return digits;
  const padded = digits.length > decimals ? digits : digits.padStart(decimals + 1, '0');
  const point = padded.length - decimals;
  return `${padded.slice(0, point)}.${padded.slice(point)}`;
}

/** The same decimal as JSON has it shortest: no zeros at the end of its fraction. */
export function trimDecimal(text: string): string {
  if (!text.includes('.')) return text;
  let end = text.length;
  while (text.charCodeAt(end - 1) === 0x30) end -= 1;
  if (text.charCodeAt(end - 1) === 0x2e) end -= 1;
  return text.slice(0, end);
}
