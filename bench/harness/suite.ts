/**
 * What a suite is made of. A suite lists cases; a case is one measured thing done by several
 * contenders, ours and rivals, on the same input. Each run of a contender is a fresh process
 * (`run-one.ts`), so a contender must import its rival inside `run`.
 */
import type { HistogramData } from './histogram-data.ts';

/** `tiny` is for tests: it proves that a bench still works, its figures mean nothing. */
export type Scale = 'tiny' | 'quick' | 'full';

export interface RunContext {
  readonly scale: Scale;
  /** Scratch folder of the whole bench; what `prepare` made lies there for every run. */
  readonly workDir: string;
}

export interface RunOutcome {
  /** The headline, in the case's unit. */
  readonly value: number;
  /** Units of work measured and the time they took. */
  readonly work: number;
  readonly elapsedUs: number;
  /** What was computed, by name. Contenders of a case that have a name in common must agree. */
  readonly checksums: Readonly<Record<string, string>>;
  /** The same where results differ by design: they must be near each other, see `agreement.ts`. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Why its result is held against no other's, or by counts alone. */
  readonly notCompared?: string;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly histograms?: readonly HistogramData[];
  /** Where the input came from: a capture's name or the embedded exchange. */
  readonly source?: string;
  readonly notes?: readonly string[];
}

export interface Contender {
  readonly name: string;
  /** Exactly one contender of a case is ours. */
  readonly isOurs?: boolean;
  run(context: RunContext): Promise<RunOutcome>;
}

/** Median of ours over median of `rival` is at least `limit`. */
export interface RatioGoal {
  readonly kind: 'ratio';
  readonly text: string;
  readonly rival: string;
  readonly limit: number;
}

/** Median of a metric of ours (absent: the headline) is on the right side of `limit`. */
export interface LimitGoal {
  readonly kind: 'at-least' | 'at-most';
  readonly text: string;
  readonly metric?: string;
  readonly limit: number;
  /** Not the median but the worst run: for what must not happen even once. */
  readonly worst?: true;
}

export type Goal = RatioGoal | LimitGoal;

export interface BenchCase {
  /** Unique in its suite; stable, as results of different days are matched by it. */
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly contenders: readonly Contender[];
  readonly goals?: readonly Goal[];
  /** Runs at most, for cases that take minutes. */
  readonly runsMax?: number;
}

export interface Suite {
  readonly name: string;
  readonly title: string;
  /** Tiny runs of one contender may share a process; see `shared-runs.ts`. */
  readonly tinyShared?: boolean;
  /** Makes what every run reads, once, in the parent. */
  prepare?(context: RunContext): Promise<void>;
  /** Called in the parent and again in every run: cheap, and the same both times. */
  cases(context: RunContext): Promise<readonly BenchCase[]>;
}

/** The value for the scale at hand. */
export function scaled<T>(scale: Scale, values: Readonly<Record<Scale, T>>): T {
  return values[scale];
}
