/** `bench compare A.json B.json`: what changed beyond noise, and what cannot be compared. */
import { missingText } from './compare-missing.ts';
import { goalName, numberText } from './report-text.ts';
import {
  type BenchResult,
  type CaseResult,
  type ContenderResult,
  partialText,
} from './result-file.ts';
import { median, spread } from './statistics.ts';

export interface Change {
  readonly suite: string;
  readonly id: string;
  /** The contender, and the metric where it is not the headline. */
  readonly figure: string;
  readonly unit: string;
  readonly before: number;
  readonly after: number;
  readonly verdict: 'better' | 'worse' | 'noise' | 'too few runs';
}

/** A change counts when the medians are further apart than this, and the runs do not overlap. */
const SHARE_MIN = 0.03;
/** Spreads of that many median absolute deviations. */
const DEVIATIONS = 3;
/** With fewer on a side nobody knows what noise is. */
const RUNS_MIN = 3;

/** Headlines and metrics of goals; of different CPUs ours as a multiple of each rival alone. */
export function compareResults(a: BenchResult, b: BenchResult): Change[] {
  const isOneCpu = a.machine.cpu === b.machine.cpu;
  const figuresOf = isOneCpu ? absoluteFigures : ratioFigures;
  return pairs(a, b).flatMap(([before, after]) => {
    const now = new Map(figuresOf(after).map((each) => [each.figure, each]));
    return figuresOf(before).flatMap((old) => {
      const same = now.get(old.figure);
      return same === undefined ? [] : [compareFigure(before, old, same.values)];
    });
  });
}

function pairs(a: BenchResult, b: BenchResult): [CaseResult, CaseResult][] {
  return a.cases.flatMap((before): [CaseResult, CaseResult][] => {
    const after = b.cases.find(({ suite, id }) => suite === before.suite && id === before.id);
    return after === undefined ? [] : [[before, after]];
  });
}

interface Figure {
  readonly figure: string;
  readonly unit: string;
  readonly better: CaseResult['better'];
  /** Of each run. */
  readonly values: readonly number[];
}

function absoluteFigures({ contenders, goals, unit, better }: CaseResult): Figure[] {
  const headlines = contenders.map(({ name, runs }) => ({
    figure: name,
    unit,
    better,
    values: runs.map(({ value }) => value),
  }));
  const ours = contenders.find(({ isOurs }) => isOurs);
  const metrics = goals.flatMap(({ goal }): Figure[] => {
    if (ours === undefined || goal.kind === 'ratio' || goal.metric === undefined) return [];
    const { metric, kind } = goal;
    const values = ours.runs.flatMap((run) => run.metrics?.[metric] ?? []);
    const isLower = kind === 'at-most';
    return [
      { figure: `${ours.name}, ${metric}`, unit: '', better: isLower ? 'lower' : 'higher', values },
    ];
  });
  return [...headlines, ...metrics].filter(({ values }) => values.length > 0);
}

function ratioFigures({ contenders, better }: CaseResult): Figure[] {
  const ours = contenders.find(({ isOurs }) => isOurs);
  if (ours === undefined) return [];
  return contenders
    .filter(({ isOurs }) => !isOurs)
    .map((rival) => ({
      figure: `${ours.name} against ${rival.name}`,
      unit: '×',
      better: 'higher' as const,
      values: roundRatios(ours, rival, better),
    }))
    .filter(({ values }) => values.length > 0);
}

/** How many times as good ours was in each round. */
function roundRatios(
  ours: ContenderResult,
  rival: ContenderResult,
  better: CaseResult['better'],
): number[] {
  return ours.runs.flatMap(({ value }, i) => {
    const other = rival.runs[i]?.value;
    if (other === undefined) return [];
    return better === 'higher' ? value / other : other / value;
  });
}

function compareFigure(
  { suite, id }: CaseResult,
  { figure, unit, better, values }: Figure,
  now: readonly number[],
): Change {
  const before = median(values);
  const after = median(now);
  const isBetter = better === 'higher' ? after > before : after < before;
  const verdict =
    Math.min(values.length, now.length) < RUNS_MIN
      ? 'too few runs'
      : isNoise(values, now)
        ? 'noise'
        : isBetter
          ? 'better'
          : 'worse';
  return { suite, id, figure, unit, before, after, verdict };
}

function isNoise(old: readonly number[], now: readonly number[]): boolean {
  const [a, b] = [spread(old), spread(now)];
  if (a.min <= b.max && b.min <= a.max) return true;
  const noise = Math.max(SHARE_MIN * Math.abs(a.median), DEVIATIONS * (a.mad + b.mad));
  return !(Math.abs(b.median - a.median) > noise);
}

/** In percent, or as a difference where a share of nothing, or of another sign, says nothing. */
function changeText(before: number, after: number): string {
  const difference = after - before;
  const sign = difference >= 0 ? '+' : '';
  if (before * after <= 0) return `${sign}${numberText(difference)}`;
  return `${sign}${((difference / Math.abs(before)) * 100).toFixed(1)} %`;
}

/** Goals whose verdict is another; of different CPUs those of ratios alone. */
function verdictLines(a: BenchResult, b: BenchResult): string[] {
  const isOneCpu = a.machine.cpu === b.machine.cpu;
  return pairs(a, b).flatMap(([before, after]) =>
    before.goals.flatMap(({ goal, measured, verdict }) => {
      const now = after.goals.find((each) => goalName(each.goal) === goalName(goal));
      const isComparable = isOneCpu || goal.kind === 'ratio';
      if (now === undefined || !isComparable || now.verdict === verdict) return [];
      const figures = `${numberText(measured)} → ${numberText(now.measured)}`;
      return [`goal   ${goalName(goal)}: ${verdict} → ${now.verdict} (${figures})`];
    }),
  );
}

function warnings(a: BenchResult, b: BenchResult): string[] {
  const lines = [a, b].flatMap((each, i) => {
    const partial = partialText(each);
    return partial === '' ? [] : [`${i === 0 ? 'A' : 'B'} is ${partial}`];
  });
  if (a.machine.cpu !== b.machine.cpu) lines.push('different CPUs: only ratios are compared');
  if (a.scale !== b.scale) {
    lines.push(`${a.scale} against ${b.scale}: inputs and times differ, so may the figures`);
  }
  return lines;
}

export function compareText(a: BenchResult, b: BenchResult): string {
  const changes = compareResults(a, b);
  const lines = [a, b].map(({ date, machine, runs, scale }) => {
    const { cpu, bun, commit } = machine;
    return `${date}  ${cpu}, Bun ${bun}, commit ${commit}, ${runs} runs, ${scale}`;
  });
  lines.push(...warnings(a, b));
  const beyond = changes.filter(({ verdict }) => verdict === 'better' || verdict === 'worse');
  for (const { suite, id, figure, unit, before, after, verdict } of beyond) {
    const values = `${numberText(before)} → ${numberText(after)}${unit === '' ? '' : ` ${unit}`}`;
    lines.push(
      `${verdict.padEnd(6)} ${suite} ${id}, ${figure}: ${values} (${changeText(before, after)})`,
    );
  }
  lines.push(...verdictLines(a, b), ...missingText(a, b));
  const few = changes.filter(({ verdict }) => verdict === 'too few runs').length;
  if (few > 0) lines.push(`${few} figures have fewer than ${RUNS_MIN} runs: too few to tell`);
  lines.push(`${beyond.length} of ${changes.length - few} figures changed beyond noise`);
  return lines.join('\n');
}
