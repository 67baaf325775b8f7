/**
 * Runs a case: every contender once a round, each in a fresh process, the order reversed from round
 * to round so that neither always runs on the warmer machine.
 */
import { findDisagreements } from './agreement.ts';
import type { CaseResult, ContenderResult, GoalResult } from './result-file.ts';
import { median, spread } from './statistics.ts';
import type { BenchCase, Goal, LimitGoal, RunContext, RunOutcome } from './suite.ts';

export interface RunPlan {
  readonly suite: string;
  readonly context: RunContext;
  readonly runs: number;
  /** Runs a contender of the case once. */
  readonly run: (contender: string) => Promise<RunOutcome | string>;
  /** Told after each run, for the progress line. */
  readonly onRun: (contender: string, round: number, outcome: RunOutcome | string) => void;
}

export async function runCase(bench: BenchCase, plan: RunPlan): Promise<CaseResult> {
  const { suite, context } = plan;
  const runs = Math.max(1, Math.min(plan.runs, bench.runsMax ?? plan.runs));
  const outcomes = new Map<string, RunOutcome[]>(bench.contenders.map(({ name }) => [name, []]));
  const failures = new Map<string, Set<string>>();
  for (let round = 0; round < runs; round += 1) {
    const order = round % 2 === 0 ? bench.contenders : bench.contenders.toReversed();
    const runOne = async (name: string) => {
      const outcome = await plan.run(name);
      plan.onRun(name, round, outcome);
      if (typeof outcome !== 'string') outcomes.get(name)?.push(outcome);
      else failures.set(name, (failures.get(name) ?? new Set()).add(outcome));
    };
    // Nobody looks at the figures of tiny inputs: those runs may share the machine.
    if (context.scale === 'tiny') await Promise.all(order.map(({ name }) => runOne(name)));
    else for (const { name } of order) await runOne(name);
  }
  const contenders = bench.contenders.map(({ name, isOurs }) =>
    summarise(name, isOurs === true, outcomes.get(name) ?? [], [...(failures.get(name) ?? [])]),
  );
  const { id, title, unit, better } = bench;
  const disagreements = findDisagreements(contenders);
  const source = contenders
    .flatMap(({ runs: all }) => all.map((run) => run.source ?? ''))
    .find(Boolean);
  return {
    suite,
    id,
    title,
    unit,
    better,
    source: source ?? '',
    contenders,
    disagreements,
    goals: (bench.goals ?? []).map((goal) => judge(goal, better, contenders, disagreements)),
  };
}

function summarise(
  name: string,
  isOurs: boolean,
  runs: readonly RunOutcome[],
  failures: readonly string[],
): ContenderResult {
  const keys = new Set(runs.flatMap((run) => Object.keys(run.metrics ?? {})));
  const metrics: Record<string, number> = {};
  for (const key of keys) {
    metrics[key] = median(runs.flatMap((run) => run.metrics?.[key] ?? []));
  }
  return { name, isOurs, spread: spread(runs.map((run) => run.value)), metrics, runs, failures };
}

/** How many times as good as `rival` ours is, by the medians. */
export function ratioOf(
  ours: ContenderResult,
  rival: ContenderResult,
  better: BenchCase['better'],
): number {
  const ratio = ours.spread.median / rival.spread.median;
  return better === 'higher' ? ratio : 1 / ratio;
}

export function judge(
  goal: Goal,
  better: BenchCase['better'],
  contenders: readonly ContenderResult[],
  disagreements: readonly string[] = [],
): GoalResult {
  const ours = contenders.find(({ isOurs }) => isOurs);
  // Other work than the rival's, or runs that failed, reach no goal.
  if (disagreements.length > 0 || (ours?.failures.length ?? 0) > 0) {
    return { goal, measured: Number.NaN, verdict: 'not measured' };
  }
  let measured = Number.NaN;
  if (ours !== undefined && goal.kind === 'ratio') {
    const rival = contenders.find(({ name }) => name === goal.rival);
    if (rival !== undefined) measured = ratioOf(ours, rival, better);
  } else if (ours !== undefined && goal.kind !== 'ratio') {
    const values = valuesOf(ours, goal.metric);
    measured = goal.worst === true ? worstOf(values, goal.kind) : median(values);
  }
  if (Number.isNaN(measured)) return { goal, measured, verdict: 'not measured' };
  const isMet = goal.kind === 'at-most' ? measured <= goal.limit : measured >= goal.limit;
  return { goal, measured, verdict: isMet ? 'met' : 'not met' };
}

/** A metric (absent: the headline) in each run that has it. */
function valuesOf({ runs }: ContenderResult, metric: string | undefined): number[] {
  return runs.flatMap((run) => (metric === undefined ? run.value : (run.metrics?.[metric] ?? [])));
}

function worstOf(values: readonly number[], kind: LimitGoal['kind']): number {
  if (values.length === 0) return Number.NaN;
  return kind === 'at-most' ? Math.max(...values) : Math.min(...values);
}
