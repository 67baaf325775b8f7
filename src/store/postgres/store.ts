/** The PostgreSQL store: `postgres://user:password@host:port/database`. See docs/STORES.md. */
import type { StoreModule } from '../contract.ts';
import { parseDatabaseUrl, SCHEME } from './database-url.ts';
import { openPostgresMigrations } from './migration-target.ts';
import { openPostgresReader } from './reader.ts';
import { PostgresWriter } from './writer.ts';

export const store: StoreModule = {
  scheme: SCHEME,
  identity: (url) => `//${parseDatabaseUrl(url).where}`,
  createWriter: (url, options) => new PostgresWriter(url, options),
  openReader: openPostgresReader,
  openMigrations: openPostgresMigrations,
};
