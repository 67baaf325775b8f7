/** What one of two results has alone: it was not compared. */
import { goalName } from './report-text.ts';
import type { BenchResult } from './result-file.ts';

export function missingText(a: BenchResult, b: BenchResult): string[] {
  const [inA, inB] = [namesOf(a), namesOf(b)];
  return [...onlyIn('A', inA, inB), ...onlyIn('B', inB, inA)];
}

/** Of each case the contenders that ran, and the goals. */
type Names = ReadonlyMap<string, ReadonlySet<string>>;

function namesOf({ cases }: BenchResult): Names {
  return new Map(
    cases.map(({ suite, id, contenders, goals }) => {
      const ran = contenders.filter(({ runs }) => runs.length > 0);
      const names = goals.map(({ goal }) => `goal '${goalName(goal)}'`);
      return [`${suite} ${id}`, new Set([...ran.map(({ name }) => name), ...names])];
    }),
  );
}

/** A case that is missing is named alone, without what is in it. */
function onlyIn(side: 'A' | 'B', here: Names, there: Names): string[] {
  return [...here].flatMap(([name, parts]) => {
    const other = there.get(name);
    if (other === undefined) return [`only in ${side}: ${name}`];
    return [...parts]
      .filter((part) => !other.has(part))
      .map((part) => `only in ${side}: ${name}, ${part}`);
  });
}
