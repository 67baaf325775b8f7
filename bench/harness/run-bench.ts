/** Runs suites one after the other in a scratch folder of their own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSuite } from '../suites/index.ts';
import { machineFacts } from './machine.ts';
import { numberText } from './report-text.ts';
import type { BenchResult, CaseResult } from './result-file.ts';
import { runCase } from './run-case.ts';
import type { BenchCase, RunContext, Scale } from './suite.ts';

export interface BenchOptions {
  readonly suites: readonly string[];
  readonly scale: Scale;
  readonly runs: number;
  /** Only cases whose id holds this. */
  readonly filter: string;
  readonly command: string;
  /** Told after each case. */
  onCase(result: CaseResult): void;
  /** Told after each run. */
  onProgress(text: string): void;
}

export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const machine = machineFacts();
  const date = new Date().toISOString();
  const cases: CaseResult[] = [];
  const workDir = mkdtempSync(join(tmpdir(), 'tickspine-bench-'));
  try {
    for (const name of options.suites) {
      const context = { scale: options.scale, workDir };
      for (const each of await runSuite(name, context, options)) cases.push(each);
    }
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
  const { command, scale, runs } = options;
  return { format: 1, date, command, scale, runs, machine, cases };
}

async function runSuite(
  name: string,
  context: RunContext,
  { filter, scale, runs, onCase, onProgress }: BenchOptions,
): Promise<CaseResult[]> {
  const suite = await findSuite(name);
  onProgress(`${name}: ${scale === 'tiny' ? 'tiny input' : 'preparing'}`);
  await suite.prepare?.(context);
  const cases = (await suite.cases(context)).filter(({ id }) => `${name} ${id}`.includes(filter));
  const runOne = async (bench: BenchCase) => {
    const result = await runCase(bench, {
      suite: name,
      context,
      runs,
      onRun: (contender, round, outcome) => {
        const figure = typeof outcome === 'string' ? 'failed' : numberText(outcome.value);
        onProgress(`${name} ${bench.id}, run ${round + 1}, ${contender}: ${figure} ${bench.unit}`);
      },
    });
    onCase(result);
    return result;
  };
  // As in `runCase`: tiny runs may share the machine.
  if (scale === 'tiny') return Promise.all(cases.map(runOne));
  const results: CaseResult[] = [];
  for (const bench of cases) results.push(await runOne(bench));
  return results;
}
