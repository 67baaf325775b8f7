/**
 * When the writer deletes old rows, and how many at once: in rounds, one small step at a time
 * between two batches, so that no batch waits longer than a step takes.
 */
import { US_PER_SECOND } from '../base/clock.ts';
import type { PruneTarget } from '../store/contract.ts';
import type { RetentionRule } from './engine-config.ts';

const ROUND_EVERY_US = 60 * US_PER_SECOND;
const STEP_EVERY_US = 50_000;
export const PRUNE_ROWS_MAX = 2_000;

export interface PruneStep {
  readonly target: PruneTarget;
  readonly beforeUs: number;
}

export class RetentionDuty {
  readonly #rules: readonly RetentionRule[];
  /** Rule of the round that is under way; all of them: none is. */
  #rule = 0;
  /** Of the monotonic clock, as `nowUs` below. */
  #dueUs = Number.NEGATIVE_INFINITY;

  constructor(rules: readonly RetentionRule[]) {
    this.#rules = rules;
  }

  /** The step that is due; `onDone` must follow it. */
  next(nowUs: number, wallUs: number): PruneStep | undefined {
    const rule = this.#rules[this.#rule];
    if (rule === undefined || nowUs < this.#dueUs) return undefined;
    return { target: rule.target, beforeUs: wallUs - rule.keepUs };
  }

  /** A full step is followed by another one of the same rule. */
  onDone(rowCount: number, nowUs: number): void {
    this.#dueUs = nowUs + STEP_EVERY_US;
    if (rowCount >= PRUNE_ROWS_MAX) return;
    this.#rule += 1;
    if (this.#rule < this.#rules.length) return;
    this.#rule = 0;
    this.#dueUs = nowUs + ROUND_EVERY_US;
  }
}
