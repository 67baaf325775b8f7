/** What a client sends, taken apart: login, batches, procedure calls, transactions, bulk loads. */
import { readTypeInfo, readValue, type TypeInfo, WireReader, type WireValue } from './type-info.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly host: string;
  readonly app: string;
  readonly packetLength: number;
  readonly isReadOnly: boolean;
}

/** Offsets of (position, length) pairs in LOGIN7. */
const LoginField = { host: 36, user: 40, password: 44, app: 48, database: 68 } as const;
const READ_ONLY_INTENT = 0x20;

export function readLogin(body: Buffer): Login {
  const textAt = (field: number) => {
    const start = body.readUInt16LE(field);
    return Buffer.from(body.subarray(start, start + body.readUInt16LE(field + 2) * 2));
  };
  const text = (field: number) => textAt(field).toString('utf16le');
  // A password's bytes have their halves swapped and then every other bit turned.
  const password = textAt(LoginField.password).map((byte) => {
    const turned = byte ^ 0xa5;
    return ((turned << 4) | (turned >> 4)) & 0xff;
  });
  return {
    user: text(LoginField.user),
    password: Buffer.from(password).toString('utf16le'),
    database: text(LoginField.database),
    host: text(LoginField.host),
    app: text(LoginField.app),
    packetLength: body.readUInt32LE(8),
    isReadOnly: ((body[26] as number) & READ_ONLY_INTENT) !== 0,
  };
}

/** Text of a batch, without the headers before it. */
export function readBatch(body: Buffer): string {
  return body.toString('utf16le', body.readUInt32LE(0));
}

export type TransactionAct = 'begin' | 'commit' | 'rollback' | 'save';
const TRANSACTION_ACTS: Readonly<Record<number, TransactionAct>> = {
  5: 'begin',
  7: 'commit',
  8: 'rollback',
  9: 'save',
};

export function readTransaction(body: Buffer): TransactionAct {
  const type = body.readUInt16LE(body.readUInt32LE(0));
  const act = TRANSACTION_ACTS[type];
  if (act === undefined) throw new Error(`the peer does not know transaction request ${type}`);
  return act;
}

export interface Call {
  readonly procedure: string;
  readonly parameters: ReadonlyMap<string, WireValue>;
}

const PROCEDURES: Readonly<Record<number, string>> = {
  10: 'sp_executesql',
  11: 'sp_prepare',
  12: 'sp_execute',
  15: 'sp_unprepare',
};

export function readCall(body: Buffer): Call {
  const reader = new WireReader(body, body.readUInt32LE(0));
  const nameLength = reader.u16();
  const procedure =
    nameLength === 0xffff ? (PROCEDURES[reader.u16()] ?? 'unknown') : reader.text(nameLength);
  reader.u16();
  const parameters = new Map<string, WireValue>();
  while (reader.hasMore) {
    const name = reader.text(reader.u8()).replace(/^@/, '');
    reader.u8();
    parameters.set(name || `${parameters.size}`, readValue(reader, readTypeInfo(reader)));
  }
  return { procedure, parameters };
}

export interface LoadedRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly WireValue[])[];
}

const COLUMN_DATA = 0x81;
const ROW = 0xd1;
const DONE = 0xfd;

/** Every row of a bulk load. Whatever is not as the protocol has it throws. */
export function readLoad(body: Buffer): LoadedRows {
  const reader = new WireReader(body);
  const token = reader.u8();
  if (token !== COLUMN_DATA) throw new Error(`a load begins with 0x${token.toString(16)}`);
  const columns: string[] = [];
  const types: TypeInfo[] = [];
  for (let count = reader.u16(); count > 0; count -= 1) {
    reader.take(6);
    types.push(readTypeInfo(reader));
    columns.push(reader.text(reader.u8()));
  }
  const rows: WireValue[][] = [];
  for (let next = reader.u8(); next !== DONE; next = reader.u8()) {
    if (next !== ROW) throw new Error(`0x${next.toString(16)} where row ${rows.length} begins`);
    rows.push(types.map((type) => readValue(reader, type)));
  }
  reader.take(12);
  if (reader.hasMore) throw new Error(`${body.length - reader.at} bytes behind the end of a load`);
  return { columns, rows };
}
