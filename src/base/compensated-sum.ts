/**
 * Compensated (Neumaier) summation on plain arrays, so that callers keep many sums without objects.
 * Error of the result: about one rounding, however many terms (Neumaier 1974).
 */

/** Adds `value` to the sum whose high part is `sums[index]` and low part `sums[index + 1]`. */
export function addCompensated(sums: Float64Array, index: number, value: number): void {
  const sum = sums[index] as number;
  const next = sum + value;
  const lost = Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
  sums[index] = next;
  sums[index + 1] = (sums[index + 1] as number) + lost;
}

export function readCompensated(sums: Float64Array, index: number): number {
  return (sums[index] as number) + (sums[index + 1] as number);
}
