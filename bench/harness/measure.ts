/** Timing of repeated passes inside one run: warm-up first, then until enough time was measured. */
import type { Scale } from './suite.ts';

export interface PassTiming {
  readonly passes: number;
  readonly elapsedUs: number;
}

const WARM_UP_MS = { tiny: 0, quick: 300, full: 700 };
const MEASURE_MS = { tiny: 0, quick: 400, full: 1200 };

export function nowUs(): number {
  return Bun.nanoseconds() / 1000;
}

/**
 * Calls `pass` (which returns the µs it wants to count) until the scale's time is reached: at
 * least once to warm up and once to measure.
 */
export function measurePasses(scale: Scale, pass: () => number): PassTiming {
  const limitUs = { warmUp: WARM_UP_MS[scale] * 1000, measure: MEASURE_MS[scale] * 1000 };
  for (let us = pass(); us < limitUs.warmUp; us += pass());
  // What warm-up left behind must not be collected on the measured passes' time.
  Bun.gc(true);
  let passes = 0;
  let elapsedUs = 0;
  do {
    elapsedUs += pass();
    passes += 1;
  } while (elapsedUs < limitUs.measure);
  return { passes, elapsedUs };
}
