/** A case as a table for the terminal, and the goals of all cases at the end. */
import { agreementText } from './agreement.ts';
import type { BenchResult, CaseResult, ContenderResult, GoalResult } from './result-file.ts';
import { ratioOf } from './run-case.ts';
import type { Goal } from './suite.ts';

/** `1,234,567`, `12.3`, `0.0123`: four digits that matter, or whole thousands. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(4)));
}

/** `runs`: of the bench; a contender that had others says how many. */
export function caseText(result: CaseResult, runs: number): string {
  const ours = result.contenders.find(({ isOurs }) => isOurs);
  const rows = result.contenders.map((each) => contenderCells(each, ours, result, runs));
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) => {
    const cells = row.map((cell, i) => {
      const width = widths?.[i] ?? 0;
      return i === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `  ${cells.join('  ').trimEnd()}`;
  });
  const source = result.source === '' ? '' : `  [${result.source}]`;
  const text = [`${result.suite} · ${result.title}, ${result.unit}${source}`, ...lines];
  for (const each of result.contenders) text.push(...detailLines(each));
  text.push(`  ${agreementText(result.contenders)}`);
  for (const goal of result.goals) text.push(`  ${goalText(goal)}`);
  return text.join('\n');
}

export function contenderName({ name, runs }: ContenderResult, asked: number): string {
  return runs.length === asked || runs.length === 0 ? name : `${name} (${runs.length} runs)`;
}

/** Histograms are of one run. */
export function histogramName({ name, runs }: ContenderResult): string {
  return runs.length > 1 ? `${name}, last of ${runs.length} runs` : name;
}

function contenderCells(
  each: ContenderResult,
  ours: ContenderResult | undefined,
  { better }: CaseResult,
  runs: number,
): string[] {
  const { median, min, max } = each.spread;
  if (each.runs.length === 0) return [each.name, 'failed', '', ''];
  const isRival = ours !== undefined && !each.isOurs && ours.runs.length > 0;
  const ratio = isRival ? `ours is ${numberText(ratioOf(ours, each, better))} ×` : '';
  return [
    contenderName(each, runs),
    numberText(median),
    `${numberText(min)} … ${numberText(max)}`,
    ratio,
  ];
}

function detailLines(contender: ContenderResult): string[] {
  const { name, isOurs, metrics, runs, failures } = contender;
  const lines: string[] = [];
  const shown = Object.entries(metrics).map(([key, value]) => `${key} ${numberText(value)}`);
  if (isOurs && shown.length > 0) lines.push(`    ${shown.join(' · ')}`);
  const last = runs.at(-1);
  for (const each of last?.histograms ?? []) {
    const { p50, p99, p999, max } = each;
    const values = [p50, p99, p999, max].map(numberText);
    const [a, b, c, d] = values;
    const title = `${histogramName(contender)}: ${each.name}`;
    lines.push(`    ${title}: p50 ${a} p99 ${b} p99.9 ${c} max ${d} ${each.unit}`);
  }
  for (const note of last?.notes ?? []) lines.push(`    ${name}: ${note}`);
  for (const failure of failures)
    lines.push(`    ${name} failed: ${failure.replaceAll('\n', ' | ')}`);
  return lines;
}

/** What a goal is about, and that it is of the worst run where it is. */
export function goalName(goal: Goal): string {
  return goal.kind !== 'ratio' && goal.worst === true ? `${goal.text}, worst run` : goal.text;
}

export function goalText({ goal, measured, verdict }: GoalResult): string {
  const sign = goal.kind === 'at-most' ? '≤' : '≥';
  const unit = goal.kind === 'ratio' ? ' ×' : '';
  const mark = verdict === 'met' ? 'MET    ' : verdict === 'not met' ? 'NOT MET' : 'UNKNOWN';
  const limit = `goal ${sign} ${numberText(goal.limit)}${unit}`;
  return `${mark} ${goalName(goal)}: ${numberText(measured)}${unit}, ${limit}`;
}

export function summaryText(result: BenchResult): string {
  const { cpu, cores, bun, commit, loadBefore } = result.machine;
  const goals = result.cases.flatMap((each) => each.goals);
  const met = goals.filter(({ verdict }) => verdict === 'met').length;
  return [
    `${cpu}, ${cores} cores, Bun ${bun}, ${result.date}, commit ${commit}`,
    `${result.runs} runs each, load before ${loadBefore}: ${result.command}`,
    ...goals.map(goalText),
    goals.length === 0 ? 'no goals in these cases' : `${met} of ${goals.length} goals met`,
  ].join('\n');
}
