/** The result of a bench as JSON: everything that was run, and what it was run on. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { errorText, UsageError } from '../../src/base/errors.ts';
import type { MachineFacts } from './machine.ts';
import type { Spread } from './statistics.ts';
import type { BenchCase, Goal, RunOutcome, Scale } from './suite.ts';

export interface ContenderResult {
  readonly name: string;
  readonly isOurs: boolean;
  /** Headline over the runs; all NaN (null in the file) when every run failed. */
  readonly spread: Spread;
  /** Medians over the runs. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly runs: readonly RunOutcome[];
  /** Why runs failed, each once. */
  readonly failures: readonly string[];
}

export interface GoalResult {
  readonly goal: Goal;
  /** NaN (null in the file) when it was not measured. */
  readonly measured: number;
  readonly verdict: 'met' | 'not met' | 'not measured';
}

export interface CaseResult extends Pick<BenchCase, 'id' | 'title' | 'unit' | 'better'> {
  readonly suite: string;
  readonly source: string;
  readonly contenders: readonly ContenderResult[];
  /** Checksums that contenders have in common but not the value of. */
  readonly disagreements: readonly string[];
  readonly goals: readonly GoalResult[];
}

export interface BenchResult {
  readonly format: 1;
  readonly date: string;
  readonly command: string;
  readonly scale: Scale;
  readonly runs: number;
  readonly machine: MachineFacts;
  /** Of the runtime, the kernel, the rivals and the servers; absent in old files. */
  readonly versions?: Readonly<Record<string, string>>;
  /** False until the last case is done; absent in old files. */
  readonly complete?: boolean;
  readonly cases: readonly CaseResult[];
}

/** JSON has no NaN. */
const FIGURE = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const FIGURES = z.record(z.string(), FIGURE);

/** What reports and comparisons read of a file. */
const RESULT = z.looseObject({
  format: z.literal(1),
  date: z.string(),
  command: z.string(),
  scale: z.enum(['tiny', 'quick', 'full']),
  runs: z.number(),
  machine: z.looseObject({
    cpu: z.string(),
    cores: z.number(),
    bun: z.string(),
    commit: z.string(),
    loadBefore: z.number(),
  }),
  versions: z.record(z.string(), z.string()).optional(),
  complete: z.boolean().optional(),
  cases: z.array(
    z.looseObject({
      suite: z.string(),
      id: z.string(),
      title: z.string(),
      unit: z.string(),
      better: z.enum(['higher', 'lower']),
      disagreements: z.array(z.string()),
      contenders: z.array(
        z.looseObject({
          name: z.string(),
          isOurs: z.boolean(),
          spread: z.object({ median: FIGURE, min: FIGURE, max: FIGURE, mad: FIGURE }),
          metrics: FIGURES,
          failures: z.array(z.string()),
          runs: z.array(z.looseObject({ value: FIGURE, metrics: FIGURES.optional() })),
        }),
      ),
      goals: z.array(
        z.looseObject({
          goal: z.looseObject({
            kind: z.enum(['ratio', 'at-least', 'at-most']),
            text: z.string(),
            limit: z.number(),
            metric: z.string().optional(),
          }),
          measured: FIGURE,
          verdict: z.enum(['met', 'not met', 'not measured']),
        }),
      ),
    }),
  ),
});

export function writeResult(path: string, result: BenchResult): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(result, undefined, 1)}\n`);
}

/** Throws a UsageError unless a result can be written there: before hours are spent on it. */
export function checkWritable(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const isNew = !existsSync(path);
    closeSync(openSync(path, 'a'));
    if (isNew) rmSync(path);
  } catch (error) {
    throw new UsageError(`cannot write a result to ${path}: ${errorText(error)}`);
  }
}

/** A UsageError says in one line why `path` holds no result. */
export function readResult(path: string): BenchResult {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`cannot read a result from ${path}: ${errorText(error)}`);
  }
  const { success, data, error } = RESULT.safeParse(value);
  if (success) return data as unknown as BenchResult;
  const [issue] = error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new UsageError(`${path} is no bench result of format 1: ${where} ${issue?.message}`);
}

/** `''`, or what to say of a result whose bench was cut short. */
export function partialText({ complete, cases }: BenchResult): string {
  return complete === false ? `PARTIAL: cut short after ${cases.length} cases` : '';
}
