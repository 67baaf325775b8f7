/**
 * Faults the embedded exchange injects: what the user asked for, when each comes, and how many
 * really came. Decisions are drawn from a seeded generator, one stream of draws a connection.
 *
 * Grammar: `none`, `all`, or a list of `kind=value`, where `all` may stand first and be changed by
 * what follows: `all,disconnect=1m`. A value is a probability (0.001) or a mean interval (10s).
 */
import { US_PER_MS, US_PER_SECOND } from '../base/clock.ts';
import { UsageError } from '../base/errors.ts';
import { Prng } from '../base/prng.ts';

/** Applied to data frames; at most one a frame. */
export const FRAME_FAULTS = ['drop', 'duplicate', 'reorder', 'delay', 'malformed'] as const;
export type FrameFault = (typeof FRAME_FAULTS)[number];
/**
 * `rest429`: a REST answer is "too many requests". `stalebook`: a book snapshot over REST is an old
 * one. `ack`: an answer to a client frame is never sent; not part of `all`.
 */
export const ANSWER_FAULTS = ['rest429', 'stalebook', 'ack'] as const;
/** Mean intervals. `disconnect`: the connection ends. `stall`: one stream of it goes silent. */
export const TIMED_FAULTS = ['disconnect', 'stall'] as const;

const CHANCES = [...FRAME_FAULTS, ...ANSWER_FAULTS] as const;
export type FaultKind = (typeof CHANCES)[number] | (typeof TIMED_FAULTS)[number];
export const FAULT_KINDS: readonly FaultKind[] = [...CHANCES, ...TIMED_FAULTS];

/** Probabilities by kind; mean intervals in µs, Infinity for never. */
export type FaultSpec = Readonly<Record<FaultKind, number>>;
/** Faults injected so far, by kind. */
export type FaultCounts = Record<FaultKind, number>;

export const NO_FAULTS: FaultSpec = {
  drop: 0,
  duplicate: 0,
  reorder: 0,
  delay: 0,
  malformed: 0,
  rest429: 0,
  stalebook: 0,
  ack: 0,
  disconnect: Number.POSITIVE_INFINITY,
  stall: Number.POSITIVE_INFINITY,
};

export const ALL_FAULTS: FaultSpec = {
  drop: 0.001,
  duplicate: 0.001,
  reorder: 0.001,
  delay: 0.001,
  malformed: 0.001,
  rest429: 0.05,
  stalebook: 0.05,
  ack: 0,
  disconnect: 10 * US_PER_SECOND,
  stall: 15 * US_PER_SECOND,
};

const UNITS_US: Readonly<Record<string, number>> = {
  ms: US_PER_MS,
  s: US_PER_SECOND,
  m: 60 * US_PER_SECOND,
  h: 3600 * US_PER_SECOND,
};
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const PROBABILITY = /^(?:0|1|0?\.\d+|0\.0*|1\.0*|\d(?:\.\d+)?e-\d+)$/;

/** Throws `UsageError` that names the part it does not understand. */
export function parseFaults(text: string): FaultSpec {
  const spec: Record<FaultKind, number> = { ...NO_FAULTS };
  const seen = new Set<string>();
  for (const [i, part] of text.trim().split(',').entries()) {
    const item = part.trim();
    if (i === 0 && item === 'none' && !text.includes(',')) return spec;
    if (i === 0 && item === 'all') {
      Object.assign(spec, ALL_FAULTS);
      continue;
    }
    const split = item.indexOf('=');
    const name = split < 0 ? item : item.slice(0, split);
    const kind = FAULT_KINDS.find((each) => each === name);
    if (kind === undefined) {
      throw new UsageError(
        `faults: "${item}" is no fault; known are all, none, ${FAULT_KINDS.join(', ')}`,
      );
    }
    if (seen.has(kind)) throw new UsageError(`faults: "${kind}" is given twice`);
    seen.add(kind);
    spec[kind] = parseValue(kind, item, split < 0 ? '' : item.slice(split + 1));
  }
  const total = FRAME_FAULTS.reduce((sum, kind) => sum + spec[kind], 0);
  if (total > 1) {
    throw new UsageError(`faults: ${FRAME_FAULTS.join(' + ')} is ${total}, more than 1`);
  }
  return spec;
}

export function createFaultCounts(): FaultCounts {
  return Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as FaultCounts;
}

export class FaultPlan {
  readonly spec: FaultSpec;
  readonly counts: FaultCounts;
  readonly prng: Prng;
  /** Upper bounds of the frame faults on a draw from [0, 1). */
  readonly #bounds: Float64Array;
  readonly #frameTotal: number;

  constructor(spec: FaultSpec, counts: FaultCounts, seed: number) {
    this.spec = spec;
    this.counts = counts;
    this.prng = new Prng(seed);
    let total = 0;
    this.#bounds = Float64Array.from(FRAME_FAULTS, (kind) => {
      total += spec[kind];
      return total;
    });
    this.#frameTotal = total;
  }

  /** What happens to the next data frame; the caller counts it when it did. */
  nextFrameFault(): FrameFault | undefined {
    if (this.#frameTotal === 0) return undefined;
    const draw = this.prng.next();
    if (draw >= this.#frameTotal) return undefined;
    return FRAME_FAULTS[this.#bounds.findIndex((bound) => draw < bound)];
  }

  /** Draws and counts a fault of probability. */
  strikes(kind: (typeof ANSWER_FAULTS)[number]): boolean {
    if (this.spec[kind] === 0 || !this.prng.chance(this.spec[kind])) return false;
    this.counts[kind] += 1;
    return true;
  }

  /** When the next fault of this kind comes: exponential intervals around the mean. */
  nextUs(kind: (typeof TIMED_FAULTS)[number], nowUs: number): number {
    const mean = this.spec[kind];
    if (mean === Number.POSITIVE_INFINITY) return mean;
    return nowUs - Math.log(1 - this.prng.next()) * mean;
  }
}

function parseValue(kind: FaultKind, item: string, value: string): number {
  if (TIMED_FAULTS.some((each) => each === kind)) {
    const match = DURATION.exec(value);
    const us = Number(match?.[1]) * (UNITS_US[match?.[2] ?? ''] ?? Number.NaN);
    if (us > 0) return us;
    throw new UsageError(`faults: "${item}" needs a mean interval, such as ${kind}=10s`);
  }
  if (PROBABILITY.test(value)) return Number(value);
  throw new UsageError(`faults: "${item}" needs a probability from 0 to 1, such as ${kind}=0.001`);
}
