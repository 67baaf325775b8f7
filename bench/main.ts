/**
 * `bun run bench`: measures Tickspine against rivals on this machine.
 *
 * ```text
 * main ── prepare ──► frames, stores in a scratch folder
 *   └─ for each case, for each round, for each contender: run-one.ts in a fresh process
 *   └─ table on the terminal, bench/results/<date>-<time>-<cpu>.json, the same as .html
 * ```
 * Exit code 1: checksums disagree or one of our contenders failed; 2: usage, or a file that is no
 * result.
 */
import { basename, join, relative } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../src/base/errors.ts';
import { faultsOf } from './harness/agreement.ts';
import { compareText } from './harness/compare.ts';
import { cpuSlug } from './harness/machine.ts';
import { reportHtml } from './harness/report-html.ts';
import { reportMarkdown } from './harness/report-markdown.ts';
import { caseText, summaryText } from './harness/report-text.ts';
import { type BenchResult, checkWritable, readResult, writeResult } from './harness/result-file.ts';
import { runBench } from './harness/run-bench.ts';
import { SUITE_NAMES } from './suites/index.ts';

const RUNS = { quick: 3, full: 7 };
const RESULTS_DIR = join(import.meta.dirname, 'results');

interface Flags {
  readonly quick?: true;
  readonly runs?: number;
  readonly only?: string;
  readonly out?: string;
  readonly json?: true;
}

const program = new Command('bench')
  .description('Measures Tickspine against rivals on this machine.')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .argument('[suites...]', `any of ${SUITE_NAMES.join(', ')}; default: all`, suiteOption)
  .option('--quick', 'fewer and shorter runs: a look, not a result')
  .option('--runs <count>', `runs of each contender (default ${RUNS.full})`, countOption)
  .option('--only <text>', 'only cases whose name holds this text')
  .option('--out <file>', 'result file (default bench/results/<date>-<time>-<cpu>.json)')
  .option('--json', 'print the result as JSON instead of tables')
  .action(bench);

program
  .command('compare')
  .description('Prints what changed between two results beyond noise.')
  .argument('<before>')
  .argument('<after>')
  .action((before: string, after: string) => {
    print(compareText(readResult(before), readResult(after)));
  });

program
  .command('table')
  .description('Prints a result as Markdown tables.')
  .argument('<result>')
  .action((path: string) => print(reportMarkdown(readResult(path))));

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
}

async function bench(suites: readonly string[] | undefined, flags: Flags): Promise<void> {
  const isQuick = flags.quick === true;
  const isJson = flags.json === true;
  const pathOf = ({ date, machine }: Pick<BenchResult, 'date' | 'machine'>) => {
    const at = date.slice(0, 19).replaceAll(':', '').replace('T', '-');
    const stem = `${at}-${cpuSlug(machine.cpu)}${isQuick ? '-quick' : ''}`;
    return flags.out ?? join(RESULTS_DIR, `${stem}.json`);
  };
  checkWritable(flags.out ?? join(RESULTS_DIR, 'a.json'));
  const result = await runBench({
    suites: suites === undefined || suites.length === 0 ? SUITE_NAMES : suites,
    scale: isQuick ? 'quick' : 'full',
    runs: flags.runs ?? (isQuick ? RUNS.quick : RUNS.full),
    filter: flags.only ?? '',
    command: commandText(process.argv.slice(2), flags.out),
    onCase: (each, soFar) => {
      // Hours may be lost to an interruption otherwise.
      writeResult(pathOf(soFar), soFar);
      if (!isJson) print(`${caseText(each, soFar.runs)}\n`);
    },
    onProgress: (text) => void process.stderr.write(`${text}\n`),
  });
  const path = pathOf(result);
  writeResult(path, result);
  const htmlPath = path.replace(/(\.json)?$/, '.html');
  await Bun.write(htmlPath, reportHtml(result));
  if (isJson) print(JSON.stringify(result));
  else print(`${summaryText(result)}\nwritten: ${relative('.', path)}, ${relative('.', htmlPath)}`);
  for (const fault of faultsOf(result.cases)) {
    process.stderr.write(`bench: ${fault}\n`);
    process.exitCode = 1;
  }
}

/** To be run again by a reader: arguments quoted, and no folder of this machine. */
function commandText(args: readonly string[], out = ''): string {
  const shown = args.map((arg) => {
    const text = out === '' ? arg : arg.replace(out, basename(out));
    return /^[\w./=-]+$/.test(text) ? text : `"${text}"`;
  });
  return ['bun run bench', ...shown].join(' ');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function suiteOption(name: string, before: readonly string[] | undefined): readonly string[] {
  if (!SUITE_NAMES.includes(name)) {
    throw new InvalidArgumentError(`one of ${SUITE_NAMES.join(', ')} is needed.`);
  }
  return [...(before ?? []), name];
}

function countOption(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('a count is needed.');
  return count;
}
