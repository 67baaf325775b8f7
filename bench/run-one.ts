/** Runs one contender once and prints its outcome; started by the bench, a process a run. */
import { type Job, OUTCOME_MARK } from './harness/child-run.ts';
import { findSuite } from './suites/index.ts';

const job = JSON.parse(process.argv[2] ?? '') as Job;
const suite = await findSuite(job.suite);
const cases = await suite.cases(job.context);
const contender = cases
  .find(({ id }) => id === job.caseId)
  ?.contenders.find(({ name }) => name === job.contender);
if (contender === undefined) throw new Error(`no ${job.contender} in ${job.suite} ${job.caseId}`);
const outcome = await contender.run(job.context);
// Threads and sockets of a rival may keep the process alive: the outcome is all that is wanted.
process.stdout.write(`${OUTCOME_MARK}${JSON.stringify(outcome)}\n`, () => process.exit(0));
