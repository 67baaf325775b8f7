/** A capture that cannot be written any more: recording goes on, and what is missing is told. */
import { expect, test } from 'bun:test';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { CliProcess, jsonLine } from '../support/cli-process.ts';
import { until } from '../support/condition.ts';
import { WorkFolder } from '../support/work-folder.ts';

const LIMIT_MS = 60_000;

interface Health {
  readonly status: string;
  readonly captures: readonly { venue: string; state: string; lost_lines: number }[];
}

test('a capture folder that goes away while it records is in health and summary', async () => {
  using folder = new WorkFolder();
  // Small files: should one be open before the folder goes, the next one cannot be.
  folder.write('tickspine.yaml', 'capture:\n  rotate: 1MiB\n');
  const capture = folder.file('capture');
  const args = ['--capture', capture, '--rate', '5000', '--http', '127.0.0.1:0', '--json'];
  await using live = new CliProcess(folder.path, ['collect', '--simulate', ...args]);
  // The folder is made at the start, and files in it when the first lines are due a second later.
  await until('the capture folder', () => existsSync(capture), LIMIT_MS);
  renameSync(capture, folder.file('elsewhere'));
  writeFileSync(capture, '');
  const url = await live.url();
  const health = await until(
    'a capture that fails',
    async () => {
      const answer = (await (await fetch(`${url}/api/v1/health`)).json()) as Health;
      return answer.captures.some(({ state }) => state === 'failing') && answer;
    },
    LIMIT_MS,
  );
  expect(health).toMatchObject({ status: 'degraded', captures: [{ venue: 'binance' }] });
  live.signal('SIGINT');
  const result = await live.result();
  const summary = jsonLine(result);
  expect([result.code, summary.open_gaps]).toEqual([0, 0]);
  expect(summary.capture_lost).toBeGreaterThan(0);
}, 120_000);
