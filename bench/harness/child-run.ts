/** Runs of contenders in a fresh process: one, or several where the figures mean nothing. */
import type { RunContext, RunOutcome } from './suite.ts';

export interface Job {
  readonly suite: string;
  readonly caseId: string;
  readonly contender: string;
  readonly context: RunContext;
}

/** Marks the lines of a run's output that are outcomes: then the job's number and the outcome. */
export const OUTCOME_MARK = '#outcome';
/** The same for the reason why there is none. */
export const FAILURE_MARK = '#failure';
const LINE = new RegExp(`^(${OUTCOME_MARK}|${FAILURE_MARK}) (\\d+) (.*)$`);
const RUN_FILE = new URL('../run-one.ts', import.meta.url).pathname;
const RUN_LIMIT_MS = 15 * 60_000;
const END_LIMIT_MS = 3000;

const running = new Set<Bun.Subprocess>();
let isEnding = false;

/** Has `child` ended when the bench is told to stop. */
export function endedWithBench<T extends Bun.Subprocess>(child: T): T {
  running.add(child);
  void child.exited.then(() => running.delete(child));
  return child;
}

/** Never resolves: a bench that ends makes no further step. */
export function stopped(): Promise<never> {
  return new Promise(() => {});
}

/** Ends what runs: asked first, so that servers of a run are ended with it. */
export async function endChildren(): Promise<void> {
  isEnding = true;
  const children = [...running];
  for (const child of children) child.kill('SIGTERM');
  const ended = Promise.all(children.map(({ exited }) => exited));
  await Promise.race([ended, Bun.sleep(END_LIMIT_MS)]);
  for (const child of children) child.kill('SIGKILL');
}

/** The outcome, or the reason why there is none. */
export async function runInChild(job: Job): Promise<RunOutcome | string> {
  const [outcome = 'no outcome'] = await runAllInChild([job]);
  return outcome;
}

/** The same for several jobs in one process, one after the other: for tiny inputs. */
export async function runAllInChild(jobs: readonly Job[]): Promise<(RunOutcome | string)[]> {
  const child = endedWithBench(
    Bun.spawn([process.execPath, RUN_FILE, JSON.stringify(jobs)], {
      stdout: 'pipe',
      stderr: 'pipe',
      stdin: 'ignore',
      // What a run leaves behind goes with the scratch folder, whose name all jobs share.
      env: { ...process.env, TMPDIR: jobs[0]?.context.workDir },
    }),
  );
  const timer = setTimeout(() => child.kill(9), RUN_LIMIT_MS);
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  const code = await child.exited;
  clearTimeout(timer);
  if (isEnding) await stopped();
  const reason = errors.trim().split('\n').slice(-6).join('\n');
  const none = `exit ${code}: ${reason === '' ? 'no outcome' : reason}`;
  const outcomes = jobs.map((): RunOutcome | string => none);
  for (const line of output.split('\n')) {
    const [, mark, number, text = ''] = LINE.exec(line) ?? [];
    if (mark !== undefined) outcomes[Number(number)] = JSON.parse(text) as RunOutcome | string;
  }
  return outcomes;
}
