/**
 * Typed views over one stretch of memory that holds records. Records start at multiples of 8, so a
 * field at byte index `i` is `f64[i >> 3]`, `u32[i >> 2]`, `u16[i >> 1]` or `u8[i]`. Little-endian
 * machines only: asserted at load, as every view shares the machine's byte order.
 */
import { assert } from './assert.ts';

assert(
  new Uint8Array(new Uint32Array([1]).buffer)[0] === 1,
  'Invariant: records are little-endian and so must the machine be',
);

export class RecordBytes {
  readonly buffer: ArrayBufferLike;
  /** Length in bytes, a multiple of 8. */
  readonly length: number;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  /** The same bytes, for copies. */
  readonly chars: Buffer;

  constructor(buffer: ArrayBufferLike, byteOffset: number, length: number) {
    assert(byteOffset % 8 === 0 && length % 8 === 0, 'Invariant: record memory is 8-byte aligned');
    this.buffer = buffer;
    this.length = length;
    this.u8 = new Uint8Array(buffer, byteOffset, length);
    this.u16 = new Uint16Array(buffer, byteOffset, length >> 1);
    this.u32 = new Uint32Array(buffer, byteOffset, length >> 2);
    this.i32 = new Int32Array(buffer, byteOffset, length >> 2);
    this.f64 = new Float64Array(buffer, byteOffset, length >> 3);
    this.chars = Buffer.from(buffer, byteOffset, length);
  }

  static allocate(length: number): RecordBytes {
    return new RecordBytes(new ArrayBuffer(length), 0, length);
  }
}

/** From here on a call of `Buffer.copy` costs less than its words one by one. */
const CALL_LENGTH_MIN = 192;

/** Copies `length` bytes (a multiple of 8) between 8-byte aligned places. */
export function copyWords(
  source: RecordBytes,
  sourceIndex: number,
  target: RecordBytes,
  targetIndex: number,
  length: number,
): void {
  if (length >= CALL_LENGTH_MIN) {
    source.chars.copy(target.chars, targetIndex, sourceIndex, sourceIndex + length);
    return;
  }
  // Copied as 32-bit words: a float copy may quieten a NaN's payload, an integer copy never does.
  const from = source.i32;
  const to = target.i32;
  let s = sourceIndex >> 2;
  let t = targetIndex >> 2;
  for (const end = s + (length >> 2); s < end; s += 1, t += 1) to[t] = from[s] as number;
}
