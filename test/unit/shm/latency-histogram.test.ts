import { describe, expect, test } from 'bun:test';
import { Prng } from '../../../src/base/prng.ts';
import type { LatencySummary } from '../../../src/engine/engine-view.ts';
import { LatencyHistogram } from '../../../src/shm/latency-histogram.ts';

const QUANTILES = [0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1];

/** The value that a share `q` of the sorted values is not above. */
function exact(sorted: readonly number[], q: number): number {
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] as number;
}

function check(values: readonly number[]): void {
  const histogram = LatencyHistogram.create();
  for (const value of values) histogram.record(value);
  const sorted = [...values].sort((a, b) => a - b);
  const found = histogram.percentiles(QUANTILES);
  QUANTILES.forEach((q, i) => {
    const wanted = exact(sorted, q);
    expect(Math.abs((found[i] as number) - wanted)).toBeLessThanOrEqual(0.016 * Math.abs(wanted));
  });
}

describe('latency histogram', () => {
  test('has percentiles within 1.6 % of the exact ones, whatever the scale and sign', () => {
    const prng = new Prng(42);
    for (let scale = 1; scale < 2 ** 36; scale *= 3) {
      check(Array.from({ length: 2_000 }, () => Math.floor(prng.next() * scale)));
      check(Array.from({ length: 2_000 }, () => Math.floor((prng.next() - 0.7) * scale)));
      check(Array.from({ length: 2_000 }, () => -Math.floor(prng.next() * scale)));
    }
  });

  test('is within 1.6 % for every single value near each power of two', () => {
    for (let exponent = 0; exponent < 36; exponent += 1) {
      for (let d = -3; d <= 3; d += 1) {
        const value = 2 ** exponent + d;
        // Two more far away, so that clamping to the extremes does not hide the bucket's middle.
        for (const sign of [1, -1]) check([-(2 ** 36) + 1, sign * value, 2 ** 36 - 1]);
      }
    }
  });

  test('is exact below 64 µs', () => {
    const histogram = LatencyHistogram.create();
    for (let us = -63; us <= 63; us += 1) histogram.record(us);
    expect(histogram.percentiles([0, 0.25, 0.5, 1])).toEqual([-63, -32, 0, 63]);
  });

  test('takes the clock skew of real captures', () => {
    const histogram = LatencyHistogram.create();
    for (let i = 0; i < 1_000; i += 1) histogram.record(-1_270_000 + i);
    const summary: LatencySummary = histogram.summary();
    expect(summary.count).toBe(1_000);
    expect(Math.abs(summary.p50 + 1_269_500) / 1_269_500).toBeLessThan(0.016);
    expect(summary.max).toBe(-1_269_001);
  });

  test('says NaN while empty and leaves NaN out', () => {
    const histogram = LatencyHistogram.create();
    histogram.record(Number.NaN);
    const nan = Number.NaN;
    expect(histogram.summary()).toEqual({ count: 0, p50: nan, p99: nan, p999: nan, max: nan });
  });

  test('counts what is beyond 19 hours in the outermost bucket and keeps max exact', () => {
    const histogram = LatencyHistogram.create();
    histogram.record(1e15);
    histogram.record(-1e15);
    histogram.record(5);
    expect(histogram.summary().max).toBe(1e15);
    expect(histogram.count).toBe(3);
    expect(histogram.percentiles([0.5])).toEqual([5]);
  });

  test('two views of one buffer agree, and several fit one buffer', () => {
    const buffer = new SharedArrayBuffer(2 * LatencyHistogram.byteLength);
    const second = new LatencyHistogram(buffer, LatencyHistogram.byteLength);
    for (const us of [10, 20, 30]) second.record(us);
    expect(new LatencyHistogram(buffer, LatencyHistogram.byteLength).summary().p50).toBe(20);
    expect(new LatencyHistogram(buffer).count).toBe(0);
  });

  test('merging gives the summary of all values', () => {
    const [a, b, all] = Array.from({ length: 3 }, () => LatencyHistogram.create()) as [
      LatencyHistogram,
      LatencyHistogram,
      LatencyHistogram,
    ];
    for (let i = -500; i < 1_500; i += 1) {
      (i % 3 === 0 ? a : b).record(i * 17);
      all.record(i * 17);
    }
    const merged = LatencyHistogram.create();
    for (const part of [a, LatencyHistogram.create(), b]) merged.mergeFrom(part);
    expect(merged.summary()).toEqual(all.summary());
    expect(merged.percentiles(QUANTILES)).toEqual(all.percentiles(QUANTILES));
  });

  test('wants ascending quantiles within 0 and 1', () => {
    const histogram = LatencyHistogram.create();
    expect(() => histogram.percentiles([0.9, 0.5])).toThrow('ascend');
    expect(() => histogram.percentiles([1.1])).toThrow('ascend');
  });
});
