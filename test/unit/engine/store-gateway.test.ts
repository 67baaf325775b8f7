/** A store that another program locks while recording starts. */
import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { StoreGateway } from '../../../src/engine/store-gateway.ts';
import { SqliteWriter } from '../../../src/store/sqlite/writer.ts';
import { coins, tradeBatch } from '../../support/spool-batch.ts';
import { numberOf } from '../../support/store-file.ts';
import { WorkFolder } from '../../support/work-folder.ts';

const SESSION = {
  sessionId: 's1',
  startedUs: 1,
  command: 'collect',
  version: '0',
  host: '',
  config: '{}',
};

test('a lock after the opening: the store is used once it is free', async () => {
  using folder = new WorkFolder();
  const path = folder.file('live.db');
  const options = { timeframes: [], bookDeltas: false };
  const first = new SqliteWriter(`sqlite:${path}`, options);
  await first.open();
  await first.close();
  const other = new Database(path);
  other.run('BEGIN IMMEDIATE');
  const store = new SqliteWriter(`sqlite:${path}`, options);
  const said: string[] = [];
  const host = { log: (_level: string, text: string) => void said.push(text) };
  const gateway = new StoreGateway(store, coins('BTC'), SESSION, host);
  try {
    expect(await gateway.tryOpen()).toBe(false);
    expect(said.join()).toContain('another program holds its lock');
    await expect(gateway.write(tradeBatch(1))).rejects.toThrow('another program holds its lock');
    other.run('COMMIT');
    other.close();
    expect((await gateway.write(tradeBatch(1))).trades).toBe(1);
    expect(numberOf(path, 'SELECT count(*) FROM sessions')).toBe(1);
  } finally {
    await gateway.close();
  }
});
