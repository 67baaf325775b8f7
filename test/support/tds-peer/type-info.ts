/** TYPE_INFO and values as a client sends them, in parameters and in bulk loads. */
export const EPOCH_DAYS = 719_162;
const DAY_US = 86_400_000_000;
const MAX = 0xffff;
const NULL_LENGTH = 0xffff;
const PLP_NULL = 0xffff_ffff_ffff_ffffn;

export type WireValue = string | number | bigint | boolean | null;

export interface TypeInfo {
  readonly id: number;
  /** Bytes, or the scale of a time. */
  readonly length: number;
}

/** Reads along a message; running over its end throws. */
export class WireReader {
  at = 0;
  readonly bytes: Buffer;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get hasMore(): boolean {
    return this.at < this.bytes.length;
  }

  u8(): number {
    return this.bytes.readUInt8(this.#step(1));
  }

  u16(): number {
    return this.bytes.readUInt16LE(this.#step(2));
  }

  u32(): number {
    return this.bytes.readUInt32LE(this.#step(4));
  }

  u64(): bigint {
    return this.bytes.readBigUInt64LE(this.#step(8));
  }

  take(length: number): Buffer {
    const start = this.#step(length);
    if (start + length > this.bytes.length) throw new RangeError('value runs over its message');
    return this.bytes.subarray(start, start + length);
  }

  text(units: number): string {
    return this.take(units * 2).toString('utf16le');
  }

  #step(length: number): number {
    const { at } = this;
    this.at += length;
    return at;
  }
}

const Type = {
  intN: 0x26,
  bitN: 0x68,
  floatN: 0x6d,
  datetime2N: 0x2a,
  bigVarChar: 0xa7,
  nVarChar: 0xe7,
  bigVarBinary: 0xa5,
} as const;

export function readTypeInfo(reader: WireReader): TypeInfo {
  const id = reader.u8();
  if (id === Type.intN || id === Type.bitN || id === Type.floatN || id === Type.datetime2N) {
    return { id, length: reader.u8() };
  }
  if (id === Type.bigVarBinary) return { id, length: reader.u16() };
  if (id === Type.bigVarChar || id === Type.nVarChar) {
    const length = reader.u16();
    reader.take(5);
    return { id, length };
  }
  throw new Error(`the peer does not know type 0x${id.toString(16)}`);
}

export function readValue(reader: WireReader, { id, length }: TypeInfo): WireValue {
  if (id === Type.bigVarChar || id === Type.nVarChar || id === Type.bigVarBinary) {
    const bytes = length === MAX ? readChunks(reader) : readSized(reader, length);
    if (bytes === null) return null;
    return bytes.toString(id === Type.nVarChar ? 'utf16le' : 'latin1');
  }
  const size = reader.u8();
  if (size === 0) return null;
  if (id === Type.datetime2N) return readTime(reader, size, length);
  if (id === Type.bitN) return reader.u8() === 1;
  if (id === Type.floatN) {
    const value = reader.take(size);
    return size === 8 ? value.readDoubleLE() : value.readFloatLE();
  }
  if (size !== length) throw new Error(`a value of ${size} bytes in a column of ${length}`);
  if (size === 1) return reader.u8();
  if (size === 2) return reader.take(2).readInt16LE();
  if (size === 4) return reader.take(4).readInt32LE();
  const whole = reader.take(8).readBigInt64LE();
  return whole >= Number.MIN_SAFE_INTEGER && whole <= Number.MAX_SAFE_INTEGER
    ? Number(whole)
    : whole;
}

/** µs since the Unix epoch. */
function readTime(reader: WireReader, size: number, scale: number): number {
  const bytes = reader.take(size);
  const units = bytes.readUIntLE(0, size - 3);
  const days = bytes.readUIntLE(size - 3, 3) - EPOCH_DAYS;
  const us = scale > 6 ? units / 10 ** (scale - 6) : units * 10 ** (6 - scale);
  if (us >= DAY_US) throw new Error(`${us} µs is no time of a day`);
  return days * DAY_US + us;
}

function readSized(reader: WireReader, lengthMax: number): Buffer | null {
  const length = reader.u16();
  if (length === NULL_LENGTH) return null;
  if (length > lengthMax) throw new Error(`text of ${length} bytes in a column of ${lengthMax}`);
  return reader.take(length);
}

function readChunks(reader: WireReader): Buffer | null {
  if (reader.u64() === PLP_NULL) return null;
  const chunks: Buffer[] = [];
  for (let length = reader.u32(); length > 0; length = reader.u32()) {
    chunks.push(reader.take(length));
  }
  return Buffer.concat(chunks);
}
