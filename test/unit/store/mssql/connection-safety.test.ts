/** TLS and passwords: what is refused, what is said, and that nothing secret goes in plain text. */
import { describe, expect, test } from 'bun:test';
import { ConnectionPool, type config } from 'mssql';
import type { EngineError } from '../../../../src/base/errors.ts';
import { store } from '../../../../src/store/mssql/store.ts';
import { BatchBuilder } from '../../../support/batch-builder.ts';
import { makeWriter, withBackedStore } from '../../../support/tds-peer/backed-store.ts';
import { TdsPeer } from '../../../support/tds-peer/peer.ts';

const NAMED = 'encrypt=true&serverName=tds-peer.test';

async function failure(task: Promise<unknown>): Promise<EngineError> {
  try {
    await task;
  } catch (error) {
    return error as EngineError;
  }
  throw new Error('it did not fail');
}

describe('a server without TLS', () => {
  test('gets no login when the URL asks for TLS, which is the default', async () => {
    const peer = await TdsPeer.start({ tls: 'none' });
    for (const open of [
      () => makeWriter(peer.url('serverName=tds-peer.test')).open(),
      () => store.openReader(peer.url(NAMED)),
    ]) {
      const error = await failure(open());
      expect(error).toMatchObject({ code: 'store-tls', retry: 'fatal' });
      expect(error.message).toMatch(/offers no TLS.*no password was sent.*encrypt=false/);
      expect(error.message).not.toMatch(/secret|\n/);
    }
    expect(peer.events.filter((event) => event.kind === 'login')).toEqual([]);
    await peer.close();
  });

  test('is what the driver alone would have logged in to, password and all', async () => {
    const peer = await TdsPeer.start({ tls: 'none' });
    const options = { encrypt: true, serverName: 'tds-peer.test' };
    const server = { server: '127.0.0.1', port: peer.port, database: 'market' };
    const made = { ...server, user: 'writer', password: 'secret', options } as config;
    const pool = await new ConnectionPool(made).connect();
    await pool.close();
    const logins = peer.events.flatMap((event) => (event.kind === 'login' ? [event.login] : []));
    expect(logins[0]).toMatchObject({ user: 'writer', password: 'secret' });
    await peer.close();
  });
});

describe('a server with TLS', () => {
  test('whose certificate nobody vouches for is refused, with a line of what to do', async () => {
    const peer = await TdsPeer.start({ tls: 'offered' });
    const error = await failure(makeWriter(peer.url(NAMED)).open());
    expect(error).toMatchObject({ code: 'store-tls', retry: 'fatal' });
    expect(error.message).toContain('trustServerCertificate=true');
    expect(peer.events.filter((event) => event.kind === 'login')).toEqual([]);
    await peer.close();
  });

  test('takes rows and gives them back when the URL trusts its certificate', () =>
    withBackedStore(
      async ({ peer, writer, reader }) => {
        const builder = new BatchBuilder();
        for (let id = 1; id <= 3_000; id += 1) builder.trade({ id });
        expect(await writer.write(builder.build())).toMatchObject({ trades: 3_000 });
        const rows = await (await reader()).trades({ limit: 10_000, order: 'asc' });
        expect(rows.length).toBe(3_000);
        const [login] = peer.events.flatMap((event) => (event.kind === 'login' ? [event] : []));
        expect(login?.login).toMatchObject({ user: 'writer', password: 'secret' });
      },
      `${NAMED}&trustServerCertificate=true`,
      { tls: 'offered' },
    ));
});

describe('a reader', () => {
  test('says that it only reads when the URL says so', () =>
    withBackedStore(async ({ peer, reader }) => {
      peer.events.length = 0;
      await reader('encrypt=false&applicationIntent=ReadOnly');
      const logins = peer.events.flatMap((event) => (event.kind === 'login' ? [event.login] : []));
      expect(logins.length).toBeGreaterThan(0);
      for (const login of logins) expect(login.isReadOnly).toBe(true);
    }));

  test('goes on after its connections were cut', () =>
    withBackedStore(async ({ peer, reader }) => {
      const open = await reader();
      await open.instruments();
      peer.cut();
      // The first answer may be the news of the cut.
      await open.instruments().catch((error: EngineError) => expect(error.retry).toBe('retry'));
      expect((await open.instruments()).length).toBe(1);
    }));
});
