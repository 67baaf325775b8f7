/** Capped exponential backoff with jitter, so that many clients do not return in step. */
import type { Prng } from '../../base/prng.ts';

export interface BackoffLimits {
  readonly firstUs: number;
  readonly capUs: number;
}

/** Wait before attempt number `attempt` (0, 1, …): half to all of min(cap, first × 2^attempt). */
export function backoffUs(limits: BackoffLimits, attempt: number, prng: Prng): number {
  const fullUs = Math.min(limits.capUs, limits.firstUs * 2 ** Math.min(attempt, 30));
  return Math.round(fullUs * (0.5 + prng.next() / 2));
}
