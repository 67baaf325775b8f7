/**
 * Conformance targets of the SQL Server store. A real server is that of TICKSPINE_TEST_MSSQL_URL (a
 * login that may create databases), with a database of its own for each test. Besides, the suite
 * runs over the wire against the TDS peer with SQLite behind it: driver, packets, statements and
 * rows are the real ones then, the database is not.
 */
import { ConnectionPool, type config } from 'mssql';
import { formatUs } from '../../src/base/clock.ts';
import type { StoreModule } from '../../src/store/contract.ts';
import { driverConfig } from '../../src/store/mssql/database.ts';
import { readSettings } from '../../src/store/mssql/settings.ts';
import { type DriverDate, dateUs } from '../../src/store/mssql/values.ts';
import type { StoreTarget } from './store-targets.ts';
import { TdsPeer } from './tds-peer/peer.ts';
import { SqliteBacking } from './tds-peer/sqlite-backing.ts';

const VARIABLE = 'TICKSPINE_TEST_MSSQL_URL';
/** Tables in whose keys an id of a trade may be text. */
const WHOLE_NUMBER = /^-?(0|[1-9]\d{0,15})$/;

let made = 0;

export function mssqlTargets(module: StoreModule): readonly StoreTarget[] {
  return [serverTarget(module), peerTarget(module)];
}

function peerTarget(module: StoreModule): StoreTarget {
  return {
    name: 'mssql (TDS peer)',
    module,
    skipReason: '',
    async fresh() {
      const backing = new SqliteBacking();
      const peer = await TdsPeer.start({ keeps: false, openSession: () => backing.openSession() });
      const query = (sql: string) => runOn(peer.url(), sql);
      return {
        url: peer.url(),
        query,
        dump: () => dumpTables(query),
        dispose: async () => {
          await peer.close();
          backing.remove();
          // What the peer found wrong with the protocol fails the test, whatever else was right.
          if (peer.violations.length > 0) throw new Error(peer.violations.join('; '));
        },
      };
    },
  };
}

function serverTarget(module: StoreModule): StoreTarget {
  const adminUrl = process.env[VARIABLE] ?? '';
  return {
    module,
    skipReason: adminUrl === '' ? `${VARIABLE} names no SQL Server` : '',
    async fresh() {
      made += 1;
      const name = `tickspine_test_${process.pid}_${made}`;
      await runOn(adminUrl, `CREATE DATABASE ${name}`);
      const url = new URL(adminUrl);
      url.pathname = `/${name}`;
      const query = (sql: string) => runOn(url.href, sql);
      return {
        url: url.href,
        query,
        dump: () => dumpTables(query),
        dispose: async () => {
          await runOn(adminUrl, `DROP DATABASE ${name}`);
        },
      };
    },
  };
}

async function runOn(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const made = driverConfig(readSettings(url), 'tickspine test');
  const pool = new ConnectionPool({ ...made, pool: { max: 1 } } as config);
  try {
    await pool.connect();
    const { recordset } = await pool.request().batch<Record<string, unknown>>(sql);
    if (recordset === undefined) return [];
    const isWide = (name: string) => /bigint/i.test(typeName(recordset.columns[name]?.type));
    return recordset.map((row) => {
      const entries = Object.entries(row).map(([name, value]) => [
        name,
        plainValue(value, isWide(name) || name === 'trade_id'),
      ]);
      return Object.fromEntries(entries) as Record<string, unknown>;
    });
  } finally {
    await pool.close();
  }
}

function typeName(type: unknown): string {
  return typeof type === 'function' ? type.name : '';
}

/** As SQLite gives it: numbers as numbers, times as text. */
function plainValue(value: unknown, isNumber: boolean): unknown {
  if (value instanceof Date) return formatUs(dateUs(value as DriverDate));
  return isNumber && typeof value === 'string' && WHOLE_NUMBER.test(value) ? Number(value) : value;
}

async function dumpTables(
  query: (sql: string) => Promise<Record<string, unknown>[]>,
): Promise<string> {
  const tables = await query(`SELECT name FROM sys.tables
    WHERE name <> 'schema_migrations' AND schema_id = SCHEMA_ID('dbo') ORDER BY name`);
  const parts: string[] = [];
  for (const { name } of tables) {
    const rows = (await query(`SELECT * FROM dbo.${name}`)).map((row) => JSON.stringify(row));
    parts.push(`${name}\n${rows.sort().join('\n')}`);
  }
  return parts.join('\n\n');
}
