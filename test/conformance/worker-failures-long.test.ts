/**
 * Threads that die while the rest goes on, and two recorders on one store: real processes, real
 * uncaught errors, and the truth of the embedded exchange to hold the store against.
 */
import { expect, setDefaultTimeout, test } from 'bun:test';
import { systemClock } from '../../src/base/clock.ts';
import { Engine } from '../../src/engine/engine.ts';
import { startExchangeThread } from '../../src/sim/exchange-thread.ts';
import { checkCandles } from '../support/candle-query.ts';
import { CliProcess, jsonLine, runCommand } from '../support/cli-process.ts';
import { until } from '../support/condition.ts';
import { engineConfig } from '../support/recording-config.ts';
import { numberOf, rowsOf } from '../support/store-file.ts';
import { checkTruth } from '../support/truth-check.ts';
import { createTwinProject } from '../support/twin-project.ts';
import { WorkFolder } from '../support/work-folder.ts';

setDefaultTimeout(60_000);

const TIMEFRAMES = ['1s', '1m', '5m', '15m', '1h', '4h', '1d'];
const LOST = "SELECT count(*) FROM data_quality WHERE kind = 'trade_gap' AND repaired = 0";
const HOLES = "SELECT DISTINCT venue FROM data_quality WHERE kind = 'trade_gap' ORDER BY venue";

function expectWhole(storePath: string, truthPath: string): void {
  const truth = checkTruth(storePath, truthPath);
  expect(truth).toMatchObject({ missing: 0, duplicate: 0, different: 0, unknown: 0 });
  expect(numberOf(storePath, LOST)).toBe(0);
  expect(checkCandles(storePath, TIMEFRAMES).faults).toEqual([]);
}

interface Stats {
  readonly workers: readonly { name: string; state: string; restarts: number }[];
  readonly feeds: readonly { venue: string; counters: { trades: number; connects: number } }[];
}

test('a venue worker that throws is started again and refilled; others do not notice', async () => {
  using folder = new WorkFolder();
  const twin = createTwinProject(folder.file('project'));
  folder.write(
    'tickspine.yaml',
    `feeds:
  binance.spot: { symbols: [BTC/USDT], channels: [trades, quotes, book] }
  twin.spot: { symbols: [BTC/USDT], channels: [trades, quotes, book] }
`,
  );
  const args = ['collect', '--simulate', '--http', '127.0.0.1:0', '--json'];
  args.push('--truth', folder.file('truth.ndjson'));
  await using child = new CliProcess(folder.path, args, twin.path);
  const url = await child.url();
  const stats = async () => (await (await fetch(`${url}/api/v1/stats`)).json()) as Stats;
  const trades = async (venue: string) =>
    (await stats()).feeds.find((feed) => feed.venue === venue)?.counters.trades ?? 0;
  await until('trades of both', async () => {
    return (await trades('binance')) > 100 && (await trades('twin')) > 100;
  });
  for (const restarts of [1, 2]) {
    twin.plantFault();
    await until(`restart ${restarts}`, async () => {
      return (await stats()).workers.some((w) => w.name === 'twin' && w.restarts === restarts);
    });
    const before = await trades('twin');
    await until('new trades of the twin', async () => (await trades('twin')) > before + 100);
  }
  const { workers, feeds } = await stats();
  expect(workers.map(({ name, restarts }) => `${name} ${restarts}`).sort()).toEqual([
    'aggregator 0',
    'binance 0',
    'twin 2',
    'writer 0',
  ]);
  expect(feeds.find(({ venue }) => venue === 'binance')?.counters.connects).toBe(1);
  child.signal('SIGINT');
  const result = await child.result();
  expect(result.code).toBe(0);
  expect(child.logged('twin worker died (planted fault)')).toHaveLength(2);
  expect(jsonLine(result)).toMatchObject({ restarts: 2, open_gaps: 0 });
  const store = folder.file('tickspine.db');
  expectWhole(store, folder.file('truth.ndjson'));
  expect(rowsOf(store, HOLES)).toEqual([{ venue: 'twin' }]);
});

test('when all workers hang, all start again on new rings, and the hole is refilled', async () => {
  using folder = new WorkFolder();
  const truthFile = folder.file('truth.ndjson');
  const feeds = ['binance.spot', 'binance.usdm'];
  const exchange = await startExchangeThread({ seed: 5, rate: 1_000, truthFile, feeds });
  let aheadUs = 0;
  const config = engineConfig(exchange, folder);
  const engine = new Engine(config, {
    // What the supervisor takes for the time: a leap makes every heartbeat look old.
    clock: {
      wallUs: () => systemClock.wallUs() + aheadUs,
      monoUs: () => systemClock.monoUs(),
    },
    log: () => {},
  });
  try {
    await engine.start();
    const stored = () => engine.view.writer().trades;
    await until('stored trades', () => stored() > 300);
    aheadUs = 3_600_000_000;
    await until('workers that died', () => engine.view.workers().every((w) => w.restarts === 1));
    aheadUs = 0;
    const before = stored();
    await until('trades of the next incarnation', () => stored() > before + 200, 20_000);
    expect(engine.view.workers().map(({ restarts }) => restarts)).toEqual([1, 1, 1]);
  } finally {
    await engine.stop();
    await exchange.stop();
  }
  expectWhole(folder.file('live.db'), truthFile);
  const holes = "SELECT count(*) FROM data_quality WHERE kind = 'trade_gap' AND repaired = 1";
  expect(numberOf(folder.file('live.db'), holes)).toBeGreaterThan(0);
});

test('a second recorder on the same store is refused with one line', async () => {
  using folder = new WorkFolder();
  const args = ['collect', '--simulate', '--no-http', '--json'];
  await using first = new CliProcess(folder.path, args);
  await first.log('connected');
  const second = await runCommand(folder.path, ...args);
  expect(second.code).toBe(1);
  const lines = second.stderr.trimEnd().split('\n');
  expect(lines.filter((line) => line.startsWith('tickspine: '))).toEqual([
    'tickspine: tickspine.db is being written by another process: ' +
      'stop it or record into another file',
  ]);
  expect(jsonLine(second)).toMatchObject({ error: { code: 'start' } });
  const replay = await runCommand(
    folder.path,
    'replay',
    `${import.meta.dirname}/../fixtures/replay/binance-spot-btcusdt.cap.gz`,
  );
  expect([replay.code, replay.stderr.includes('another process')]).toEqual([1, true]);
  first.signal('SIGTERM');
  expect((await first.result()).code).toBe(0);
  expect(numberOf(folder.file('tickspine.db'), 'SELECT count(*) FROM sessions')).toBe(1);
});
