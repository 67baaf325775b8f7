/** `simulate` as a real process: it serves, ends when asked to, and says what it did. */
import { expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { startExchangeThread } from '../../src/sim/exchange-thread.ts';
import { CliProcess, jsonLine, runCommand } from '../support/cli-process.ts';
import { until } from '../support/condition.ts';
import { WorkFolder } from '../support/work-folder.ts';

setDefaultTimeout(120_000);

const ARGS = ['simulate', '--port', '0', '--seed', '7', '--json'];

/** Where the process serves `feed`, as it prints it. */
async function urlOf(child: CliProcess, feed: string): Promise<string> {
  const line = new RegExp(`^${feed}  (ws:\\S+)`, 'm');
  return until(`the URL of ${feed}`, () => line.exec(child.stderr)?.[1]);
}

test('ends when its time is up, with one JSON line', async () => {
  using folder = new WorkFolder();
  const result = await runCommand(folder.path, ...ARGS, '--duration', '1s');
  expect([result.code, jsonLine(result)]).toMatchObject([
    0,
    { command: 'simulate', exit_reason: 'duration', seed: 7, rate: 1000, framesSent: 0 },
  ]);
});

test('ends on one SIGINT, and counts every row of its truth file', async () => {
  using folder = new WorkFolder();
  const truth = folder.file('truth.ndjson');
  await using child = new CliProcess(folder.path, [...ARGS, '--truth', truth]);
  const socket = new WebSocket(`${await urlOf(child, 'binance.spot')}/stream`);
  let frames = 0;
  socket.onmessage = () => (frames += 1);
  const request = { method: 'SUBSCRIBE', params: ['btcusdt@trade'], id: 1 };
  socket.onopen = () => socket.send(JSON.stringify(request));
  await until('trades', () => frames > 5);
  child.signal('SIGINT');
  const result = await child.result();
  const facts = jsonLine(result);
  expect([result.code, facts]).toMatchObject([0, { exit_reason: 'SIGINT' }]);
  expect(facts.framesSent).toBeGreaterThan(0);
  expect(facts.truthRows).toBe(readFileSync(truth, 'utf8').trimEnd().split('\n').length);
});

test('a stopped exchange tells its last counts, again and again', async () => {
  const exchange = await startExchangeThread({ seed: 7, rate: 100 });
  await exchange.stop();
  expect(await exchange.stats()).toEqual(await exchange.stats());
});
