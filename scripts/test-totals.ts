/** The totals that `bun test` prints at its end, read from its output. Used by `run-tests.ts`. */

export interface TestTotals {
  readonly passed: number;
  /** Failed tests, and files that could not be loaded. */
  readonly failed: number;
  /** Skipped tests and those marked as to do. */
  readonly skipped: number;
}

/** Reads the last total of each kind: a test may print lines that look alike before it. */
export function totalsOf(output: string): TestTotals {
  const plain = Bun.stripANSI(output);
  const last = (name: string): number => {
    const found = [...plain.matchAll(new RegExp(`^ *(\\d+) ${name}s?\\r?$`, 'gm'))];
    return Number(found.at(-1)?.[1] ?? 0);
  };
  return {
    passed: last('pass'),
    failed: last('fail') + last('error'),
    skipped: last('skip') + last('todo'),
  };
}

export function totalsLine({ passed, failed, skipped }: TestTotals): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
