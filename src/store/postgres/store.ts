/** The PostgreSQL store: `postgres://user:password@host:port/database`. See docs/STORES.md. */
import type { StoreModule } from '../contract.ts';
import { SCHEME } from './database-url.ts';
import { openPostgresMigrations } from './migration-target.ts';
import { openPostgresReader } from './reader.ts';
import { PostgresWriter } from './writer.ts';

const module = {
  scheme: SCHEME,
  createWriter: (url: string, options: ConstructorParameters<typeof PostgresWriter>[1]) =>
    new PostgresWriter(url, options),
  openReader: openPostgresReader,
  openMigrations: openPostgresMigrations,
};

export const store: StoreModule = module;
