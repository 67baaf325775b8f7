/** A SQLite store as any tool would read it: plain SQL, nothing of the project's code. */
import { Database } from 'bun:sqlite';

export type SqlRow = Record<string, string | number | null>;

/** Rows of a query, on a connection of its own. */
export function rowsOf(path: string, sql: string, ...values: (string | number)[]): SqlRow[] {
  const db = new Database(path, { readonly: true });
  try {
    return db.query<SqlRow, (string | number)[]>(sql).all(...values);
  } finally {
    db.close();
  }
}

/** The one number of a query. */
export function numberOf(path: string, sql: string, ...values: (string | number)[]): number {
  return Number(Object.values(rowsOf(path, sql, ...values)[0] ?? {})[0]);
}

/** Runs differ in these by their nature: when they ran, and when the file was made. */
const OF_THE_RUN = ['sessions', 'schema_migrations'];
/** How a candle came about, not what it is: a start makes candles again from stored trades. */
const OF_THE_MAKING: Readonly<Record<string, readonly string[]>> = {
  candle: ['recv_us', 'rebuilt'],
};

/** Count and hash of the rows of every table and view, by name; order of rows does not matter. */
export function fingerprint(path: string): Record<string, string> {
  const tables = rowsOf(
    path,
    `SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'`,
  );
  const names = tables.map(({ name }) => String(name)).filter((n) => !OF_THE_RUN.includes(n));
  return Object.fromEntries(names.sort().map((name) => [name, rowsPrint(path, name)]));
}

/** Count and hash of the rows of one table or view. */
export function rowsPrint(path: string, table: string, where = 'true'): string {
  const rows = rowsOf(path, `SELECT * FROM "${table}" WHERE ${where}`);
  const left = OF_THE_MAKING[table] ?? [];
  const lines = rows.map((row) =>
    JSON.stringify(Object.entries(row).filter(([name]) => !left.includes(name))),
  );
  const text = lines.sort().join('\n');
  const hash = new Bun.CryptoHasher('sha256').update(text).digest('hex');
  return `${rows.length} rows ${hash.slice(0, 16)}`;
}
