/**
 * Runs contenders and prints their outcomes; started by the bench, a process a run. Only tiny
 * inputs, whose figures nobody looks at, come several at a time.
 */
import { FAILURE_MARK, type Job, OUTCOME_MARK } from './harness/child-run.ts';
import { findSuite } from './suites/index.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const jobs = JSON.parse(process.argv[2] ?? '') as readonly Job[];

async function run({ suite, caseId, contender: name, context }: Job) {
  const cases = await (await findSuite(suite)).cases(context);
  const contender = cases
    .find(({ id }) => id === caseId)
    ?.contenders.find((each) => each.name === name);
  if (contender === undefined) throw new Error(`no ${name} in ${suite} ${caseId}`);
  return contender.run(context);
}

// What a run started (a server, say) ends with it only when it exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const lines: string[] = [];
for (const [number, job] of jobs.entries()) {
  try {
    lines.push(`${OUTCOME_MARK} ${number} ${JSON.stringify(await run(job))}`);
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    // Results go to other machines: paths are told from the project's root.
    const text = stack.replaceAll(ROOT, '');
    lines.push(`${FAILURE_MARK} ${number} ${JSON.stringify(text)}`);
  }
}
// Threads and sockets of a rival may keep the process alive: the outcome is all that is wanted.
process.stdout.write(`${lines.join('\n')}\n`, () => process.exit(0));
