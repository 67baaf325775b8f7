/**
 * Column types of bulk loads: how TDS describes them and how SQL declares them. Values are packed
 * by `RowPacker`; one kind here has one method there.
 *
 * All numbers use the nullable forms (a length byte before the value), as the driver itself does.
 */
import { assert } from '../../base/assert.ts';

export type WireKind =
  | 'tinyint'
  | 'smallint'
  | 'int'
  | 'bigint'
  | 'float'
  /** DATETIME2(6), given as µs since the Unix epoch. */
  | 'time'
  /** Unicode text of at most `length` characters, compared bit by bit. */
  | 'text'
  /** Unicode text of any length. */
  | 'long'
  /** ASCII text of any length. */
  | 'json';

export interface WireColumn {
  readonly name: string;
  readonly kind: WireKind;
  /** Of `text`: UTF-16 units. */
  readonly length?: number;
  readonly isNullable?: boolean;
}

/** The longest text a sized NVARCHAR column takes. */
export const TEXT_LENGTH_MAX = 4_000;
/** Marks a column of unlimited length. */
const MAX = 0xffff;
const INT_N = 0x26;
const FLOAT_N = 0x6d;
const DATETIME2_N = 0x2a;
const NVARCHAR = 0xe7;
const BIG_VARCHAR = 0xa7;
const TIME_SCALE = 6;

const FIXED: Partial<Record<WireKind, readonly [sql: string, info: readonly number[]]>> = {
  tinyint: ['tinyint', [INT_N, 1]],
  smallint: ['smallint', [INT_N, 2]],
  int: ['int', [INT_N, 4]],
  bigint: ['bigint', [INT_N, 8]],
  float: ['float(53)', [FLOAT_N, 8]],
  time: ['datetime2(6)', [DATETIME2_N, TIME_SCALE]],
};

export function sqlType({ kind, length }: WireColumn): string {
  const fixed = FIXED[kind];
  if (fixed !== undefined) return fixed[0];
  if (kind === 'json') return 'varchar(max)';
  return kind === 'long' ? 'nvarchar(max)' : `nvarchar(${textLength(length)})`;
}

/** TYPE_INFO of the column; texts carry the database's collation. */
export function typeInfo({ kind, length }: WireColumn, collation: Uint8Array): Buffer {
  const fixed = FIXED[kind];
  if (fixed !== undefined) return Buffer.from(fixed[1]);
  const info = Buffer.alloc(8);
  info[0] = kind === 'json' ? BIG_VARCHAR : NVARCHAR;
  info.writeUInt16LE(kind === 'text' ? textLength(length) * 2 : MAX, 1);
  info.set(collation.subarray(0, 5), 3);
  return info;
}

function textLength(length = TEXT_LENGTH_MAX): number {
  assert(length > 0 && length <= TEXT_LENGTH_MAX, `Invariant: a text column of ${length}`);
  return length;
}
