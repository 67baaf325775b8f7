/** Runs suites one after the other in a scratch folder of their own. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../src/base/errors.ts';
import { findSuite } from '../suites/index.ts';
import { endChildren, runInChild, stopped } from './child-run.ts';
import { machineFacts, versionFacts } from './machine.ts';
import { numberText } from './report-text.ts';
import type { BenchResult, CaseResult } from './result-file.ts';
import { runCase } from './run-case.ts';
import { SharedRuns } from './shared-runs.ts';
import type { BenchCase, RunContext, Scale } from './suite.ts';

const END_MS = 200;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export interface BenchOptions {
  readonly suites: readonly string[];
  readonly scale: Scale;
  readonly runs: number;
  /** Only cases whose id holds this. */
  readonly filter: string;
  readonly command: string;
  /** Told after each case; `soFar` is the result as it stands, for a bench that is cut short. */
  onCase(result: CaseResult, soFar: BenchResult): void;
  /** Told after each run. */
  onProgress(text: string): void;
}

export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const { command, scale, runs } = options;
  const date = new Date().toISOString();
  const cases: CaseResult[] = [];
  const result: BenchResult = {
    format: 1,
    date,
    command,
    scale,
    runs,
    machine: machineFacts(),
    versions: versionFacts(false),
    complete: false,
    cases,
  };
  const workDir = mkdtempSync(join(tmpdir(), 'tickspine-bench-'));
  // A database server runs as a user of its own.
  chmodSync(workDir, 0o711);
  const removeWorkDir = () => rmSync(workDir, { recursive: true, force: true });
  let isStopping = false;
  const stopWatching = onSignal(async () => {
    isStopping = true;
    await endChildren();
    removeWorkDir();
    // A server that was still ending may have written once more.
    await Bun.sleep(END_MS);
    removeWorkDir();
  });
  const known: string[] = [];
  try {
    for (const name of options.suites) {
      const onCase = (each: CaseResult) => {
        cases.push(each);
        options.onCase(each, result);
      };
      known.push(...(await runSuite(name, { scale, workDir }, options, onCase)));
    }
  } catch (error) {
    // The recorder that made frames was ended, say.
    if (isStopping) await stopped();
    throw error;
  } finally {
    stopWatching();
    removeWorkDir();
  }
  if (cases.length === 0) {
    throw new UsageError(`no case holds '${options.filter}': there are ${known.join(', ')}`);
  }
  const withPostgres = cases.some(({ id }) => /postgres/i.test(id));
  return { ...result, versions: versionFacts(withPostgres), complete: true };
}

/** Calls `end` when the process is told to stop, which it then does; gives the way out of it. */
function onSignal(end: () => Promise<void>): () => void {
  const stop = (signal: NodeJS.Signals) => {
    void end().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  for (const signal of SIGNALS) process.once(signal, stop);
  return () => {
    for (const signal of SIGNALS) process.off(signal, stop);
  };
}

/** The names of all cases there are. */
async function runSuite(
  name: string,
  context: RunContext,
  { filter, scale, runs, onProgress }: BenchOptions,
  onCase: (result: CaseResult) => void,
): Promise<string[]> {
  const suite = await findSuite(name);
  onProgress(`${name}: ${scale === 'tiny' ? 'tiny input' : 'preparing'}`);
  await suite.prepare?.(context);
  const all = await suite.cases(context);
  const cases = all.filter(({ id }) => `${name} ${id}`.includes(filter));
  const isTiny = scale === 'tiny';
  const shared = isTiny && suite.tinyShared === true ? new SharedRuns(name, context, cases) : null;
  const runOne = async (bench: BenchCase) => {
    const result = await runCase(bench, {
      suite: name,
      context,
      runs,
      run: async (contender) => {
        if (shared !== null) return shared.outcomeOf(bench.id, contender);
        return runInChild({ suite: name, caseId: bench.id, contender, context });
      },
      onRun: (contender, round, outcome) => {
        const figure = typeof outcome === 'string' ? 'failed' : numberText(outcome.value);
        onProgress(`${name} ${bench.id}, run ${round + 1}, ${contender}: ${figure} ${bench.unit}`);
      },
    });
    onCase(result);
  };
  // As in `runCase`: tiny runs may share the machine.
  if (isTiny) await Promise.all(cases.map(runOne));
  else for (const bench of cases) await runOne(bench);
  return all.map(({ id }) => `'${name} ${id}'`);
}
