/**
 * Frames for the suites that need them: of each feed and channel from a real capture in
 * `../shared/captures` when it holds enough of them, else from the embedded exchange, recorded by
 * the product's own `collect --simulate --capture`.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { discoverDialects } from '../../src/sim/discover-dialects.ts';
import { discoverVenues, loadFeed } from '../../src/venues/discover.ts';
import { endedWithBench } from '../harness/child-run.ts';
import { type RunContext, scaled } from '../harness/suite.ts';
import { capturesByFeed, readCaptureFrames } from './capture-frames.ts';
import { FRAME_CHANNELS, hasFrames, storeFrames } from './frame-set.ts';

const CAPTURES_DIR = new URL('../../../shared/captures', import.meta.url).pathname;
const CLI = new URL('../../src/cli/main.ts', import.meta.url).pathname;
/** Enough for a steady figure, few enough to hold as texts. */
const FRAMES_MAX = { tiny: 3000, quick: 100_000, full: 100_000 };
/** With fewer, the cost of starting a session would be what is measured. */
const REAL_FRAMES_MIN = { tiny: 20, quick: 500, full: 500 };
/** A simulated book sends ten frames a second, whatever the rate. */
const SIMULATED_FRAMES_MIN = 10;
const SIMULATED_SECONDS = { tiny: 2, quick: 10, full: 60 };
const SIMULATED_RATE = { tiny: 500, quick: 3000, full: 4000 };
const SYMBOLS_MAX = 2;

export async function prepareFrames(context: RunContext): Promise<void> {
  const { [context.scale]: realMin } = REAL_FRAMES_MIN;
  await takeFrom(CAPTURES_DIR, (file) => `capture ${file.split('/').at(-1)}`, realMin, context);
  const lacking = (await allFeeds()).filter((feed) => isLacking(feed, context));
  if (lacking.length === 0) return;
  const folder = await recordSimulated(lacking, context);
  await takeFrom(folder, () => 'embedded exchange', SIMULATED_FRAMES_MIN, context);
}

async function allFeeds(): Promise<string[]> {
  return (await discoverVenues()).flatMap((venue) => venue.feeds.map(({ id }) => id));
}

function isLacking(feed: string, { workDir }: RunContext): boolean {
  return FRAME_CHANNELS.some((channel) => !hasFrames(workDir, feed, channel));
}

/** Stores what a folder of captures has enough of and nobody has stored yet. */
async function takeFrom(
  folder: string,
  sourceOf: (file: string) => string,
  countMin: number,
  { workDir, scale }: RunContext,
): Promise<void> {
  const captures = await capturesByFeed(folder);
  for (const feed of await allFeeds()) {
    const files = captures.get(feed) ?? [];
    const [first] = files;
    if (first === undefined || !isLacking(feed, { workDir, scale })) continue;
    const source = sourceOf(first);
    const { channels } = await readCaptureFrames(feed, files, source, FRAMES_MAX[scale]);
    for (const [channel, stored] of channels) {
      const count = stored.frames.filter(({ kind }) => kind === 'text').length;
      if (count < countMin || hasFrames(workDir, feed, channel)) continue;
      await storeFrames(workDir, feed, channel, stored);
    }
  }
}

/** The folder with the captures; without the feeds that the embedded exchange does not speak. */
async function recordSimulated(
  feedIds: readonly string[],
  { workDir, scale }: RunContext,
): Promise<string> {
  const folder = join(workDir, 'simulator');
  const captures = join(folder, 'captures');
  const feeds: Record<string, object> = {};
  for (const { feed, listings } of await discoverDialects()) {
    const symbols = listings.slice(0, SYMBOLS_MAX).map(({ symbol }) => symbol);
    const { tapes } = await loadFeed(feed);
    // Rivals know the plain tape only.
    const tape = tapes.includes('trade') ? { trades: 'trade' } : {};
    if (feedIds.includes(feed)) feeds[feed] = { symbols, ...tape };
  }
  if (Object.keys(feeds).length === 0) return captures;
  mkdirSync(captures, { recursive: true });
  const config = join(folder, 'bench.yaml');
  await Bun.write(config, stringify({ feeds, log_level: 'error' }));
  const args = ['collect', '--simulate', '--no-http', '--config', config, '--capture', captures];
  const seconds = `${scaled(scale, SIMULATED_SECONDS)}s`;
  const limits = ['--duration', seconds, '--rate', `${scaled(scale, SIMULATED_RATE)}`];
  const store = ['--store', `sqlite:${join(folder, 'unused.db')}`];
  const child = endedWithBench(
    Bun.spawn([process.execPath, CLI, ...args, ...limits, ...store], {
      cwd: folder,
      stdout: 'ignore',
      stderr: 'pipe',
    }),
  );
  const errors = await new Response(child.stderr).text();
  if ((await child.exited) !== 0)
    throw new Error(`the embedded exchange gave no frames: ${errors}`);
  return captures;
}
