/** The writing side of the PostgreSQL store. What it does is in `ServerWriter`. */
import type { StoreOptions } from '../contract.ts';
import { ServerWriter } from '../server/server-writer.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { PostgresDriver } from './session.ts';

export class PostgresWriter extends ServerWriter {
  constructor(url: string, options: StoreOptions) {
    super(new PostgresDriver(parseDatabaseUrl(url)), options);
  }
}
