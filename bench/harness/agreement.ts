/** Whether contenders computed the same, and what a report says of it. */
import type { CaseResult, ContenderResult } from './result-file.ts';
import type { RunOutcome } from './suite.ts';

/** Counts of contenders that differ by design may be this far apart: a share, or a handful. */
const COUNT_SHARE = 0.02;
const COUNT_HANDFUL = 10;

type Contenders = readonly Pick<ContenderResult, 'name' | 'runs'>[];

/**
 * Every checksum of a name must have one value, over all contenders and all runs; counts of a name
 * may be a little apart.
 */
export function findDisagreements(contenders: Contenders): string[] {
  const sums = byName(contenders, ({ checksums }) => checksums);
  const counts = byName(contenders, (run) => run.counts ?? {});
  const wrong = [
    ...[...sums].filter(([, { values }]) => values.size > 1),
    ...[...counts].filter(([, { values }]) => !areNear([...values.keys()])),
  ];
  return wrong.map(
    ([key, { values }]) => `${key}: ${[...values].map(([v, who]) => `${who} ${v}`).join(', ')}`,
  );
}

/** What was held against what; a name that one contender alone has was not compared. */
export function agreementText(contenders: Contenders): string {
  const disagreements = findDisagreements(contenders);
  if (disagreements.length > 0) return `CHECKSUMS DIFFER: ${disagreements.join('; ')}`;
  const ran = contenders.filter(({ runs }) => runs.length > 0);
  const sums = shared(byName(ran, ({ checksums }) => checksums));
  const counts = shared(byName(ran, (run) => run.counts ?? {}));
  const compared = new Set([...sums, ...counts].flatMap(([, { names }]) => [...names]));
  const alone = ran.filter(({ name }) => !compared.has(name)).map(({ name }) => name);
  const reasons = new Set(ran.flatMap(({ runs }) => runs.map((run) => run.notCompared ?? '')));
  const why = [...reasons].filter((reason) => reason !== '').join('; ');
  const texts = [
    ...list(
      'checksums equal',
      sums.map(([key, { values }]) => `${key} ${[...values.keys()][0]}`),
    ),
    ...list(
      `counts within ${COUNT_SHARE * 100} % or ${COUNT_HANDFUL}`,
      counts.map(([key, { values }]) => `${key} ${rangeText([...values.keys()])}`),
    ),
    ...list('not compared', ran.length === 1 ? [`no other has a result than ${alone}`] : alone),
    ...list('why', why === '' ? [] : [why]),
  ];
  return texts.length === 0 ? 'nothing compared' : texts.join(' · ');
}

/** What makes a result worth nothing: contenders that differ, runs of ours that failed. */
export function faultsOf(cases: readonly CaseResult[]): string[] {
  return cases.flatMap(({ suite, id, contenders, disagreements }) => [
    ...(disagreements.length > 0 ? [`${suite} ${id}: checksums differ`] : []),
    ...contenders
      .filter(({ isOurs, failures }) => isOurs && failures.length > 0)
      .map(({ name }) => `${suite} ${id}: ${name} failed`),
  ]);
}

interface Values<T> {
  /** Each value once, with the first contender that had it. */
  readonly values: Map<T, string>;
  readonly names: Set<string>;
}

function byName<T>(
  contenders: Contenders,
  pick: (run: RunOutcome) => Readonly<Record<string, T>>,
): Map<string, Values<T>> {
  const found = new Map<string, Values<T>>();
  for (const { name, runs } of contenders) {
    for (const [key, value] of runs.flatMap((run) => Object.entries(pick(run)))) {
      const entry = found.get(key) ?? { values: new Map<T, string>(), names: new Set<string>() };
      if (!entry.values.has(value)) entry.values.set(value, name);
      entry.names.add(name);
      found.set(key, entry);
    }
  }
  return found;
}

function shared<T>(found: Map<string, Values<T>>): [string, Values<T>][] {
  return [...found].filter(([, { names }]) => names.size > 1);
}

function areNear(values: readonly number[]): boolean {
  const most = Math.max(...values);
  return most - Math.min(...values) <= Math.max(Math.abs(most) * COUNT_SHARE, COUNT_HANDFUL);
}

function rangeText(values: readonly number[]): string {
  const ends = [...new Set([Math.min(...values), Math.max(...values)])];
  return ends.map((value) => value.toLocaleString('en-US')).join(' … ');
}

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`${title}: ${items.join(', ')}`];
}
