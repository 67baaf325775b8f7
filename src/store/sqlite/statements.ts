/**
 * Prepared statements with an end. `close` of a database leaves its files open while any statement
 * lives, so whoever prepares one finalizes it: here in one place for those kept, at once for
 * others.
 */
import type { Database, SQLQueryBindings, Statement } from 'bun:sqlite';

export class StatementSet {
  readonly #db: Database;
  readonly #kept: { finalize(): void }[] = [];

  constructor(db: Database) {
    this.#db = db;
  }

  /** A statement that lives until `finalize`. */
  prepare<Row = unknown, Values extends SQLQueryBindings[] = SQLQueryBindings[]>(
    sql: string,
  ): Statement<Row, Values> {
    const statement: unknown = this.#db.prepare(sql);
    this.#kept.push(statement as Statement);
    return statement as Statement<Row, Values>;
  }

  finalize(): void {
    for (const statement of this.#kept.splice(0)) statement.finalize();
  }
}

/** Rows of a statement used once. */
export function readRows<Row>(
  db: Database,
  sql: string,
  ...values: readonly (string | number)[]
): Row[] {
  const statement = db.prepare<Row, (string | number)[]>(sql);
  try {
    return statement.all(...values);
  } finally {
    statement.finalize();
  }
}
