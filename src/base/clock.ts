/**
 * Time. The one place that reads the machine's clocks; everything else is handed a `Clock` or a
 * time. All times are integer microseconds since the Unix epoch as safe numbers (exact to 2255).
 */

export interface Clock {
  /** Wall clock, µs since the Unix epoch; may step when the machine's clock is corrected. */
  wallUs(): number;
  /** Monotonic clock, µs since an arbitrary start; for intervals. */
  monoUs(): number;
}

export const US_PER_MS = 1_000;
export const US_PER_SECOND = 1_000_000;
export const US_PER_DAY = 86_400 * US_PER_SECOND;

const originUs = Math.round(performance.timeOrigin * US_PER_MS);
/**
 * The wall clock is anchored to the monotonic one and re-anchored when they drift this far apart.
 */
const REANCHOR_US = 5_000;

/** The machine's clocks: the wall clock has µs resolution and follows corrections beyond 5 ms. */
export class SystemClock implements Clock {
  #anchorUs = originUs;

  wallUs(): number {
    const monoUs = performance.now() * US_PER_MS;
    const coarseUs = Date.now() * US_PER_MS;
    let nowUs = Math.floor(this.#anchorUs + monoUs);
    if (nowUs < coarseUs - REANCHOR_US || nowUs > coarseUs + REANCHOR_US) {
      this.#anchorUs = coarseUs - monoUs;
      nowUs = coarseUs;
    }
    return nowUs;
  }

  monoUs(): number {
    return Math.floor(performance.now() * US_PER_MS);
  }
}

export const systemClock: Clock = new SystemClock();

/** Resolves after `ms`; for event-loop pacing only, never as a substitute for a condition. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export interface Timer {
  stop(): void;
}

/** Calls `task` every `ms` until stopped. A timer never keeps the process alive by itself. */
export function every(ms: number, task: () => void): Timer {
  const handle = setInterval(task, ms);
  handle.unref?.();
  return { stop: () => clearInterval(handle) };
}

/** `2026-01-31 23:59:59.123456`, UTC, from µs since the Unix epoch. */
export function formatUs(us: number): string {
  const wholeMs = Math.floor(us / US_PER_MS);
  const micros = us - wholeMs * US_PER_MS;
  const iso = new Date(wholeMs).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}${String(micros).padStart(3, '0')}`;
}

/** Runs `task` once after the current turn of the event loop: batches what one turn brought. */
export function afterTurn(task: () => void): void {
  setImmediate(task);
}
