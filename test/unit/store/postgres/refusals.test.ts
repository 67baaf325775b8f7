/** What PostgreSQL refuses for good, and rows it refuses: one line that says what to do. */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StatusKind } from '../../../../src/model/record-layout.ts';
import { parseDatabaseUrl } from '../../../../src/store/postgres/database-url.ts';
import { store } from '../../../../src/store/postgres/store.ts';
import { BatchBuilder, NEW_YEAR_US } from '../../../support/batch-builder.ts';
import {
  type PostgresServer,
  postgresSkipReason,
  sharedPostgres,
} from '../../../support/postgres-server.ts';
import { BTC, timeframes } from '../../../support/store-suite.ts';

const skipReason = postgresSkipReason();
const OPTIONS = { timeframes: timeframes('1m'), bookDeltas: true };
const ROLES = join(import.meta.dirname, '../../../../sql/postgres/roles.sql');
const WHOLE = { limit: 100, order: 'asc' } as const;

async function inDatabase(
  body: (server: PostgresServer, database: string) => Promise<void>,
): Promise<void> {
  const server = await sharedPostgres();
  const database = await server.createDatabase();
  try {
    await body(server, database);
  } finally {
    await server.dropDatabase(database);
  }
}

function opening(url: string): Promise<void> {
  return store.createWriter(url, OPTIONS).open();
}

describe.skipIf(skipReason !== '')('PostgreSQL refuses', () => {
  test('a wrong password, and the password is nowhere in the message', () =>
    inDatabase(async (server, database) => {
      const url = server.url(database).replace(/:[^:@/]+@/, ':hunter2@');
      const refused = opening(url);
      await expect(refused).rejects.toMatchObject({ code: 'store-access', retry: 'fatal' });
      const message = await refused.catch((error: Error) => error.message);
      expect(message).toMatch(/password authentication failed.*28P01.*check user, password/);
      expect(message).not.toMatch(/hunter2|\n/);
    }));

  test('no password', () =>
    inDatabase(async (server, database) => {
      const refused = opening(server.url(database).replace(/:[^:@/]+@/, '@'));
      await expect(refused).rejects.toMatchObject({ code: 'store-access', retry: 'fatal' });
      await expect(refused).rejects.toThrow(/wants a password: give it in the store URL/);
    }));

  test('a database that is not there', async () => {
    const server = await sharedPostgres();
    const refused = opening(server.url('nowhere'));
    await expect(refused).rejects.toMatchObject({ code: 'store-missing', retry: 'fatal' });
    await expect(refused).rejects.toThrow(/nowhere.*make the database first/);
  });

  test('a role without rights', () =>
    inDatabase(async (server, database) => {
      await server.query(database, 'CREATE ROLE nobody_special LOGIN');
      try {
        const refused = opening(server.socketUrl(database, 'nobody_special'));
        await expect(refused).rejects.toMatchObject({ code: 'store-access', retry: 'fatal' });
        await expect(refused).rejects.toThrow(/42501.*roles\.sql/);
      } finally {
        await server.query(database, 'DROP ROLE nobody_special');
      }
    }));

  test('a certificate that cannot be checked, and never goes on in plain text', () =>
    inDatabase(async (server, database) => {
      const refused = opening(server.url(database, '?sslmode=verify-full'));
      await expect(refused).rejects.toMatchObject({ code: 'store-tls', retry: 'fatal' });
      const roots = join(server.folder, 'server.crt');
      const checked = store.createWriter(
        server.url(database, `?sslmode=verify-full&sslrootcert=${roots}`),
        OPTIONS,
      );
      await checked.open();
      // The certificate is for 127.0.0.1 alone.
      const other = server.url(database, `?sslmode=verify-full&sslrootcert=${roots}`);
      const elsewhere = opening(other.replace('127.0.0.1', 'localhost'));
      await expect(elsewhere).rejects.toMatchObject({ code: 'store-tls' });
      const using = `SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE datname = '${database}' AND application_name LIKE 'tickspine-writer%'`;
      expect(await server.query('postgres', using)).toEqual([{ ssl: true }]);
      await checked.close();
      await server.query('postgres', 'ALTER SYSTEM SET ssl = off');
      await server.restartWithSettings();
      try {
        const plain = opening(server.url(database, '?sslmode=require'));
        await expect(plain).rejects.toMatchObject({ code: 'store-tls', retry: 'fatal' });
        await expect(plain).rejects.toThrow(/sslmode=require/);
      } finally {
        await server.query('postgres', 'ALTER SYSTEM RESET ssl');
        await server.restartWithSettings();
      }
    }));

  test('rows that it cannot hold: they go to the ledger and the rest of the batch lands', () =>
    inDatabase(async (server, database) => {
      const url = server.url(database);
      const writer = store.createWriter(url, OPTIONS);
      await writer.open();
      await writer.registerInstruments([BTC]);
      const builder = new BatchBuilder();
      for (let id = 1; id <= 100; id += 1) builder.trade({ id });
      // A text of PostgreSQL has no NUL; what a venue sends may.
      builder.trade({ id: 'bad\u0000id' }).trade({ id: 'fine' });
      const fromUs = NEW_YEAR_US;
      builder.status({ kind: StatusKind.gap, channel: 0, fromId: 5, fromUs, cause: 'x\u0000y' });
      builder.status({ kind: StatusKind.gap, channel: 0, fromId: 9, fromUs, cause: 'fine' });
      builder.candle();
      const result = await writer.write(builder.build());
      expect(result).toMatchObject({ trades: 101, candles: 1, gaps: 1, quarantined: 2 });
      expect(result.tradeDuplicates).toBe(0);
      const reader = await store.openReader(url);
      const gaps = await reader.gaps({ kind: 'quarantine', ...WHOLE });
      expect(gaps.map((gap) => gap.how).join()).toContain('bad\\\\u0000id'.replace('\\\\', '\\'));
      expect(gaps[0]?.cause).toContain('22021');
      // Again: nothing new.
      expect(await writer.write(builder.build())).toMatchObject({ trades: 0, candles: 0, gaps: 0 });
      expect(await reader.gaps({ kind: 'quarantine', ...WHOLE })).toEqual(gaps);
      // A rule of the desk's own is such a refusal, too.
      await server.query(database, 'ALTER TABLE quote ADD CHECK (bid_price < 1000) NOT VALID');
      const quotes = new BatchBuilder()
        .quote([1, 1, 2, 1], fromUs)
        .quote([5_000, 1, 5_001, 1], fromUs + 1)
        .quote([2, 1, 3, 1], fromUs + 2);
      expect(await writer.write(quotes.build())).toMatchObject({ quotes: 2, quarantined: 1 });
      await reader.close();
      await writer.close();
    }));

  test('the reader role to write, and lets the writer role do all it needs', () =>
    inDatabase(async (server, database) => {
      const roles = readFileSync(ROLES, 'utf8');
      await server.query(database, roles);
      await server.query(database, roles);
      const writer = store.createWriter(server.socketUrl(database, 'tickspine_writer'), OPTIONS);
      await writer.open();
      await writer.registerInstruments([BTC]);
      const batch = new BatchBuilder().trade({ id: 1 }).trade({ id: 1 }).quote([1, 2, 3, 4]);
      const old = batch
        .trade({ id: 2, tsUs: Date.UTC(2015, 3) * 1_000 })
        .candle()
        .build();
      expect(await writer.write(old)).toMatchObject({ trades: 2, tradeDuplicates: 1, candles: 1 });
      expect(await writer.createKlinesView(BTC, '1m')).toBe('binance_btcusdt_klines');
      expect(await writer.prune({ table: 'trades' }, NEW_YEAR_US, 10)).toBe(1);
      const readerUrl = server.socketUrl(database, 'tickspine_reader');
      const reader = await store.openReader(readerUrl);
      expect(await reader.trades(WHOLE)).toHaveLength(1);
      expect(await reader.candles({ ...BTC, ...WHOLE, timeframe: '1m' })).toHaveLength(1);
      await reader.close();
      const options = '-c default_transaction_read_only=off';
      const asReader = (sql: string) =>
        server.query(database, sql, { user: 'tickspine_reader', options });
      expect(await asReader('SELECT * FROM binance_btcusdt_klines')).toHaveLength(1);
      for (const sql of ['DELETE FROM trade', 'DROP VIEW trades', 'CREATE TABLE mine (a int)']) {
        await expect(asReader(sql)).rejects.toThrow(/denied|owner/);
      }
      await expect(opening(readerUrl)).rejects.toMatchObject({ retry: 'fatal' });
      await writer.close();
      for (const role of ['tickspine_writer', 'tickspine_reader']) {
        await server.query(database, `DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
      }
    }));
});

describe('a postgres URL', () => {
  test('asks for TLS unless the server is this machine', () => {
    const mode = (url: string) => parseDatabaseUrl(url).sslMode;
    expect(mode('postgres://u@db.example.com/market')).toBe('require');
    expect(mode('postgresql://u@10.0.0.7:5433/market')).toBe('require');
    expect(mode('postgres://u@127.0.0.1/market')).toBe('disable');
    expect(mode('postgres://u@127.8.9.10/market')).toBe('disable');
    expect(mode('postgres://u@127.evil.example/market')).toBe('require');
    expect(mode('postgres://u@127.0.0.1.example/market')).toBe('require');
    expect(mode('postgres://u@db/market?host=127.0.0.1.example')).toBe('require');
    expect(mode('postgres://u@[::1]/market')).toBe('disable');
    expect(mode('postgres://u@/market?host=%2Frun%2Fpostgresql')).toBe('disable');
    expect(mode('postgres://u@127.0.0.1/market?sslmode=require')).toBe('require');
    expect(mode('postgres://u@db.example.com/market?sslmode=disable')).toBe('disable');
  });

  test('gives user, password and port, escaped or not', () => {
    const url = parseDatabaseUrl('postgres://me%40desk:p%3Aw%2F@db:6000/my%20market');
    expect(url).toMatchObject({ user: 'me@desk', password: 'p:w/', port: 6000, host: 'db' });
    expect(url).toMatchObject({ database: 'my market', timeoutMs: 15_000 });
  });

  test('that is wrong is refused in one line without its password', () => {
    const wrong: readonly (readonly [string, RegExp])[] = [
      ['postgres:market', /is no URL/],
      ['postgres://u:secret@db', /names no database/],
      ['postgres://db/market', /names no user/],
      ['postgres://u:secret@db/market?sslmode=prefer', /sslmode 'prefer': use disable, require/],
      ['postgres://u:secret@db/market?sslrootcert=nowhere', /sslrootcert that cannot be read/],
      ['postgres://u:secret@db/market?timeout_ms=5', /timeout_ms outside 100\.\.600000/],
      ['postgres://u:secret@db/market?ssl=1', /unknown parameter 'ssl'/],
      ['postgres://u:secret%@db/market', /^store URL '[^']*' has a % that.*percent-encode.*%25/],
      ['postgres://u:50%off-secret@db/market', /has a % that encodes nothing/],
      ['postgres://u%:secret@db/market', /has a % that encodes nothing/],
      ['postgres://u:p@db/mar%ket', /has a % that encodes nothing/],
      ['postgres://u:secret/x@db/market', /^store URL 'postgres:\/\/u:\*\*\*@db.*percent-encode/],
      ['postgres://u:1/secret@db/market', /percent-encode/],
      ['postgres://u:secret?x@db/market', /percent-encode/],
      ['postgres://u:1?secret@db/market', /percent-encode/],
      ['postgres://u:a@b#secret@db/market', /percent-encode/],
    ];
    for (const [url, message] of wrong) {
      expect(() => parseDatabaseUrl(url)).toThrow(message);
      expect(() => parseDatabaseUrl(url)).not.toThrow(/secret/);
    }
  });
});
