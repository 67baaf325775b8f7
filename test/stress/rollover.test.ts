/**
 * Planned replacement of connections, many times over: the exchange ends every connection at a
 * fixed age, the feed's own limit brings its successor up before that, and nothing is lost.
 */
import { expect, test } from 'bun:test';
import { systemClock } from '../../src/base/clock.ts';
import { Engine } from '../../src/engine/engine.ts';
import { startExchangeThread } from '../../src/sim/exchange-thread.ts';
import { checkCandles } from '../support/candle-query.ts';
import { until } from '../support/condition.ts';
import { engineConfig } from '../support/recording-config.ts';
import { numberOf, rowsOf } from '../support/store-file.ts';
import { checkTruth } from '../support/truth-check.ts';
import { WorkFolder } from '../support/work-folder.ts';

/** Three connections: spot, and two routes of USD-M. Each is replaced this often. */
const ROLLOVERS = 5;
const CONNECTIONS = 3;
const LIFE_US = 4_000_000;
/** Of the exchange: later than the successor has taken over. */
const LIFE_MS_MAX = 8_000;

async function record(folder: WorkFolder, lifeUs: number | undefined, connects: number) {
  const truthFile = folder.file('truth.ndjson');
  const exchange = await startExchangeThread({
    seed: 8,
    rate: 2_000,
    truthFile,
    feeds: ['binance.spot', 'binance.usdm'],
    connectionLifeMs: lifeUs === undefined ? 5_000 : LIFE_MS_MAX,
  });
  const config = engineConfig(exchange, folder);
  const feeds = config.feeds.map((feed) => ({
    ...feed,
    ...(lifeUs === undefined ? {} : { connectionLifeUs: lifeUs }),
  }));
  const warnings: string[] = [];
  const engine = new Engine(
    { ...config, feeds },
    {
      clock: systemClock,
      log: (level, message) => {
        if (level !== 'info') warnings.push(message);
      },
    },
  );
  const counters = (name: 'connects' | 'trade_gaps' | 'book_gaps') =>
    engine.view.feeds().reduce((sum, feed) => sum + feed.counters[name], 0);
  try {
    await engine.start();
    await until(`${connects} connections`, () => counters('connects') >= connects, 60_000);
    const trades = engine.view.writer().trades;
    await until('trades behind the last', () => engine.view.writer().trades > trades + 1_000);
  } finally {
    await engine.stop();
    await exchange.stop();
  }
  const path = folder.file('live.db');
  const truth = checkTruth(path, truthFile);
  expect(truth).toMatchObject({ missing: 0, duplicate: 0, different: 0, unknown: 0, before: 0 });
  expect(checkCandles(path, config.timeframes).faults).toEqual([]);
  const mismatches = engine.view.feeds().map((feed) => feed.counters.bbo_mismatched);
  expect(mismatches).toEqual([0, 0]);
  return { path, warnings, counters };
}

test('a successor is up before the connection ends: nothing is lost', async () => {
  using folder = new WorkFolder();
  const { path, warnings, counters } = await record(folder, LIFE_US, CONNECTIONS * (1 + ROLLOVERS));
  expect(rowsOf(path, 'SELECT kind, cause, from_id, to_id FROM data_quality')).toEqual([]);
  expect([counters('trade_gaps'), counters('book_gaps'), warnings]).toEqual([0, 0, []]);
  const partial = "SELECT count(*) FROM candles WHERE timeframe = '1s' AND state = 'partial'";
  // The first and the last second of each instrument.
  expect(numberOf(path, partial)).toBeLessThanOrEqual(8);
});

test('without the limit the venue ends connections: each hole is refilled', async () => {
  using folder = new WorkFolder();
  const { path } = await record(folder, undefined, CONNECTIONS * 3);
  const gaps = rowsOf(path, "SELECT * FROM data_quality WHERE kind = 'trade_gap'");
  expect(gaps.length).toBeGreaterThan(3);
  expect(gaps.filter(({ repaired }) => repaired !== 1)).toEqual([]);
});
