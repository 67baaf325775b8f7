/** Every suite of the bench with tiny inputs, in processes as a real one has: none may rot. */
import { describe, expect, test } from 'bun:test';
import type { CaseResult } from '../../bench/harness/result-file.ts';
import { runBench } from '../../bench/harness/run-bench.ts';
import { SUITE_NAMES } from '../../bench/suites/index.ts';

const LIMIT_MS = 60_000;

async function runTiny(suite: string): Promise<readonly CaseResult[]> {
  const result = await runBench({
    suites: [suite],
    scale: 'tiny',
    runs: 1,
    filter: '',
    command: 'test',
    onCase: () => {},
    onProgress: () => {},
  });
  return result.cases;
}

describe('bench', () => {
  for (const suite of SUITE_NAMES) {
    test(
      `${suite}: every contender runs, and all agree on what was computed`,
      async () => {
        const cases = await runTiny(suite);
        expect(cases.length).toBeGreaterThan(0);
        const problems = cases.flatMap(({ id, contenders, disagreements }) => [
          ...contenders.flatMap(({ name, failures }) => failures.map((f) => `${id} ${name}: ${f}`)),
          ...disagreements.map((text) => `${id}: ${text}`),
        ]);
        expect(problems).toEqual([]);
        // `lost` and `frames dropped` are among the pipeline's figures.
        const [first] = cases;
        if (suite === 'pipeline') {
          const { metrics } = first?.contenders[0] ?? {};
          expect(metrics).toMatchObject({ lost: 0, 'frames dropped': 0 });
        }
        for (const { contenders } of cases) {
          expect(contenders.filter(({ isOurs }) => isOurs)).toHaveLength(1);
          for (const { runs } of contenders) expect(runs[0]?.work).toBeGreaterThan(0);
        }
      },
      LIMIT_MS,
    );
  }
});
