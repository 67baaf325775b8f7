/** One run of one contender in a fresh process. */
import type { RunContext, RunOutcome } from './suite.ts';

export interface Job {
  readonly suite: string;
  readonly caseId: string;
  readonly contender: string;
  readonly context: RunContext;
}

/** Marks the one line of a run's output that is its outcome. */
export const OUTCOME_MARK = '#outcome ';
const RUN_FILE = new URL('../run-one.ts', import.meta.url).pathname;
const RUN_LIMIT_MS = 15 * 60_000;

/** The outcome, or the reason why there is none. */
export async function runInChild(job: Job): Promise<RunOutcome | string> {
  const child = Bun.spawn([process.execPath, RUN_FILE, JSON.stringify(job)], {
    stdout: 'pipe',
    stderr: 'pipe',
    stdin: 'ignore',
  });
  const timer = setTimeout(() => child.kill(9), RUN_LIMIT_MS);
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  const code = await child.exited;
  clearTimeout(timer);
  const line = output.split('\n').find((text) => text.startsWith(OUTCOME_MARK));
  if (line !== undefined) return JSON.parse(line.slice(OUTCOME_MARK.length)) as RunOutcome;
  const reason = errors.trim().split('\n').slice(-6).join('\n');
  return `exit ${code}: ${reason === '' ? 'no outcome' : reason}`;
}
