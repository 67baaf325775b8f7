/**
 * The stores the conformance suite runs for, each with what makes a fresh, empty one. A store that
 * needs a server is skipped, with the reason, when its URL is not in the environment.
 */
import { Database } from 'bun:sqlite';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreModule } from '../../src/store/contract.ts';
import { discoverStores } from '../../src/store/open-store.ts';
import { mssqlTargets } from './mssql-target.ts';
import { OutsidePostgres, outsideSkipReason, type PostgresHost } from './postgres-outside.ts';
import { dumpDatabase, queryAsContract } from './postgres-rows.ts';
import { postgresSkipReason, sharedPostgres } from './postgres-server.ts';

export interface FreshStore {
  readonly url: string;
  /** Rows of a query that every store understands (names of DESIGN's section on the schema). */
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Every row of every table, in a fixed order, as text. Times of migrations left out. */
  dump(): Promise<string>;
  /** Ledger, coverage and trades are left; nothing of the writer's process is. */
  dispose(): Promise<void>;
}

export interface StoreTarget {
  /** Where it is not the scheme. */
  readonly name?: string;
  readonly module: StoreModule;
  /** Why it cannot run here, or ''. */
  readonly skipReason: string;
  fresh(): Promise<FreshStore>;
}

type TargetFactory = (module: StoreModule) => StoreTarget | readonly StoreTarget[];

const FACTORIES: Readonly<Record<string, TargetFactory>> = {
  sqlite: sqliteTarget,
  mssql: mssqlTargets,
  postgres: postgresTargets,
};

export async function storeTargets(): Promise<readonly StoreTarget[]> {
  const modules = await discoverStores();
  return modules.flatMap((module) => {
    const factory = FACTORIES[module.scheme];
    if (factory === undefined) throw new Error(`no conformance target for ${module.scheme}:`);
    return factory(module);
  });
}

function sqliteTarget(module: StoreModule): StoreTarget {
  return {
    module,
    skipReason: '',
    async fresh() {
      const folder = mkdtempSync(join(tmpdir(), 'tickspine-store-'));
      const path = join(folder, 'store.db');
      return {
        url: `sqlite:${path}`,
        query: async (sql) => queryFile(path, sql),
        dump: async () => dumpFile(path),
        dispose: async () => rmSync(folder, { recursive: true, force: true }),
      };
    },
  };
}

function postgresTargets(module: StoreModule): readonly StoreTarget[] {
  return [
    {
      module,
      skipReason: postgresSkipReason(),
      fresh: async () => freshOn(await sharedPostgres()),
    },
    {
      name: 'postgres (outside)',
      module,
      skipReason: outsideSkipReason(),
      fresh: () => freshOn(new OutsidePostgres()),
    },
  ];
}

async function freshOn(server: PostgresHost): Promise<FreshStore> {
  const database = await server.createDatabase();
  return {
    url: server.url(database),
    query: (sql) => queryAsContract(server, database, sql),
    dump: () => dumpDatabase(server, database),
    dispose: () => server.dropDatabase(database),
  };
}

function queryFile(path: string, sql: string): Record<string, unknown>[] {
  const db = new Database(path, { readonly: true });
  try {
    return db.query<Record<string, unknown>, []>(sql).all();
  } finally {
    db.close();
  }
}

function dumpFile(path: string): string {
  const tables = queryFile(
    path,
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
     AND name <> 'schema_migrations' ORDER BY name`,
  );
  return tables
    .map(({ name }) => {
      const rows = queryFile(path, `SELECT * FROM ${name}`).map((row) => JSON.stringify(row));
      return `${name}\n${rows.sort().join('\n')}`;
    })
    .join('\n\n');
}
