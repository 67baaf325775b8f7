/**
 * Rows into the bulk tables. Straight into the table by COPY where no row can be there already;
 * the unique index is the proof. When it refuses one, the load is undone and goes through a staging
 * table and `INSERT … SELECT … ON CONFLICT DO NOTHING`, and so do the next ones: repeats come in
 * runs.
 *
 * Why not always: a trade by COPY took 6.1 to 6.9 µs of the server's CPU on a busy 2-core Xeon (1.5
 * the row, 0.5 BRIN, 2.3 each B-tree), by staging and INSERT 12.4 to 13.6.
 */
import type { RecordBatch } from '../contract.ts';
import { BULK_TABLES, type BulkTable, type RowList } from '../server/row-list.ts';
import type { CopyBuffer } from './copy-buffer.ts';
import type { EncodeMessages } from './copy-in.ts';
import { COPY_COLUMNS, encodeRows } from './copy-rows.ts';
import type { Database } from './database.ts';
import { PARTITIONED, PartitionSet } from './partitions.ts';
import { isPartitioned, partitionsOf } from './row-places.ts';
import { isUniqueViolation } from './server-errors.ts';
import { type IdRanges, idRangesOf, TradeIds } from './trade-ids.ts';

/** Loads that go through staging after one that met a row which was there. */
const STAGED_COUNT = 32;

export class BulkLoad {
  readonly #db: Database;
  /** Undefined: hypertables part themselves. */
  readonly #partitions: PartitionSet | undefined;
  readonly #ids: TradeIds;
  readonly #copy: CopyBuffer;
  readonly #stagedLeft = new Map<BulkTable, number>();
  /** Staging tables with rows of the open transaction. */
  readonly #used = new Set<BulkTable>();

  private constructor(
    db: Database,
    partitions: PartitionSet | undefined,
    ids: TradeIds,
    copy: CopyBuffer,
  ) {
    this.#db = db;
    this.#partitions = partitions;
    this.#ids = ids;
    this.#copy = copy;
  }

  static async open(db: Database, withPartitions: boolean, copy: CopyBuffer): Promise<BulkLoad> {
    const partitions = withPartitions ? await PartitionSet.load(db) : undefined;
    const ids = await TradeIds.load(db, partitions?.of('trade') ?? []);
    const staging = BULK_TABLES.map(
      (table) => `CREATE TEMP TABLE staged_${table} ON COMMIT DELETE ROWS
        AS SELECT ${COPY_COLUMNS[table]} FROM ${table} WHERE false`,
    );
    await db.script(staging.join(';\n'));
    return new BulkLoad(db, partitions, ids, copy);
  }

  /** Makes the partitions that a batch needs; in no transaction. */
  async prepare(batch: RecordBatch, lists: Readonly<Record<BulkTable, RowList>>): Promise<void> {
    if (this.#partitions === undefined) return;
    for (const table of PARTITIONED) {
      const rows = lists[table];
      await partitionsOf(this.#partitions, table, batch, rows, 0, rows.count);
    }
  }

  /** Months that ended before `us` and have no row left. */
  async dropEmpty(us: number): Promise<void> {
    await this.#partitions?.dropEmpty(us);
  }

  /** A transaction began. */
  begin(): void {
    this.#used.clear();
  }

  async insert(
    table: BulkTable,
    batch: RecordBatch,
    rows: RowList,
    from: number,
    to: number,
  ): Promise<number> {
    const places =
      this.#partitions !== undefined && isPartitioned(table)
        ? await partitionsOf(this.#partitions, table, batch, rows, from, to)
        : [table];
    const own = places.length === 1 ? places[0] : undefined;
    const ids = table === 'trade' ? idRangesOf(batch, rows, from, to) : undefined;
    const elsewhere = ids === undefined ? [] : this.#elsewhere(ids, own);
    if (ids !== undefined && this.#partitions !== undefined) this.#ids.widen(places, ids);
    const encode: EncodeMessages = (send) =>
      encodeRows(this.#copy, table, batch.bytes, rows, from, to, send);
    const stagedLeft = this.#stagedLeft.get(table) ?? 0;
    if (own !== undefined && elsewhere.length === 0 && stagedLeft === 0) {
      const inserted = await this.#direct(table, own, encode);
      if (inserted !== undefined) return inserted;
      this.#stagedLeft.set(table, STAGED_COUNT);
    } else if (stagedLeft > 0) this.#stagedLeft.set(table, stagedLeft - 1);
    return this.#staged(table, encode, elsewhere);
  }

  /** Where else trades of these ids may be: all there is in hypertables, which have no id index. */
  #elsewhere(ids: IdRanges, own: string | undefined): string[] {
    return this.#partitions === undefined ? ['trade'] : this.#ids.mayHold(ids, own);
  }

  /** Undefined when a row was there already; then nothing of the load is. */
  async #direct(
    table: BulkTable,
    place: string,
    encode: EncodeMessages,
  ): Promise<number | undefined> {
    await this.#db.script('SAVEPOINT direct');
    try {
      const sql = `COPY ${place} (${COPY_COLUMNS[table]}) FROM STDIN (FORMAT binary)`;
      return await this.#db.copy(sql, encode);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      await this.#db.script('ROLLBACK TO direct');
      return undefined;
    }
  }

  async #staged(
    table: BulkTable,
    encode: EncodeMessages,
    elsewhere: readonly string[],
  ): Promise<number> {
    const columns = COPY_COLUMNS[table];
    if (this.#used.has(table)) await this.#db.script(`DELETE FROM staged_${table}`);
    this.#used.add(table);
    await this.#db.copy(`COPY staged_${table} (${columns}) FROM STDIN (FORMAT binary)`, encode);
    const source = table === 'trade' ? newTradesSql(elsewhere) : `staged_${table} s`;
    return this.#db.run(
      `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${source} ON CONFLICT DO NOTHING`,
    );
  }
}

/** Staged trades, each id once, the first of it, without those that a table of `elsewhere` has. */
function newTradesSql(elsewhere: readonly string[]): string {
  const key = 'instrument, tape, trade_id, text_id';
  const absent = elsewhere.map((name) => {
    const same = `SELECT FROM ${name} t WHERE t.instrument = s.instrument AND t.tape = s.tape`;
    return `NOT EXISTS (${same} AND t.trade_id = s.trade_id AND t.text_id IS NULL
        AND s.text_id IS NULL)
      AND NOT EXISTS (${same} AND t.text_id = s.text_id)`;
  });
  return `(SELECT DISTINCT ON (${key}) * FROM staged_trade ORDER BY ${key}, ctid) s
    WHERE ${['true', ...absent].join(' AND ')}`;
}
