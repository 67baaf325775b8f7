/**
 * A latency distribution as it stands in a result file: quantiles on a fixed grid, so that files
 * can be compared and drawn without the histogram they came from.
 */
import type { Histogram } from 'hdr-histogram-js';
import { LatencyHistogram } from '../../src/shm/latency-histogram.ts';
import { LINE_LENGTH } from '../../src/shm/ring-layout.ts';

/** 0, 0.5 %, … 99.5 %, then the tail. */
export const QUANTILE_GRID: readonly number[] = [
  ...Array.from({ length: 200 }, (_, i) => i / 200),
  0.997,
  0.998,
  0.999,
  0.9995,
  0.9999,
  0.99999,
  1,
];

export interface HistogramData {
  readonly name: string;
  readonly unit: 'µs' | 'ns';
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** At `QUANTILE_GRID`. */
  readonly quantiles: readonly number[];
}

function describe(
  name: string,
  unit: HistogramData['unit'],
  count: number,
  at: (q: number) => number,
): HistogramData {
  const quantiles = QUANTILE_GRID.map((q) => (count === 0 ? 0 : at(q)));
  const [p50, p99, p999, max] = [0.5, 0.99, 0.999, 1].map((q) => (count === 0 ? 0 : at(q)));
  return {
    name,
    unit,
    count,
    p50: p50 ?? 0,
    p99: p99 ?? 0,
    p999: p999 ?? 0,
    max: max ?? 0,
    quantiles,
  };
}

export function fromHdr(name: string, unit: HistogramData['unit'], hdr: Histogram): HistogramData {
  return describe(name, unit, hdr.totalCount, (q) => hdr.getValueAtPercentile(q * 100));
}

/**
 * What the engine's histogram in `buffer` gained since `before`, a copy of it (undefined: since it
 * was made). Counts lie behind the first line, a float64 a bucket; the extremes are the buckets'.
 */
export function fromShared(
  name: string,
  buffer: SharedArrayBuffer,
  before: Float64Array | undefined,
): HistogramData {
  const now = new Float64Array(buffer);
  const gained = new SharedArrayBuffer(LatencyHistogram.byteLength);
  const cells = new Float64Array(gained);
  let count = 0;
  for (let i = LINE_LENGTH / 8; i < now.length; i += 1) {
    const difference = (now[i] as number) - (before?.[i] ?? 0);
    cells[i] = difference;
    count += difference;
  }
  // No clamp to the extremes of a longer time: buckets alone say where the values lie.
  cells.set([count, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  const values = new LatencyHistogram(gained).percentiles(QUANTILE_GRID);
  return describe(name, 'µs', count, (q) => values[QUANTILE_GRID.indexOf(q)] ?? 0);
}

/** A copy of a shared histogram, for `fromShared` later. */
export function copyShared(buffer: SharedArrayBuffer): Float64Array {
  return new Float64Array(buffer).slice();
}
