/**
 * Every feed there is at once, up to 20 instruments each, from the embedded exchange at 20,000
 * frames/s in total: nothing is lost and no ring is half full. Prints what was measured.
 * `RATE=5000 SECONDS=60 bun test test/stress/many-feeds.test.ts` for other figures.
 */
import { expect, test } from 'bun:test';
import { systemClock } from '../../src/base/clock.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { EngineConfig } from '../../src/engine/engine-config.ts';
import { CHANNEL_NAMES } from '../../src/model/record-layout.ts';
import { startExchangeThread } from '../../src/sim/exchange-thread.ts';
import { until } from '../support/condition.ts';
import { engineConfig } from '../support/recording-config.ts';
import { checkTruth } from '../support/truth-check.ts';
import { feedsUnderTest, pickListings, resolve } from '../support/venue-rig.ts';
import { WorkFolder } from '../support/work-folder.ts';

const RATE = Number(process.env.RATE ?? 20_000);
const SECONDS = Number(process.env.SECONDS ?? 30);
const INSTRUMENTS_MAX = 20;
const RING_SHARE_MAX = 0.5;
const SAMPLE_MS = 5;

test(`all feeds at once at ${RATE} frames/s`, async () => {
  using folder = new WorkFolder();
  const feeds = (await feedsUnderTest()).filter(({ dialect }) => dialect !== undefined);
  const instruments = feeds
    .flatMap(({ feed, dialect }) => {
      if (dialect === undefined) return [];
      const listings = pickListings(dialect, INSTRUMENTS_MAX);
      return listings.map((listing) => resolve(feed, listing.venueSymbol, 0));
    })
    .map((instrument, index) => ({ ...instrument, index }));
  const truthFile = folder.file('truth.ndjson');
  const exchange = await startExchangeThread({
    seed: 11,
    rate: RATE,
    truthFile,
    feeds: feeds.map(({ feed }) => feed.id),
    instruments: instruments.map(({ feed, symbol, marketType }) => ({ feed, symbol, marketType })),
  });
  const config: EngineConfig = {
    ...engineConfig(exchange, folder),
    instruments,
    feeds: feeds.map(({ feed }) => ({
      feed: feed.id,
      venue: feed.venue,
      urls: exchange.urls(feed.id),
      channels: CHANNEL_NAMES.filter((name) => feed.channels[name] !== undefined),
      staleAfterUs: {},
    })),
  };
  const problems: string[] = [];
  const engine = new Engine(config, {
    clock: systemClock,
    log: (level, message) => {
      if (level !== 'info') problems.push(`${level}: ${message}`);
    },
  });
  const rings = new Map<string, number>();
  const frames = () => engine.view.feeds().reduce((sum, feed) => sum + feed.counters.frames, 0);
  let received = 0;
  let seconds = 0;
  try {
    await engine.start();
    const isFlowing = () => engine.view.live().every((row) => row.tradeCount > 0);
    await until('every instrument trades', isFlowing, 60_000);
    const startUs = systemClock.wallUs();
    const startFrames = frames();
    const endUs = startUs + SECONDS * 1_000_000;
    while (systemClock.wallUs() < endUs) {
      for (const { feed, counters } of engine.view.feeds()) {
        const share = counters.ring_used_length / Math.max(1, counters.ring_capacity);
        rings.set(feed, Math.max(rings.get(feed) ?? 0, share));
      }
      await Bun.sleep(SAMPLE_MS);
    }
    seconds = (systemClock.wallUs() - startUs) / 1_000_000;
    received = frames() - startFrames;
  } finally {
    await engine.stop();
    await exchange.stop();
  }
  const truth = checkTruth(folder.file('live.db'), truthFile);
  const views = engine.view.feeds();
  const sum = (name: 'frames_dropped' | 'trade_gaps' | 'book_gaps' | 'disconnects' | 'malformed') =>
    views.reduce((total, feed) => total + feed.counters[name], 0);
  console.log(
    `${feeds.length} feeds, ${instruments.length} instruments, ${seconds.toFixed(1)} s: ` +
      `${Math.round(received / seconds)} frames/s received, ${truth.trades} trades compared, ` +
      `${truth.missing} missing; trade gaps ${sum('trade_gaps')}, book gaps ${sum('book_gaps')}`,
  );
  for (const { feed, counters, latency } of views) {
    const { p50, p99, max } = latency.received_to_committed;
    const fill = ((rings.get(feed) ?? 0) * 100).toFixed(1);
    console.log(
      `  ${feed}: ${counters.frames} frames, highest ring fill ${fill} %, ` +
        `received to committed p50 ${p50} p99 ${p99} max ${max} µs`,
    );
  }
  const { samples, ...counts } = truth;
  expect({ samples, problems: problems.slice(0, 5) }).toEqual({ samples: [], problems: [] });
  expect(counts).toMatchObject({ missing: 0, duplicate: 0, different: 0, unknown: 0 });
  expect(sum('frames_dropped') + sum('malformed') + sum('disconnects')).toBe(0);
  expect(sum('trade_gaps') + sum('book_gaps')).toBe(0);
  expect(truth.trades).toBeGreaterThan(1000);
  expect(Math.max(...rings.values())).toBeLessThan(RING_SHARE_MAX);
}, 900_000);
