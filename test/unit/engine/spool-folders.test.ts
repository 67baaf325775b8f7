/** Which folder a store's batches wait in, and what is said of folders that no store has. */
import { expect, test } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { spoolFolder, warnOfStraySpools } from '../../../src/engine/spool-folders.ts';
import { WorkFolder } from '../../support/work-folder.ts';

const PLACE = { storeUrls: [], writer: { spoolDir: '/spool' } };
const folderOf = (url: string) => spoolFolder(PLACE, url);

test('a store keeps its folder when the way to it changes', async () => {
  const first = await folderOf('postgres://ts:old@db:5432/market?timeout_ms=5000');
  for (const same of [
    'postgres://ts:new@db:5432/market?timeout_ms=5000',
    'postgresql://other@db/market',
  ]) {
    expect([same, await folderOf(same)]).toEqual([same, first]);
  }
  expect(await folderOf('mssql://sa:a@db/market?timeout_ms=900&encrypt=true')).toBe(
    await folderOf('mssql://ts:b@db:1433/market'),
  );
  expect(await folderOf('sqlite:live.db')).toBe(await folderOf(`sqlite:${process.cwd()}/live.db`));
});

test('two stores never share a folder', async () => {
  const urls = [
    'postgres://ts:a@db/market',
    'postgres://ts:a@db/other',
    'postgres://ts:a@db:5433/market',
    'postgres://ts:a@db2/market',
    'mssql://ts:a@db:5432/market',
    'sqlite:/a/live.db',
    'sqlite:/b/live.db',
  ];
  expect(new Set(await Promise.all(urls.map(folderOf))).size).toBe(urls.length);
});

test('batches in a folder of no configured store are said, with path and bytes', async () => {
  using work = new WorkFolder();
  const config = { storeUrls: ['sqlite:/a/live.db'], writer: { spoolDir: work.path } };
  const said: string[] = [];
  const host = { log: (level: string, text: string) => void said.push(`${level} ${text}`) };
  const own = await spoolFolder(config, 'sqlite:/a/live.db');
  for (const folder of [own, work.file('0badcafe'), work.file('empty')]) mkdirSync(folder);
  await warnOfStraySpools(config, host);
  expect(said).toEqual([]);
  await Bun.write(`${own}/0000000000000001.spool`, 'x');
  await Bun.write(`${work.file('0badcafe')}/0000000000000001.spool`, 'abc');
  await Bun.write(`${work.file('0badcafe')}/0000000000000002.spool`, 'defg');
  await warnOfStraySpools(config, host);
  const place = work.file('0badcafe');
  expect(said).toEqual([`warn spools that no store of this config uses: ${place} (7 bytes)`]);
});
