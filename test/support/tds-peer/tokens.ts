/** The tokens a peer answers with. */
import { EPOCH_DAYS } from './type-info.ts';

export type PeerValue = string | number | bigint | boolean | Date | null;
export type PeerRow = Readonly<Record<string, PeerValue>>;

/** An error as a SQL Server words it: `class` 20 and more ends the connection. */
export interface PeerError {
  readonly number: number;
  readonly message: string;
  readonly class?: number;
}

const DONE = 0xfd;
const DONE_PROC = 0xfe;
const DONE_IN_PROC = 0xff;
const DoneFlag = { more: 0x01, error: 0x02, count: 0x10, attention: 0x20 } as const;

export function done(rowCount?: number, isMore = false): Buffer {
  return doneToken(DONE, rowCount, isMore);
}

export function doneInProc(rowCount?: number): Buffer {
  return doneToken(DONE_IN_PROC, rowCount, true);
}

export function doneProc(): Buffer {
  return Buffer.concat([Buffer.from([0x79, 0, 0, 0, 0]), doneToken(DONE_PROC, undefined, false)]);
}

export function doneWithError(): Buffer {
  const token = doneToken(DONE, undefined, false);
  token.writeUInt16LE(DoneFlag.error, 1);
  return token;
}

export function doneWithAttention(): Buffer {
  const token = doneToken(DONE, undefined, false);
  token.writeUInt16LE(DoneFlag.attention, 1);
  return token;
}

function doneToken(type: number, rowCount: number | undefined, isMore: boolean): Buffer {
  const token = Buffer.alloc(13);
  token[0] = type;
  const flags = (rowCount === undefined ? 0 : DoneFlag.count) | (isMore ? DoneFlag.more : 0);
  token.writeUInt16LE(flags, 1);
  token.writeBigUInt64LE(BigInt(rowCount ?? 0), 5);
  return token;
}

export function errorToken(error: PeerError): Buffer {
  const body = Buffer.concat([
    int32(error.number),
    Buffer.from([1, error.class ?? 16]),
    usText(error.message),
    byteText('peer'),
    byteText(''),
    int32(1),
  ]);
  return sized(0xaa, body);
}

export function loginAck(): Buffer {
  const head = Buffer.from([1, 0x74, 0, 0, 4]);
  const program = byteText('a TDS peer');
  return sized(0xad, Buffer.concat([head, program, Buffer.from([16, 0, 0, 0])]));
}

const Env = { database: 1, packetLength: 4, collation: 7, begin: 8, commit: 9, rollback: 10 };

export function databaseChange(name: string): Buffer {
  return sized(0xe3, Buffer.concat([Buffer.from([Env.database]), byteText(name), byteText('')]));
}

export function packetLengthChange(length: number): Buffer {
  const text = [byteText(String(length)), byteText('4096')];
  return sized(0xe3, Buffer.concat([Buffer.from([Env.packetLength]), ...text]));
}

/** SQL_Latin1_General_CP1_CI_AS, as a default installation has. */
export const COLLATION = Buffer.from([0x09, 0x04, 0xd0, 0x00, 0x34]);

export function collationChange(): Buffer {
  const body = [Buffer.from([Env.collation, COLLATION.length]), COLLATION, Buffer.from([0])];
  return sized(0xe3, Buffer.concat(body));
}

export function transactionChange(kind: 'begin' | 'commit' | 'rollback', id: bigint): Buffer {
  const descriptor = Buffer.alloc(8);
  descriptor.writeBigUInt64LE(id);
  const [before, after] =
    kind === 'begin' ? [descriptor, Buffer.alloc(0)] : [Buffer.alloc(0), descriptor];
  const lengths = [
    Buffer.from([Env[kind], before.length]),
    before,
    Buffer.from([after.length]),
    after,
  ];
  return sized(0xe3, Buffer.concat(lengths));
}

/** Column descriptions and rows. Columns are typed by what the rows hold. */
export function resultSet(
  columns: readonly string[],
  rows: readonly PeerRow[],
  given: readonly (ColumnKind | undefined)[] = [],
): Buffer {
  const kinds = columns.map((name, i) => given[i] ?? kindOf(rows.map((row) => row[name] ?? null)));
  const head = Buffer.alloc(3);
  head[0] = 0x81;
  head.writeUInt16LE(columns.length, 1);
  const parts: Buffer[] = [head];
  for (const [i, name] of columns.entries()) {
    const flags = Buffer.from([0, 0, 0, 0, 0x09, 0]);
    parts.push(flags, TYPE_INFO[kinds[i] as ColumnKind], byteText(name));
  }
  for (const row of rows) {
    parts.push(Buffer.from([0xd1]));
    for (const [i, name] of columns.entries()) {
      parts.push(valueBytes(kinds[i] as ColumnKind, row[name] ?? null));
    }
  }
  return Buffer.concat(parts);
}

export type ColumnKind = 'bit' | 'int' | 'bigint' | 'float' | 'text' | 'time';

const TYPE_INFO: Readonly<Record<ColumnKind, Buffer>> = {
  bit: Buffer.from([0x68, 1]),
  int: Buffer.from([0x26, 4]),
  bigint: Buffer.from([0x26, 8]),
  float: Buffer.from([0x6d, 8]),
  text: Buffer.concat([Buffer.from([0xe7, 0xff, 0xff]), COLLATION]),
  time: Buffer.from([0x2a, 6]),
};

function kindOf(values: readonly PeerValue[]): ColumnKind {
  const present = values.filter((value) => value !== null);
  if (present.length === 0) return 'int';
  if (present.every((value) => typeof value === 'boolean')) return 'bit';
  if (present.every((value) => value instanceof Date)) return 'time';
  if (present.some((value) => typeof value === 'string')) return 'text';
  const whole = present.every((value) => typeof value === 'bigint' || Number.isSafeInteger(value));
  if (!whole) return 'float';
  return present.every((value) => Math.abs(Number(value)) < 2 ** 31) ? 'int' : 'bigint';
}

function valueBytes(kind: ColumnKind, value: PeerValue): Buffer {
  if (kind === 'text') return textBytes(value);
  if (value === null) return Buffer.from([0]);
  if (kind === 'bit') return Buffer.from([1, value ? 1 : 0]);
  if (kind === 'time') return timeBytes(value as Date | string);
  const bytes = Buffer.alloc(kind === 'int' ? 5 : 9);
  bytes[0] = bytes.length - 1;
  if (kind === 'int') bytes.writeInt32LE(Number(value), 1);
  else if (kind === 'bigint') bytes.writeBigInt64LE(BigInt(value as number), 1);
  else bytes.writeDoubleLE(Number(value), 1);
  return bytes;
}

/** NVARCHAR(MAX): total length, one chunk, end. */
function textBytes(value: PeerValue): Buffer {
  if (value === null) return Buffer.alloc(8, 0xff);
  const text = Buffer.from(String(value), 'utf16le');
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(text.length));
  if (text.length === 0) return Buffer.concat([head, int32(0)]);
  return Buffer.concat([head, int32(text.length), text, int32(0)]);
}

/** A Date, or `YYYY-MM-DD HH:MM:SS.ffffff`, which has the µs too. */
function timeBytes(time: Date | string): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = 8;
  const isText = typeof time === 'string';
  const date = isText ? new Date(`${time.slice(0, 19).replace(' ', 'T')}Z`) : time;
  const us = isText ? Number(time.slice(20)) : 0;
  const days = Math.floor(date.getTime() / 86_400_000);
  bytes.writeUIntLE((date.getTime() - days * 86_400_000) * 1000 + us, 1, 5);
  bytes.writeUIntLE(days + EPOCH_DAYS, 6, 3);
  return bytes;
}

function sized(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(3);
  head[0] = type;
  head.writeUInt16LE(body.length, 1);
  return Buffer.concat([head, body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** Length in a byte, then the text. */
function byteText(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'utf16le')]);
}

/** Length in two bytes, then the text. */
function usText(text: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(text.length);
  return Buffer.concat([length, Buffer.from(text, 'utf16le')]);
}
