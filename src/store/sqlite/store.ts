/** The SQLite store: `sqlite:PATH`, one file, no server. The default store. */
import type { StoreModule } from '../contract.ts';
import { backupSqlite } from './backup.ts';
import { SCHEME } from './database.ts';
import { openSqliteMigrations } from './migration-target.ts';
import { openSqliteReader } from './reader.ts';
import { SqliteWriter } from './writer.ts';

export const store: StoreModule = {
  scheme: SCHEME,
  createWriter: (url, options) => new SqliteWriter(url, options),
  openReader: openSqliteReader,
  openMigrations: openSqliteMigrations,
  backup: backupSqlite,
};
