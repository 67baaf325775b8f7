/** The spool's folder in the real process: what is wrong with it is said before anything starts. */
import { expect, setDefaultTimeout, test } from 'bun:test';
import { CliProcess, runCommand } from '../support/cli-process.ts';
import { until } from '../support/condition.ts';
import { WorkFolder } from '../support/work-folder.ts';

setDefaultTimeout(120_000);

test('a folder that cannot be made ends the start with one line that names it', async () => {
  using folder = new WorkFolder();
  folder.write('taken', '');
  folder.write('tickspine.yaml', 'writer: { spool_dir: taken }\n');
  const result = await runCommand(folder.path, 'collect', '--simulate', '--no-http');
  const lines = result.stderr.trimEnd().split('\n');
  const told = lines.filter((line) => !line.startsWith('{'));
  expect([result.code, told.length]).toEqual([1, 1]);
  expect(told[0]).toStartWith(`tickspine: spool ${folder.file('taken')}/`);
  expect(told[0]).toContain('ENOTDIR');
  expect(lines.filter((line) => line.includes('starting all workers again'))).toEqual([]);
});

test('a second recorder keeps out of the spool of a first one whose server is down', async () => {
  using folder = new WorkFolder();
  // Nobody listens there: both would record into the spool.
  const store = 'postgres://ts:secret@127.0.0.1:1/market';
  const args = ['collect', '--simulate', '--no-http', '--store', store];
  await using first = new CliProcess(folder.path, args);
  await first.log('takes nothing, spooling to disk', 60_000);
  const spooled = () => [...new Bun.Glob('spool/*/*.spool').scanSync({ cwd: folder.path })];
  await until('it spools', () => spooled().length > 0, 60_000);
  const second = await runCommand(folder.path, ...args);
  const told = second.stderr.split('\n').filter((line) => line.startsWith('tickspine: '));
  expect([second.code, told.length]).toEqual([1, 1]);
  expect(told[0]).toContain('is in use: stop the other recorder');
  expect(spooled().length).toBeGreaterThan(0);
  // No lock outlives its process.
  first.signal('SIGKILL');
  await first.result();
  await using next = new CliProcess(folder.path, args);
  await next.log('takes nothing, spooling to disk', 60_000);
});
