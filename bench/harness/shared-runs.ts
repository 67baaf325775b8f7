/**
 * Tiny runs of a suite in a few processes instead of one each: starting them, and importing a rival
 * of some megabytes in each, would take longer than all the rest. A contender has its own process.
 */
import { type Job, runAllInChild } from './child-run.ts';
import type { BenchCase, RunContext, RunOutcome } from './suite.ts';

export class SharedRuns {
  /** By contender and case. */
  readonly #outcomes = new Map<string, Promise<RunOutcome | string>>();

  constructor(suite: string, context: RunContext, cases: readonly BenchCase[]) {
    const jobs = new Map<string, Job[]>();
    for (const { id, contenders } of cases) {
      for (const { name } of contenders) {
        const list = jobs.get(name) ?? [];
        list.push({ suite, caseId: id, contender: name, context });
        jobs.set(name, list);
      }
    }
    for (const [contender, list] of jobs) {
      const outcomes = runAllInChild(list);
      for (const [i, { caseId }] of list.entries()) {
        const outcome = outcomes.then((all) => all[i] ?? 'no outcome');
        this.#outcomes.set(`${contender} ${caseId}`, outcome);
      }
    }
  }

  async outcomeOf(caseId: string, contender: string): Promise<RunOutcome | string> {
    return (await this.#outcomes.get(`${contender} ${caseId}`)) ?? 'no such run';
  }
}
