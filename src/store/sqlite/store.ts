/** The SQLite store: `sqlite:PATH`, one file, no server. The default store. */
import { resolve } from 'node:path';
import type { StoreModule } from '../contract.ts';
import { backupSqlite } from './backup.ts';
import { SCHEME, sqlitePath } from './database.ts';
import { openSqliteMigrations } from './migration-target.ts';
import { openSqliteReader } from './reader.ts';
import { SqliteWriter } from './writer.ts';

export const store: StoreModule = {
  scheme: SCHEME,
  identity: (url) => resolve(sqlitePath(url)),
  createWriter: (url, options) => new SqliteWriter(url, options),
  openReader: openSqliteReader,
  openMigrations: openSqliteMigrations,
  backup: backupSqlite,
};
