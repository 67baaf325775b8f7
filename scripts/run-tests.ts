/**
 * Runs `bun test` and ends with one line, `812 passed, 0 failed, 3 skipped`. `long` is test/stress
 * and what is called `…-long.test.ts` (kills, fuzzing), `fast` is every other suite. What follows
 * goes to bun: `npm test -- -t "gap"`, or is part of a path, to run only files that hold it.
 *
 * Exit code: bun's, and 1 when there was nothing to run.
 */
import { totalsLine, totalsOf } from './test-totals.ts';

const isLong = (path: string) => path.startsWith('test/stress/') || path.endsWith('-long.test.ts');
const TIMEOUT_MS = { fast: 120_000, long: 900_000 } as const;

const [suite, ...rest] = process.argv.slice(2);
if (suite !== 'fast' && suite !== 'long') {
  process.stderr.write('usage: run-tests.ts fast|long [options of bun test] [part of a path]\n');
  process.exit(2);
}

const parts = rest.filter((arg, i) => !arg.startsWith('-') && !/^-[tr]$/.test(rest[i - 1] ?? ''));
const options = rest.filter((arg) => !parts.includes(arg));
const files = [...new Bun.Glob('test/**/*.test.ts').scanSync('.')]
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => isLong(path) === (suite === 'long'))
  .filter((path) => parts.length === 0 || parts.some((part) => path.includes(part)))
  .sort();

let output = '';
let code = 0;
if (files.length > 0) {
  const run = Bun.spawn(
    [
      process.execPath,
      'test',
      `--timeout=${TIMEOUT_MS[suite]}`,
      ...options,
      ...files.map((file) => `./${file}`),
    ],
    { stdin: 'ignore', stdout: 'inherit', stderr: 'pipe' },
  );
  // bun reports on stderr; it is passed on as it comes and read for the totals at the end.
  const decoder = new TextDecoder();
  for await (const chunk of run.stderr) {
    process.stderr.write(chunk);
    output += decoder.decode(chunk, { stream: true });
  }
  code = await run.exited;
}
const totals = totalsOf(output);
if (totals.passed + totals.failed === 0) code ||= 1;
if (totals.failed > 0) code ||= 1;
process.stdout.write(`${totalsLine(totals)}\n`, () => process.exit(code));
