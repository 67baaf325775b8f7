/** `bench compare A.json B.json`: what changed beyond noise. */
import { numberText } from './report-text.ts';
import type { BenchResult, CaseResult, ContenderResult } from './result-file.ts';

export interface Change {
  readonly suite: string;
  readonly id: string;
  readonly contender: string;
  readonly unit: string;
  readonly before: number;
  readonly after: number;
  /** after / before - 1. */
  readonly share: number;
  readonly verdict: 'better' | 'worse' | 'noise';
}

/** A change counts when the medians are further apart than this, and the runs do not overlap. */
const SHARE_MIN = 0.03;
/** Spreads of that many median absolute deviations. */
const DEVIATIONS = 3;

export function compareResults(a: BenchResult, b: BenchResult): Change[] {
  const changes: Change[] = [];
  for (const before of a.cases) {
    const after = b.cases.find(({ suite, id }) => suite === before.suite && id === before.id);
    if (after === undefined) continue;
    for (const old of before.contenders) {
      const now = after.contenders.find(({ name }) => name === old.name);
      if (now === undefined || old.runs.length === 0 || now.runs.length === 0) continue;
      changes.push(compareContender(before, old, now));
    }
  }
  return changes;
}

function compareContender(
  { suite, id, unit, better }: CaseResult,
  old: ContenderResult,
  now: ContenderResult,
): Change {
  const before = old.spread.median;
  const after = now.spread.median;
  const share = after / before - 1;
  const noise = Math.max(SHARE_MIN * before, DEVIATIONS * (old.spread.mad + now.spread.mad));
  const isNoise = !(Math.abs(after - before) > noise);
  const isBetter = better === 'higher' ? after > before : after < before;
  const verdict = isNoise ? 'noise' : isBetter ? 'better' : 'worse';
  return { suite, id, contender: old.name, unit, before, after, share, verdict };
}

export function compareText(a: BenchResult, b: BenchResult): string {
  const changes = compareResults(a, b);
  const lines = [a, b].map(({ date, machine, runs, scale }) => {
    const { cpu, bun, commit } = machine;
    return `${date}  ${cpu}, Bun ${bun}, commit ${commit}, ${runs} runs, ${scale}`;
  });
  if (a.machine.cpu !== b.machine.cpu) lines.push('different CPUs: only ratios can be compared');
  const beyond = changes.filter(({ verdict }) => verdict !== 'noise');
  for (const { suite, id, contender, unit, before, after, share, verdict } of beyond) {
    const percent = `${share >= 0 ? '+' : ''}${(share * 100).toFixed(1)} %`;
    lines.push(
      `${verdict.padEnd(6)} ${suite} ${id}, ${contender}: ` +
        `${numberText(before)} → ${numberText(after)} ${unit} (${percent})`,
    );
  }
  lines.push(`${beyond.length} of ${changes.length} figures changed beyond noise`);
  return lines.join('\n');
}
