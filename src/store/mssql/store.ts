/** The SQL Server store: `mssql://user:password@host:port/database`. */
import type { StoreModule } from '../contract.ts';
import { openMssqlMigrations } from './migration-target.ts';
import { openMssqlReader } from './reader.ts';
import { SCHEME } from './settings.ts';
import { createMssqlWriter } from './writer.ts';

export const store: StoreModule = {
  scheme: SCHEME,
  createWriter: createMssqlWriter,
  openReader: openMssqlReader,
  openMigrations: openMssqlMigrations,
};
