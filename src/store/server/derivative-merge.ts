/**
 * Derivative ticks of one moment are one row: what the row does not have yet joins it. One frame
 * may say mark price and funding in two messages.
 */
import type { RecordBytes } from '../../base/record-bytes.ts';
import { Common, Derivative } from '../../model/record-layout.ts';

/** A row of `derivative`; values that are not said are NaN. */
export interface DerivativeTick {
  readonly instrument: number;
  readonly tsUs: number;
  readonly recvUs: number;
  /** Mark price, index price, funding rate, next funding time (µs), open interest. */
  readonly values: readonly number[];
}

const VALUE_COUNT = 5;

export function readDerivative(
  { f64 }: RecordBytes,
  at: number,
  instrument: number,
): DerivativeTick {
  const first = (at + Derivative.markPrice) >> 3;
  return {
    instrument,
    tsUs: f64[(at + Common.tsUs) >> 3] as number,
    recvUs: f64[(at + Common.recvUs) >> 3] as number,
    values: Array.from(f64.subarray(first, first + VALUE_COUNT)),
  };
}

export function derivativeKey({ instrument, tsUs, recvUs }: DerivativeTick): string {
  return `${instrument} ${tsUs} ${recvUs}`;
}

/** Rows to write, and how many of `ticks` changed something. */
export function mergeDerivatives(
  stored: readonly DerivativeTick[],
  ticks: readonly DerivativeTick[],
): { readonly rows: readonly DerivativeTick[]; readonly changed: number } {
  const rows = new Map(stored.map((row) => [derivativeKey(row), row]));
  const changedKeys = new Set<string>();
  let changed = 0;
  for (const tick of ticks) {
    const key = derivativeKey(tick);
    const row = rows.get(key);
    const values = row?.values.map((value, i) =>
      Number.isNaN(value) ? (tick.values[i] as number) : value,
    );
    if (row !== undefined && values?.every((value, i) => Object.is(value, row.values[i]))) continue;
    rows.set(key, values === undefined ? tick : { ...tick, values });
    changedKeys.add(key);
    changed += 1;
  }
  return { rows: [...changedKeys].flatMap((key) => rows.get(key) ?? []), changed };
}
