/**
 * A recording at a steady rate keeps its memory: resident size, second by second, for a minute. The
 * writer's page cache (64 MiB) fills in the meantime and is part of what may be seen.
 */
import { expect, test } from 'bun:test';
import { CliProcess, jsonLine } from '../support/cli-process.ts';
import { WorkFolder } from '../support/work-folder.ts';

const MIB = 1_048_576;
const SECONDS = 60;
/** Until then rings, heaps and caches grow to their size. */
const WARM_UP_SECONDS = 20;
const GROWTH_MAX_MIB = 100;

/** Least-squares slope of `values`, one a second, per minute. */
function slopePerMinute(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let above = 0;
  let below = 0;
  for (const [i, value] of values.entries()) {
    above += (i - middle) * (value - mean);
    below += (i - middle) ** 2;
  }
  return (above / below) * 60;
}

test(`a minute at 5,000 frames a second does not grow by ${GROWTH_MAX_MIB} MiB`, async () => {
  using folder = new WorkFolder();
  const args = ['collect', '--simulate', '--rate', '5000', '--no-http', '--json'];
  await using child = new CliProcess(folder.path, args);
  await child.log('connected');
  const sizes: number[] = [];
  for (let second = 0; second < SECONDS; second += 1) {
    await Bun.sleep(1_000);
    sizes.push(child.residentLength() / MIB);
  }
  child.signal('SIGINT');
  const result = await child.result();
  expect(result.code).toBe(0);
  expect(jsonLine(result)).toMatchObject({ dropped: 0, open_gaps: 0, restarts: 0 });

  const steady = sizes.slice(WARM_UP_SECONDS);
  const slope = slopePerMinute(steady);
  const text = sizes.filter((_, i) => i % 5 === 4).map((size) => size.toFixed(0));
  console.log(`resident MiB every 5 s: ${text.join(' ')}; slope ${slope.toFixed(1)} MiB a minute`);
  expect(slope).toBeLessThan(GROWTH_MAX_MIB);
  expect(Math.max(...sizes)).toBeLessThan(1_500);
}, 120_000);
