import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { copyFileSync } from 'node:fs';
import { store } from '../../../../src/store/sqlite/store.ts';
import { BatchBuilder } from '../../../support/batch-builder.ts';
import { BTC } from '../../../support/store-suite.ts';
import { WorkFolder } from '../../../support/work-folder.ts';

/** Trades in the file itself: what the log holds beside it does not count. */
function inFile(folder: WorkFolder): number {
  copyFileSync(folder.file('a.db'), folder.file('copy.db'));
  const db = new Database(folder.file('copy.db'));
  const { n } = db.query('SELECT count(*) AS n FROM trade').get() as { n: number };
  db.close();
  return n;
}

test('the log is moved into the file by what tidies, not by the commits', async () => {
  using folder = new WorkFolder();
  const writer = store.createWriter(`sqlite:${folder.file('a.db')}`, {
    timeframes: [],
    bookDeltas: false,
  });
  await writer.open();
  await writer.registerInstruments([BTC]);
  await writer.tidy?.();
  const written = async (from: number, count: number) => {
    for (let id = from; id < from + count; id += 1) {
      await writer.write(new BatchBuilder().trade({ id }).build());
    }
  };
  // The tables themselves are in the log as well.
  await written(1, 20);
  await writer.tidy?.();
  expect(inFile(folder)).toBe(20);
  await written(21, 19);
  await writer.tidy?.();
  expect(inFile(folder)).toBe(20);
  await written(40, 1);
  expect(inFile(folder)).toBe(20);
  await writer.tidy?.();
  expect(inFile(folder)).toBe(40);
  await writer.close();
});
