/**
 * Monthly partitions of the big tables, made when their first row comes, for old months as well.
 * What lies before 2009 or beyond next month is in `<table>_other`: a wrong clock makes no
 * partitions.
 */
import { systemClock } from '../../base/clock.ts';
import type { Database } from './database.ts';
import { sqlState } from './server-errors.ts';

export const PARTITIONED = ['trade', 'quote', 'book_snapshot', 'book_delta'] as const;
export type PartitionedTable = (typeof PARTITIONED)[number];

const FIRST_MONTH = 2009 * 12;
const US_PER_MS = 1_000;

/** Indexes that each partition has by itself: unique without the column that parts it. */
const OWN_INDEXES: Readonly<Record<PartitionedTable, readonly string[]>> = {
  trade: [
    'UNIQUE INDEX IF NOT EXISTS %_id ON % (instrument, tape, trade_id) WHERE text_id IS NULL',
    'UNIQUE INDEX IF NOT EXISTS %_text ON % (instrument, tape, text_id) WHERE text_id IS NOT NULL',
  ],
  quote: [],
  book_snapshot: [],
  book_delta: [
    `UNIQUE INDEX IF NOT EXISTS %_key
      ON % (instrument, first_sequence, sequence, unnumbered_us)`,
  ],
};

/** Months since year 0. */
export function monthOf(us: number): number {
  const date = new Date(us / US_PER_MS);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

function monthStartUs(month: number): number {
  return Date.UTC(Math.floor(month / 12), month % 12) * US_PER_MS;
}

export class PartitionSet {
  readonly #db: Database;
  /** Names of partitions that are there. */
  readonly #known = new Set<string>();
  /** Names of months whose rows stay in `<table>_other`, where some were before. */
  readonly #refused = new Set<string>();

  private constructor(db: Database) {
    this.#db = db;
  }

  /** Reads what is there and makes what is missing for good. */
  static async load(db: Database): Promise<PartitionSet> {
    const set = new PartitionSet(db);
    const rows = await db.rows<{ name: string }>(
      `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
       WHERE i.inhparent = ANY ($1::text[]::regclass[]) AND c.relkind = 'r'`,
      [[...PARTITIONED]],
    );
    for (const { name } of rows) set.#known.add(name);
    for (const table of PARTITIONED) {
      const name = otherName(table);
      if (!set.#known.has(name)) await set.#create(table, name, 'DEFAULT');
    }
    return set;
  }

  /** All partitions of a table. */
  of(table: PartitionedTable): string[] {
    return [...this.#known].filter((name) => name.startsWith(`${table}_`) && isOf(table, name));
  }

  /** The partition that rows of the time `us` go to as things are. */
  placeOf(table: PartitionedTable, us: number): string {
    const name = monthName(table, monthOf(us));
    return this.#known.has(name) ? name : otherName(table);
  }

  /** Makes the partition for rows of the time `us` where one is due; in no transaction. */
  async ensure(table: PartitionedTable, us: number): Promise<void> {
    const month = monthOf(us);
    const name = monthName(table, month);
    if (this.#known.has(name) || this.#refused.has(name)) return;
    if (month < FIRST_MONTH || month > monthOf(systemClock.wallUs()) + 1) return;
    try {
      await this.#create(table, name, boundsSql(table, month));
    } catch (error) {
      // Rows of the month came while it was in the future: they stay where they are.
      if (sqlState((error as { readonly cause?: unknown }).cause) !== '23514') throw error;
      this.#refused.add(name);
    }
  }

  /**
   * Gives the space of months that ended before `us` and have no row left back to the disk. Returns
   * their names.
   */
  async dropEmpty(us: number): Promise<string[]> {
    const dropped: string[] = [];
    for (const name of this.#known) {
      const [, year, month] = /_(\d{4})(\d\d)$/.exec(name) ?? [];
      if (year === undefined || monthStartUs(Number(year) * 12 + Number(month)) > us) continue;
      const [row] = await this.#db.rows(`SELECT 1 FROM ${name} LIMIT 1`);
      if (row !== undefined) continue;
      await this.#db.script(`DROP TABLE ${name}`);
      this.#known.delete(name);
      dropped.push(name);
    }
    return dropped;
  }

  /** One text of several statements is a transaction of its own, undone whole when one fails. */
  async #create(table: PartitionedTable, name: string, bounds: string): Promise<void> {
    const indexes = OWN_INDEXES[table].map((sql) => `CREATE ${sql.replaceAll('%', name)}`);
    await this.#db.script(
      [`CREATE TABLE IF NOT EXISTS ${name} PARTITION OF ${table} ${bounds}`, ...indexes].join(
        ';\n',
      ),
    );
    this.#known.add(name);
  }
}

export function otherName(table: PartitionedTable): string {
  return `${table}_other`;
}

function monthName(table: PartitionedTable, month: number): string {
  const [year, number] = [Math.floor(month / 12), (month % 12) + 1];
  return `${table}_${year}${String(number).padStart(2, '0')}`;
}

function isOf(table: PartitionedTable, name: string): boolean {
  return /^(\d{6}|other)$/.test(name.slice(table.length + 1));
}

function boundsSql(table: PartitionedTable, month: number): string {
  const [from, to] = [month, month + 1].map((edge) => {
    const us = monthStartUs(edge);
    return table === 'trade' ? `'${new Date(us / US_PER_MS).toISOString()}'` : String(us);
  });
  return `FOR VALUES FROM (${from}) TO (${to})`;
}
