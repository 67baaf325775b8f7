/** Rows that SQLite itself refuses, by a rule that someone added to the file. */
import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { store } from '../../../../src/store/sqlite/store.ts';
import { BatchBuilder, NEW_YEAR_US } from '../../../support/batch-builder.ts';
import { BTC } from '../../../support/store-suite.ts';
import { WorkFolder } from '../../../support/work-folder.ts';

test('a row that the database refuses is set aside, and the rest of its batch lands', async () => {
  using folder = new WorkFolder();
  const url = `sqlite:${folder.file('a.db')}`;
  const writer = store.createWriter(url, { timeframes: [], bookDeltas: false });
  await writer.open();
  await writer.registerInstruments([BTC]);
  const db = new Database(folder.file('a.db'));
  for (const [table, column] of [
    ['trade', 'price'],
    ['quote', 'bid_price'],
    ['liquidation', 'price'],
  ]) {
    db.run(`CREATE TRIGGER no_${table} BEFORE INSERT ON ${table} WHEN NEW.${column} = 13
      BEGIN SELECT RAISE(ABORT, 'thirteen'); END`);
  }
  const batch = new BatchBuilder()
    .trade({ id: 1 })
    .trade({ id: 2, price: 13 })
    .trade({ id: 'text', price: 13 })
    .trade({ id: 3 })
    .quote([13, 1, 14, 1])
    .quote([12, 1, 14, 1], NEW_YEAR_US + 1)
    .build();
  expect(await writer.write(batch)).toMatchObject({
    trades: 2,
    tradeDuplicates: 0,
    quotes: 1,
    quarantined: 3,
  });
  const rows = db.query(`SELECT cause, how FROM data_quality WHERE kind = 'quarantine'`).all();
  expect(rows.length).toBe(3);
  expect(JSON.stringify(rows)).toContain('thirteen (SQLITE_CONSTRAINT_TRIGGER)');
  expect(JSON.stringify(rows)).toContain('\\"id\\":\\"text\\"');
  db.close();
  await writer.close();
});
