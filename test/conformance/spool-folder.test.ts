/** The spool's folder in the real process: what is wrong with it is said before anything starts. */
import { expect, setDefaultTimeout, test } from 'bun:test';
import { runCommand } from '../support/cli-process.ts';
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
