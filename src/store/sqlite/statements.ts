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

/** Texts of a reader are few; more than that many are forgotten oldest first. */
const KEPT_COUNT_MAX = 64;

/** Statements of a reader, prepared once a text: half of a short query is its preparation. */
export class ReadStatements {
  readonly #db: Database;
  readonly #byText = new Map<string, Statement<unknown, (string | number)[]>>();

  constructor(db: Database) {
    this.#db = db;
  }

  rows<Row>(sql: string, ...values: readonly (string | number)[]): Row[] {
    let statement = this.#byText.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare<unknown, (string | number)[]>(sql);
      this.#byText.set(sql, statement);
      if (this.#byText.size > KEPT_COUNT_MAX) this.#forgetOldest();
    }
    return statement.all(...values) as Row[];
  }

  finalize(): void {
    for (const statement of this.#byText.values()) statement.finalize();
    this.#byText.clear();
  }

  #forgetOldest(): void {
    const [oldest] = this.#byText;
    if (oldest === undefined) return;
    const [text, statement] = oldest;
    this.#byText.delete(text);
    statement.finalize();
  }
}
