/** The result of a bench as JSON: everything that was run, and what it was run on. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
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
  readonly cases: readonly CaseResult[];
}

export function writeResult(path: string, result: BenchResult): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(result, undefined, 1)}\n`);
}

export function readResult(path: string): BenchResult {
  const result = JSON.parse(readFileSync(path, 'utf8')) as BenchResult;
  if (result.format !== 1 || !Array.isArray(result.cases)) {
    throw new Error(`${path} is no bench result of format 1`);
  }
  return result;
}
