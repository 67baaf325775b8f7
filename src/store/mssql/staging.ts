/**
 * Staging tables: rows go into them in bulk and from there, set by set, into the tables. They are
 * the connection's own (`#…`), made when it is opened and emptied by whoever filled them.
 */

import { SLICE_LENGTH } from './bulk-load.ts';
import type { Connection } from './database.ts';
import { RowPacker } from './row-packer.ts';
import { sqlType, type WireColumn } from './wire-types.ts';

export interface StagedTable {
  /** Name of the staging table. */
  readonly staging: string;
  readonly columns: readonly WireColumn[];
}

/** A staging table whose rows become rows of `table`, under the same column names. */
export interface StagedRows extends StagedTable {
  readonly table: string;
  readonly key: readonly string[];
}

/** How many rows a statement touched is asked for, whatever the server's default is. */
const COUNT_ROWS = 'SET NOCOUNT OFF;';
/** Texts that are compared: bit by bit, whatever the collation of the server's tempdb. */
const COLLATE = 'COLLATE Latin1_General_BIN2';

export class Staging {
  readonly #connection: Connection;
  readonly #packer = new RowPacker(SLICE_LENGTH);

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  static async open(connection: Connection, tables: readonly StagedTable[]): Promise<Staging> {
    await connection.batch([COUNT_ROWS, ...tables.map(createSql)].join('\n'));
    return new Staging(connection);
  }

  /** `pack` writes the columns of one item in order, between the row's begin and end. */
  async fill<Item>(
    { staging, columns }: StagedTable,
    items: readonly Item[],
    pack: (packer: RowPacker, item: Item, place: number) => void,
  ): Promise<void> {
    await this.load({ staging, columns }, (packer) => {
      for (const [place, item] of items.entries()) {
        packer.beginRow();
        pack(packer, item, place);
      }
    });
  }

  /** `pack` writes whole rows; returns how many it wrote. */
  async load(
    { staging, columns }: StagedTable,
    pack: (packer: RowPacker) => void | Promise<void>,
  ): Promise<number> {
    const packer = this.#packer;
    packer.clear();
    await pack(packer);
    await this.#connection.load(staging, columns, packer);
    return packer.count;
  }
}

/** Moves staged rows that are not there yet; the count of them comes first. */
export function insertSql({ staging, table, columns, key }: StagedRows): string {
  const names = columns.map(({ name }) => `[${name}]`);
  return `INSERT INTO dbo.${table} (${names.join(', ')})
    SELECT ${names.map((name) => `s.${name}`).join(', ')} FROM ${staging} s
    WHERE NOT EXISTS (SELECT 1 FROM dbo.${table} t WHERE ${matchSql(key)});
    TRUNCATE TABLE ${staging};`;
}

/** Replaces rows of the same key, inserts the others. */
export function putSql(staged: StagedRows): string {
  const { staging, table, columns, key } = staged;
  const values = columns.filter(({ name }) => !key.includes(name));
  return `UPDATE t SET ${values.map(({ name }) => `t.[${name}] = s.[${name}]`).join(', ')}
    FROM dbo.${table} t JOIN ${staging} s ON ${matchSql(key)};
    ${insertSql(staged)}`;
}

/** Equality of the keys of `t` and `s`. */
export function matchSql(key: readonly string[]): string {
  return key.map((name) => `t.[${name}] = s.[${name}]`).join(' AND ');
}

function createSql({ staging, columns }: StagedTable): string {
  const list = columns.map((column) => {
    const collate = column.kind === 'text' ? ` ${COLLATE}` : '';
    const nullability = column.isNullable === true ? 'NULL' : 'NOT NULL';
    return `[${column.name}] ${sqlType(column)}${collate} ${nullability}`;
  });
  return `CREATE TABLE ${staging} (${list.join(', ')});`;
}
