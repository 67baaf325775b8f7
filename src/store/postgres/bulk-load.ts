/**
 * Rows into the bulk tables. Straight into the table by COPY where no row can be there already;
 * the unique index is the proof. When it refuses one, the load is undone and goes through a staging
 * table and `INSERT … SELECT … ON CONFLICT DO NOTHING`, and so do the next ones: repeats come in
 * runs.
 *
 * Why not always: a trade by COPY took 6.1 to 6.9 µs of the server's CPU on a busy 2-core Xeon (1.5
 * the row, 0.5 BRIN, 2.3 each B-tree), by staging and INSERT 12.4 to 13.6.
 */
import { systemClock } from '../../base/clock.ts';
import type { RecordBatch } from '../contract.ts';
import { BULK_TABLES, type BulkTable, type RowList } from '../server/row-list.ts';
import type { CopyBuffer } from './copy-buffer.ts';
import type { EncodeMessages } from './copy-in.ts';
import { COPY_COLUMNS, encodeRows } from './copy-rows.ts';
import type { Database } from './database.ts';
import { PARTITIONED, PartitionSet } from './partitions.ts';
import { isPartitioned, makePartitions, partitionsOf } from './row-places.ts';
import { isUniqueViolation } from './server-errors.ts';
import { ALONG_KEYS, READ_SEGMENTS, tradeChunks } from './timescale.ts';
import { type IdRanges, idRangesOf, TradeIds } from './trade-ids.ts';
import { daySources, daysOf, mayBeCompressed, partitionTables } from './trade-places.ts';

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
    const tables = partitions && partitionTables(partitions.of('trade'));
    const ids = await TradeIds.load(db, tables ?? (await tradeChunks(db)));
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
      await makePartitions(this.#partitions, table, batch, lists[table]);
    }
  }

  /** Months that ended before `us` and have no row left. */
  async dropEmpty(us: number): Promise<void> {
    for (const name of (await this.#partitions?.dropEmpty(us)) ?? []) this.#ids.forget(name);
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
        ? partitionsOf(this.#partitions, table, batch, rows, from, to)
        : [table];
    const own = this.#isProven(table) && places.length === 1 ? places[0] : undefined;
    const look = table === 'trade' ? this.#lookIn(batch, rows, from, to, places) : NOWHERE;
    const encode: EncodeMessages = (send) =>
      encodeRows(this.#copy, table, batch.bytes, rows, from, to, send);
    const stagedLeft = this.#stagedLeft.get(table) ?? 0;
    if (own !== undefined && look.sources.length === 0 && stagedLeft === 0) {
      const inserted = await this.#direct(table, own, encode);
      if (inserted !== undefined) return inserted;
      this.#stagedLeft.set(table, STAGED_COUNT);
    } else if (stagedLeft > 0) this.#stagedLeft.set(table, stagedLeft - 1);
    return this.#staged(table, encode, look);
  }

  /** A unique index refuses a row that is there. One of trades by id no hypertable can have. */
  #isProven(table: BulkTable): boolean {
    return this.#partitions !== undefined || table !== 'trade';
  }

  /**
   * Where trades of these ids may be that no unique index tells of: other partitions than their
   * own, any day of a hypertable.
   */
  #lookIn(
    batch: RecordBatch,
    rows: RowList,
    from: number,
    to: number,
    partitions: readonly string[],
  ): Look {
    const ids = idRangesOf(batch, rows, from, to);
    const kinds = kindsOf(ids);
    if (this.#partitions === undefined) {
      const days = this.#ids.mayHold(ids, undefined);
      this.#ids.widen(daysOf(batch, rows, from, to), ids);
      const isColumnar = mayBeCompressed(days, systemClock.wallUs());
      return { sources: daySources(days, ids), isColumnar, ...kinds };
    }
    const own = partitions.length === 1 ? partitions[0] : undefined;
    const sources = this.#ids.mayHold(ids, own);
    this.#ids.widen(partitions, ids);
    return { sources, isColumnar: false, ...kinds };
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

  async #staged(table: BulkTable, encode: EncodeMessages, look: Look): Promise<number> {
    const columns = COPY_COLUMNS[table];
    if (this.#used.has(table)) await this.#db.script(`DELETE FROM staged_${table}`);
    this.#used.add(table);
    await this.#db.copy(`COPY staged_${table} (${columns}) FROM STDIN (FORMAT binary)`, encode);
    const source = table === 'trade' ? newTradesSql(look) : `staged_${table} s`;
    if (look.isColumnar) await this.#db.script(READ_SEGMENTS);
    const inserted = await this.#db.run(
      `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${source} ON CONFLICT DO NOTHING`,
    );
    if (look.isColumnar) await this.#db.script(ALONG_KEYS);
    return inserted;
  }
}

/** Where trades that come may be already. */
interface Look {
  /** As in a `FROM`. */
  readonly sources: readonly string[];
  /** Some of it may be compressed. */
  readonly isColumnar: boolean;
  readonly hasNumbers: boolean;
  readonly hasTexts: boolean;
}

const NOWHERE: Look = { sources: [], isColumnar: false, hasNumbers: false, hasTexts: false };

function kindsOf(ids: IdRanges): Pick<Look, 'hasNumbers' | 'hasTexts'> {
  const ranges = [...ids.values()];
  return {
    hasNumbers: ranges.some(({ from, to }) => from <= to),
    hasTexts: ranges.some(({ hasText }) => hasText),
  };
}

/** Staged trades, each id once, the first of it, without those that one of the sources has. */
function newTradesSql({ sources, hasNumbers, hasTexts }: Look): string {
  const key = 'instrument, tape, trade_id, text_id';
  const absent = sources.flatMap((source) => {
    const same = `SELECT FROM ${source} t WHERE t.instrument = s.instrument AND t.tape = s.tape`;
    const byNumber = `NOT EXISTS (${same} AND t.trade_id = s.trade_id AND t.text_id IS NULL
      AND s.text_id IS NULL)`;
    const byText = `NOT EXISTS (${same} AND t.text_id = s.text_id)`;
    return [...(hasNumbers ? [byNumber] : []), ...(hasTexts ? [byText] : [])];
  });
  return `(SELECT DISTINCT ON (${key}) * FROM staged_trade ORDER BY ${key}, ctid) s
    WHERE ${['true', ...absent].join(' AND ')}`;
}
