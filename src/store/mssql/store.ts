/** The SQL Server store: `mssql://user:password@host:port/database`. */
import type { StoreModule } from '../contract.ts';
import { openMssqlMigrations } from './migration-target.ts';
import { openMssqlReader } from './reader.ts';
import { readSettings, SCHEME } from './settings.ts';
import { createMssqlWriter } from './writer.ts';

export const store: StoreModule = {
  scheme: SCHEME,
  identity: (url) => `//${readSettings(url).where}`,
  createWriter: createMssqlWriter,
  openReader: openMssqlReader,
  openMigrations: openMssqlMigrations,
};
