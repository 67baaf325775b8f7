/** Every suite of the bench with tiny inputs, in processes as a real one has: none may rot. */
import { describe, expect, test } from 'bun:test';
import type { CaseResult } from '../../bench/harness/result-file.ts';
import { runBench } from '../../bench/harness/run-bench.ts';
import { SUITE_NAMES } from '../../bench/suites/index.ts';

const LIMIT_MS = 180_000;

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
          ...contenders.flatMap(({ name, isOurs, failures }) =>
            // A rival that has no mapper for a channel makes nothing of its frames.
            failures
              .filter((f) => isOurs || !f.includes('got nothing out of the frames'))
              .map((f) => `${id} ${name}: ${f}`),
          ),
          ...disagreements.map((text) => `${id}: ${text}`),
        ]);
        expect(problems).toEqual([]);
        // `lost` and `frames dropped` are among the pipeline's figures.
        for (const { metrics } of cases.flatMap(({ contenders }) => contenders)) {
          expect([metrics.lost ?? 0, metrics['frames dropped'] ?? 0]).toEqual([0, 0]);
        }
        for (const { contenders } of cases) {
          expect(contenders.filter(({ isOurs }) => isOurs)).toHaveLength(1);
          const ran = contenders.filter(({ isOurs, runs }) => isOurs || runs.length > 0);
          for (const { runs } of ran) expect(runs[0]?.work).toBeGreaterThan(0);
        }
      },
      LIMIT_MS,
    );
  }
});
