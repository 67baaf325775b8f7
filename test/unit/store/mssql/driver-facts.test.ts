/**
 * What the driver does that the store is built around. When one of these fails after an update of
 * the driver, the code that names the fact can go.
 */
import { describe, expect, test } from 'bun:test';
import {
  type ConnectionPool,
  DateTime2,
  Decimal,
  Float,
  ConnectionPool as Pool,
  Table,
  VarChar,
} from 'mssql';
import { driverConfig } from '../../../../src/store/mssql/database.ts';
import { readSettings } from '../../../../src/store/mssql/settings.ts';
import { type DriverDate, dateUs } from '../../../../src/store/mssql/values.ts';
import { TdsPeer } from '../../../support/tds-peer/peer.ts';

async function withPool(body: (pool: ConnectionPool, peer: TdsPeer) => Promise<void>) {
  const peer = await TdsPeer.start();
  const pool = new Pool(driverConfig(readSettings(peer.url()), 'facts'));
  pool.on('error', () => {});
  try {
    await pool.connect();
    await body(pool, peer);
  } finally {
    await pool.close();
    await peer.close();
  }
}

function loadOf(type: Parameters<Table['columns']['add']>[1], value: unknown): Table {
  const table = new Table('facts');
  table.columns.add('value', type, { nullable: true });
  if (value !== undefined) table.rows.add(value as never);
  return table;
}

describe('the driver', () => {
  test('carries microseconds of a Date in nanosecondDelta, in seconds', () =>
    withPool(async (pool, peer) => {
      const date = Object.assign(new Date('2026-01-01T00:00:00.123Z'), {
        nanosecondDelta: 0.000456,
      });
      await pool.request().bulk(loadOf(DateTime2(6), date));
      expect(peer.loads()[0]?.rows).toEqual([[1_767_225_600_123_456]]);
    }));

  test('cuts a time given as text to milliseconds', () =>
    withPool(async (pool, peer) => {
      await pool.request().bulk(loadOf(DateTime2(6), '2026-01-01T00:00:00.123456Z'));
      expect(peer.loads()[0]?.rows).toEqual([[1_767_225_600_123_000]]);
    }));

  test('reads times with nanosecondsDelta, which dateUs puts together again', () =>
    withPool(async (pool, peer) => {
      const ts = new Date('2026-01-01T00:00:00.123Z');
      peer.answers.push({ match: /^SELECT ts/, give: () => ({ columns: ['ts'], rows: [{ ts }] }) });
      const { recordset } = await pool.request().batch<{ ts: DriverDate }>('SELECT ts');
      expect(dateUs(recordset[0]?.ts as DriverDate)).toBe(1_767_225_600_123_000);
      const read = Object.assign(new Date(ts), { nanosecondsDelta: 0.000456 });
      expect(dateUs(read)).toBe(1_767_225_600_123_456);
    }));

  test('reads BIGINT as text', () =>
    withPool(async (pool, peer) => {
      const id = 2n ** 53n + 1n;
      peer.answers.push({ match: /^SELECT id/, give: () => ({ columns: ['id'], rows: [{ id }] }) });
      const { recordset } = await pool.request().batch('SELECT id');
      expect(recordset).toEqual([{ id: '9007199254740993' }] as never);
    }));

  test('writes FLOAT as it is, and DECIMAL through a float', () =>
    withPool(async (pool, peer) => {
      await pool.request().bulk(loadOf(Float, 18.4));
      expect(peer.loads()[0]?.rows).toEqual([[18.4]]);
      // Eighteen decimals of a float of sixteen digits are not the number that was given.
      expect(BigInt(Math.round(18.4 * 10 ** 18))).not.toBe(18_400_000_000_000_000_000n);
      expect(typeof Decimal).toBe('function');
    }));

  test('breaks the connection over a text that it finds wrong in mid-load', () =>
    withPool(async (pool) => {
      const table = loadOf(VarChar(5), 'a');
      table.rows.add(Symbol('no text') as never);
      await expect(pool.request().bulk(table)).rejects.toThrow();
    }));
});
