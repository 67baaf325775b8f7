/** Records the embedded exchange for the feeds that no real capture is at hand for. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { discoverVenues } from '../../src/venues/discover.ts';
import { type RunContext, scaled } from '../harness/suite.ts';
import { framesOfFeeds, prepareFrames, simulatedDir } from './frame-set.ts';

const CLI = new URL('../../src/cli/main.ts', import.meta.url).pathname;
const SECONDS = { tiny: 2, quick: 4, full: 10 };
const RATE = { tiny: 500, quick: 3000, full: 4000 };
const SYMBOLS_MAX = 2;

/** What suites on frames need: real or simulated, read and split. */
export async function prepareAllFrames(context: RunContext): Promise<void> {
  await recordSimulated(context);
  await prepareFrames(context);
}

/** Leaves captures in the scratch folder, made by `collect --simulate --capture`. */
async function recordSimulated({ workDir, scale }: RunContext): Promise<void> {
  const missing = (await framesOfFeeds(workDir)).filter(({ files }) => files.length === 0);
  if (missing.length === 0) return;
  const wanted = new Set(missing.map(({ feed }) => feed));
  const feeds: Record<string, { symbols: readonly string[] }> = {};
  for (const venue of await discoverVenues()) {
    for (const { id, catalogue } of venue.feeds) {
      if (wanted.has(id)) feeds[id] = { symbols: catalogue.slice(0, SYMBOLS_MAX) };
    }
  }
  const folder = join(workDir, 'simulator');
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'bench.yaml');
  await Bun.write(config, stringify({ feeds, log_level: 'error' }));
  const args = [
    'collect',
    '--simulate',
    '--no-http',
    '--config',
    config,
    '--capture',
    simulatedDir(workDir),
  ];
  const limits = ['--duration', `${scaled(scale, SECONDS)}s`, '--rate', `${scaled(scale, RATE)}`];
  const store = ['--store', `sqlite:${join(folder, 'unused.db')}`];
  const child = Bun.spawn([process.execPath, CLI, ...args, ...limits, ...store], {
    cwd: folder,
    stdout: 'ignore',
    stderr: 'pipe',
  });
  const errors = await new Response(child.stderr).text();
  if ((await child.exited) !== 0)
    throw new Error(`the embedded exchange gave no frames: ${errors}`);
}
