/** What goes over the wire, and what becomes of a store when the wire fails. */
import { describe, expect, test } from 'bun:test';
import type { EngineError } from '../../../../src/base/errors.ts';
import { Common, RecordType, TRADE_LENGTH } from '../../../../src/model/record-layout.ts';
import type { RecordBatch } from '../../../../src/store/contract.ts';
import { BatchBuilder, NEW_YEAR_US } from '../../../support/batch-builder.ts';
import { until } from '../../../support/condition.ts';
import { BTC, makeWriter, withBackedStore } from '../../../support/tds-peer/backed-store.ts';
import { type PeerEvent, TdsPeer } from '../../../support/tds-peer/peer.ts';
import { SqliteBacking } from '../../../support/tds-peer/sqlite-backing.ts';

const WHOLE = { limit: 100_000, order: 'asc' } as const;

function trades(count: number, firstId = 1): RecordBatch {
  const builder = new BatchBuilder();
  for (let i = 0; i < count; i += 1) {
    builder.trade({ id: firstId + i, tsUs: NEW_YEAR_US + i, price: 18.4 + i });
  }
  return builder.build();
}

async function failure(task: Promise<unknown>): Promise<EngineError> {
  try {
    await task;
  } catch (error) {
    return error as EngineError;
  }
  throw new Error('it did not fail');
}

/** A trade whose id is longer than any venue's: our own writers of records would cut it. */
function longIdWords(id: string): number[] {
  const bytes = new Uint8Array(TRADE_LENGTH + Math.ceil(id.length / 8) * 8);
  bytes.set(new TextEncoder().encode(id), TRADE_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint16(Common.aux, id.length, true);
  const fields = [NEW_YEAR_US, NEW_YEAR_US, 100, 1, 1, Number.NaN];
  for (const [i, value] of fields.entries()) view.setFloat64(Common.tsUs + i * 8, value, true);
  return [...new Float64Array(bytes.buffer)];
}

const isTradeLoad = (event: PeerEvent) => event.kind === 'load' && event.table === '#trade_in';

describe('a batch on the wire', () => {
  test('is rows in bulk, one statement a table and one transaction', () =>
    withBackedStore(async ({ peer, writer }) => {
      peer.events.length = 0;
      const tsUs = NEW_YEAR_US + 123_457;
      const latest = 2 ** 53 - 1;
      const batch = new BatchBuilder().trade({ id: 7, tsUs, price: 67123.12, size: 1e-12 });
      await writer.write(
        batch.trade({ id: 'Ä-7', tsUs: latest, recvUs: latest }).quote([1, 2, 3, 4]).build(),
      );
      const shape = peer
        .statements()
        .map((text) => text.split('(')[0]?.replace(/\s+/g, ' ').trim());
      expect(shape).toEqual([
        'begin',
        'insert bulk [#trade_in]',
        'load #trade_in',
        'INSERT INTO dbo.trade',
        'insert bulk [#quote_in]',
        'load #quote_in',
        'INSERT INTO dbo.quote',
        'commit',
      ]);
      const [load] = peer.loads('#trade_in');
      expect(load?.columns.join(' ')).toBe(
        'instrument ts ts_us tape trade_id trade_text recv_us price size native_size flags',
      );
      expect(load?.rows).toEqual([
        [1, tsUs, tsUs, 0, 7, '', tsUs + 5_000, 67123.12, 1e-12, null, 0],
        [1, latest, latest, 0, latest, 'Ä-7', latest, 100, 1, null, 0],
      ] as never);
    }));

  test('leaves the event loop free between slices', () =>
    withBackedStore(async ({ writer }) => {
      let turns = 0;
      let isOn = true;
      const count = () => {
        turns += 1;
        if (isOn) setImmediate(count);
      };
      setImmediate(count);
      await writer.write(trades(20_000));
      isOn = false;
      // 20,000 rows of 73 bytes are 23 slices, and as many times the loop turned at least.
      expect(turns).toBeGreaterThan(23);
    }));
});

describe('a store whose connection fails', () => {
  test('in mid-load keeps nothing of the batch, says retry, and takes it again', () =>
    withBackedStore(async ({ peer, writer, reader }) => {
      peer.faults.push({ when: (event) => event.kind === 'load-part', does: 'close' });
      const error = await failure(writer.write(trades(5_000)));
      expect(error).toMatchObject({ retry: 'retry', code: 'store-connection' });
      const open = await reader();
      expect(await open.trades(WHOLE)).toEqual([]);
      expect(await writer.write(trades(5_000))).toMatchObject({ trades: 5_000 });
      expect((await open.trades(WHOLE)).length).toBe(5_000);
    }));

  test('before the commit is acknowledged takes the batch again without a duplicate', () =>
    withBackedStore(async ({ peer, writer, reader }) => {
      const isCommit = (event: PeerEvent) => event.kind === 'transaction' && event.act === 'commit';
      peer.faults.push({ when: isCommit, does: 'close' });
      expect((await failure(writer.write(trades(10)))).retry).toBe('retry');
      const again = await writer.write(trades(10));
      expect(again.trades + again.tradeDuplicates).toBe(10);
      expect((await (await reader()).trades(WHOLE)).length).toBe(10);
    }));

  test('while nothing is asked of it is made anew, and the process lives on', () =>
    withBackedStore(async ({ peer, writer }) => {
      await writer.write(trades(1));
      peer.cut();
      await until('the cut is through', () => peer.connectionCount === 0);
      // The first call may still find out about the cut; the one after it must not.
      await writer.write(trades(1, 2)).catch((error: EngineError) => {
        expect(error.retry).toBe('retry');
      });
      expect(await writer.write(trades(1, 3))).toMatchObject({ trades: 1 });
    }));

  test('and whose lock the server still has with it says retry until it is free', () =>
    withBackedStore(async ({ peer, writer }) => {
      const taken = () => ({ columns: ['result'], rows: [{ result: -1 }] });
      peer.answers.push({ match: /sp_getapplock/, give: taken });
      peer.cut();
      const codes = new Set<string>();
      await until('the lock is found taken', async () => {
        const error = await failure(writer.write(trades(1)));
        expect(error.retry).toBe('retry');
        codes.add(error.code);
        return codes.has('store-busy');
      });
      peer.answers.length = 0;
      expect(await writer.write(trades(1))).toMatchObject({ trades: 1 });
    }));

  test('by silence is given up after its timeout', () =>
    withBackedStore(async ({ peer, writer }) => {
      peer.faults.push({ when: isTradeLoad, does: 'hang' });
      expect(await failure(writer.write(trades(3)))).toMatchObject({
        retry: 'retry',
        code: 'store-connection',
      });
      expect(await writer.write(trades(3))).toMatchObject({ trades: 3 });
    }, 'encrypt=false&timeout_ms=500'));

  test('as the victim of a deadlock says retry and goes on', () =>
    withBackedStore(async ({ peer, writer }) => {
      const victim = { number: 1205, message: 'chosen as the deadlock victim', class: 13 };
      const isInsert = (event: PeerEvent) =>
        event.kind === 'batch' && event.sql.startsWith('INSERT INTO dbo.trade');
      peer.faults.push({ when: isInsert, does: victim });
      expect(await failure(writer.write(trades(3)))).toMatchObject({
        retry: 'retry',
        code: 'store-busy',
      });
      expect(await writer.write(trades(3))).toMatchObject({ trades: 3, tradeDuplicates: 0 });
    }));

  test('by a slow answer waits for it', () =>
    withBackedStore(async ({ peer, writer }) => {
      peer.faults.push({ when: isTradeLoad, does: { delayMs: 200 } });
      expect(await writer.write(trades(3))).toMatchObject({ trades: 3 });
    }));
});

describe('a row that the server refuses', () => {
  const refusals = [
    { number: 2627, message: 'Violation of PRIMARY KEY constraint' },
    { number: 547, message: 'The INSERT statement conflicted with the CHECK constraint' },
    { number: 8152, message: 'String or binary data would be truncated' },
  ];
  for (const refusal of refusals) {
    test(`with ${refusal.number} is found, set aside with its content, and the rest lands`, () =>
      withBackedStore(async ({ peer, writer, reader }) => {
        const isBad = (event: PeerEvent) =>
          event.kind === 'load' &&
          event.rows.some((row) => row[event.columns.indexOf('trade_id')] === 13);
        peer.faults.push({ when: isBad, does: refusal, times: Number.POSITIVE_INFINITY });
        expect(await writer.write(trades(40))).toMatchObject({ trades: 39, quarantined: 1 });
        const open = await reader();
        const ids = (await open.trades(WHOLE)).map((row) => row.trade_id);
        expect(ids.length).toBe(39);
        expect(ids).not.toContain(13);
        const [gap, ...others] = await open.gaps({ kind: 'quarantine', ...WHOLE });
        expect(others).toEqual([]);
        expect(gap?.cause).toContain(String(refusal.number));
        expect(gap?.how).toContain('"record":"trade"');
        peer.faults.length = 0;
        expect(await writer.write(trades(1, 100))).toMatchObject({ trades: 1, quarantined: 0 });
      }));
  }

  test('would be refused for its length is set aside before it is sent', () =>
    withBackedStore(async ({ peer, writer, reader }) => {
      const long = 'x'.repeat(201);
      const batch = new BatchBuilder().trade({ id: 1 }).raw(RecordType.trade, longIdWords(long));
      expect(await writer.write(batch.build())).toMatchObject({ trades: 1, quarantined: 1 });
      const sent = peer.loads('#trade_in').flatMap((load) => load.rows.map((row) => row[5]));
      expect(sent).not.toContain(long);
      const [gap] = await (await reader()).gaps({ kind: 'quarantine', ...WHOLE });
      expect(gap?.cause).toContain('201 characters');
    }));
});

describe('a server that cannot be written to', () => {
  const refusals = [
    [18456, "Login failed for user 'writer'.", 'store-login', /check user and password/],
    [4060, 'Cannot open database "market".', 'store-database', /create the database/],
  ] as const;
  for (const [number, message, code, advice] of refusals) {
    test(`for ${number} is said in one line without the password, and tried again`, async () => {
      const backing = new SqliteBacking();
      const peer = await TdsPeer.start({ openSession: () => backing.openSession() });
      peer.faults.push({
        when: (event) => event.kind === 'login',
        does: { number, message, class: 14 },
      });
      const writer = makeWriter(peer.url());
      const error = await failure(writer.open());
      expect(error).toMatchObject({ code, retry: 'fatal' });
      expect(error.message).toMatch(advice);
      expect(error.message).not.toMatch(/secret|\n/);
      await writer.open();
      await writer.close();
      await peer.close();
      backing.remove();
    });
  }

  test('for it is down says retry, and the same writer opens it once it is up', async () => {
    const backing = new SqliteBacking();
    const first = await TdsPeer.start();
    const { port } = first;
    const writer = makeWriter(first.url());
    await first.close();
    expect(await failure(writer.open())).toMatchObject({
      code: 'store-connection',
      retry: 'retry',
    });
    await expect(writer.registerInstruments([BTC])).rejects.toMatchObject({ retry: 'retry' });
    const peer = await TdsPeer.start({ openSession: () => backing.openSession(), port });
    await writer.open();
    expect(await writer.write(trades(2))).toMatchObject({ trades: 2 });
    await writer.close();
    await peer.close();
    backing.remove();
  });

  test('for permission names the script that gives it', () =>
    withBackedStore(async ({ peer, writer }) => {
      const denied = { number: 229, message: 'The INSERT permission was denied', class: 14 };
      peer.faults.push({ when: isTradeLoad, does: denied });
      const error = await failure(writer.write(trades(1)));
      expect(error).toMatchObject({ code: 'store-permission', retry: 'fatal' });
      expect(error.message).toContain('roles.sql');
      expect(await writer.write(trades(1))).toMatchObject({ trades: 1 });
    }));
});
