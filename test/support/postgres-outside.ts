/**
 * The PostgreSQL of TICKSPINE_TEST_PG_URL (a superuser's login), for suites to run against one that
 * the tests do not start: another version, or with TimescaleDB. Each test has a database of its
 * own there, with the extension in it where the server has it loaded.
 */
import pg from 'pg';

const VARIABLE = 'TICKSPINE_TEST_PG_URL';
const EXTENSION_SQL = `SELECT count(*)::int AS n FROM pg_available_extensions
  WHERE name = 'timescaledb' AND current_setting('shared_preload_libraries') ~ 'timescaledb'`;

/** What suites need of a server, whoever started it. */
export interface PostgresHost {
  url(database?: string, parameters?: string): string;
  createDatabase(): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  query(
    database: string,
    sql: string,
    options?: pg.ClientConfig,
  ): Promise<Record<string, unknown>[]>;
}

/** Why the suites cannot run there, or ''. */
export function outsideSkipReason(): string {
  return adminUrl() === '' ? `${VARIABLE} names no PostgreSQL` : '';
}

/** Why nothing of TimescaleDB can be tried, or ''. */
export async function timescaleSkipReason(): Promise<string> {
  const reason = outsideSkipReason();
  if (reason !== '') return reason;
  const isThere = await new OutsidePostgres().hasTimescale();
  return isThere ? '' : `the server of ${VARIABLE} has no TimescaleDB loaded`;
}

let made = 0;

export class OutsidePostgres implements PostgresHost {
  #hasTimescale: boolean | undefined;

  url(database = 'postgres', parameters = ''): string {
    const url = new URL(adminUrl());
    url.pathname = `/${database}`;
    return `${url.href}${parameters}`;
  }

  /** Name of a new, empty database. */
  async createDatabase(): Promise<string> {
    made += 1;
    const name = `tickspine_test_${process.pid}_${made}`;
    await this.query('postgres', `CREATE DATABASE ${name}`);
    if (await this.hasTimescale()) await this.query(name, 'CREATE EXTENSION timescaledb');
    return name;
  }

  async dropDatabase(name: string): Promise<void> {
    await this.query('postgres', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }

  async hasTimescale(): Promise<boolean> {
    this.#hasTimescale ??= (await this.query('postgres', EXTENSION_SQL))[0]?.n === 1;
    return this.#hasTimescale;
  }

  async query(
    database: string,
    sql: string,
    options: pg.ClientConfig = {},
  ): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.url(database), ...options });
    await client.connect();
    try {
      return (await client.query(sql)).rows ?? [];
    } finally {
      await client.end();
    }
  }
}

function adminUrl(): string {
  return process.env[VARIABLE] ?? '';
}
