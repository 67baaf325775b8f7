/**
 * Hands packed rows to the driver's bulk load. The driver writes what describes the columns, then
 * for each "row" a token and what the columns' types generate. Here a "row" is a slice of thousands
 * of rows that are encoded already: the first column's type gives the whole slice, the others give
 * nothing.
 *
 * Slices are handed over one turn of the event loop apart, so that sockets and timers of the thread
 * are served meanwhile.
 */
import { type ConnectionPool, Request, Table } from 'mssql';
import { afterTurn } from '../../base/clock.ts';
import type { RowPacker } from './row-packer.ts';
import { sqlType, typeInfo, type WireColumn } from './wire-types.ts';

/** Bytes of rows given to the driver at once: about a millisecond of its work. */
export const SLICE_LENGTH = 64 * 1024;
const NOTHING = Buffer.alloc(0);

/** What the driver passes of a column: the collation is the connection's. */
interface DriverColumn {
  readonly collation?: { toBuffer(): Uint8Array };
}

/** The members of a driver's type that a bulk load uses. */
interface PackedType {
  readonly id: number;
  readonly name: string;
  readonly declaration: () => string;
  readonly generateTypeInfo: (column: DriverColumn) => Buffer;
  readonly generateParameterLength: () => Buffer;
  readonly generateParameterData: (parameter: { readonly value?: Buffer }) => readonly Buffer[];
  readonly validate: (value: unknown) => unknown;
}

function packedType(column: WireColumn, isFirst: boolean): PackedType {
  return {
    // Its bits 0x30 say to the driver that the length is fixed: nothing to work out.
    id: 0x30,
    name: 'Packed',
    declaration: () => sqlType(column),
    generateTypeInfo: ({ collation }) => typeInfo(column, collation?.toBuffer() ?? NOTHING),
    generateParameterLength: () => NOTHING,
    generateParameterData: ({ value }) => (isFirst && value !== undefined ? [value] : []),
    validate: (value) => value,
  };
}

/** Loads all rows of `rows` into `table`, on the pool's only connection. */
export async function bulkLoad(
  pool: ConnectionPool,
  table: string,
  columns: readonly WireColumn[],
  rows: RowPacker,
): Promise<void> {
  if (rows.count === 0) return;
  const load = new Table(table);
  for (const [i, column] of columns.entries()) {
    const type: unknown = packedType(column, i === 0);
    const nullable = column.isNullable ?? false;
    load.columns.add(column.name, { type } as never, { nullable });
  }
  // The driver reads whatever it can iterate over.
  Object.assign(load, { rows: oneATurn(rows.slices()) });
  await new Request(pool).bulk(load, { checkConstraints: true });
}

async function* oneATurn(slices: readonly Buffer[]): AsyncGenerator<readonly Buffer[]> {
  for (const slice of slices) {
    yield [slice];
    await new Promise<void>((resolve) => afterTurn(resolve));
  }
}
