/** The SQLite store: `sqlite:PATH`, one file, no server. The default store. */
import type { StoreModule } from '../contract.ts';
import { SCHEME } from './database.ts';
import { openSqliteReader } from './reader.ts';
import { SqliteWriter } from './writer.ts';

export const store: StoreModule = {
  scheme: SCHEME,
  createWriter: (url, options) => new SqliteWriter(url, options),
  openReader: openSqliteReader,
};
