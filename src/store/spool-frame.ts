/**
 * What the spool's segment files are made of. Little-endian; everything starts at a multiple of 8.
 *
 * ```text
 * segment  magic u32 │ crc32 u32 │ length u32 │ version u32 │ header: JSON, `length` bytes
 *          frame │ frame │ …
 * frame    magic u32 │ crc32 u32 │ length u32 │ count u32 │ sequence f64 │ payload
 * ```
 * A checksum covers all that follows it, so a frame is whole or it is not a frame. `length` is a
 * multiple of 8; `count` records back to back as in `RecordBatch`; `sequence` rises by 1 over all
 * segments. The header names the instruments and timeframes that the records' indices mean.
 */
import { crc32 } from 'node:zlib';
import type { Instrument } from '../model/instrument.ts';

export const SEGMENT_MAGIC = 0x4753_5054;
export const FRAME_MAGIC = 0x4653_5054;
export const SEGMENT_VERSION = 1;
export const SEGMENT_HEAD_LENGTH = 16;
export const FRAME_HEAD_LENGTH = 24;
/** Longer than any batch: all rings full at once. A longer one is a torn length. */
export const PAYLOAD_LENGTH_MAX = 1 << 30;

/** What a segment's indices mean. */
export interface SpoolDictionary {
  /** By index. */
  readonly instruments: readonly Instrument[];
  /** Names, by index. */
  readonly timeframes: readonly string[];
}

export interface FrameHead {
  readonly crc: number;
  /** Bytes of payload. */
  readonly length: number;
  readonly count: number;
  readonly sequence: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeSegmentHead(dictionary: SpoolDictionary): Uint8Array {
  const json = encoder.encode(JSON.stringify(dictionary));
  const head = new Uint8Array(SEGMENT_HEAD_LENGTH + ((json.length + 7) & ~7));
  head.fill(0x20, SEGMENT_HEAD_LENGTH);
  head.set(json, SEGMENT_HEAD_LENGTH);
  const view = new DataView(head.buffer);
  view.setUint32(0, SEGMENT_MAGIC, true);
  view.setUint32(8, head.length - SEGMENT_HEAD_LENGTH, true);
  view.setUint32(12, SEGMENT_VERSION, true);
  view.setUint32(4, crc32(head.subarray(8)), true);
  return head;
}

/** Length of the header that starts with `head` (SEGMENT_HEAD_LENGTH bytes); undefined: none. */
export function segmentHeadLength(head: Uint8Array): number | undefined {
  if (head.length < SEGMENT_HEAD_LENGTH) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, SEGMENT_HEAD_LENGTH);
  const length = view.getUint32(8, true);
  const isKnown =
    view.getUint32(0, true) === SEGMENT_MAGIC &&
    view.getUint32(12, true) === SEGMENT_VERSION &&
    length % 8 === 0 &&
    length <= PAYLOAD_LENGTH_MAX;
  return isKnown ? SEGMENT_HEAD_LENGTH + length : undefined;
}

/** The dictionary of a whole header, or undefined when its checksum does not hold. */
export function decodeSegmentHead(head: Uint8Array): SpoolDictionary | undefined {
  if (segmentHeadLength(head) !== head.length) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, SEGMENT_HEAD_LENGTH);
  if (view.getUint32(4, true) !== crc32(head.subarray(8))) return undefined;
  return JSON.parse(decoder.decode(head.subarray(SEGMENT_HEAD_LENGTH))) as SpoolDictionary;
}

/** The frame's head for `payload`, which follows it. */
export function encodeFrameHead(payload: Uint8Array, count: number, sequence: number): Uint8Array {
  const head = new Uint8Array(FRAME_HEAD_LENGTH);
  const view = new DataView(head.buffer);
  view.setUint32(0, FRAME_MAGIC, true);
  view.setUint32(8, payload.length, true);
  view.setUint32(12, count, true);
  view.setFloat64(16, sequence, true);
  view.setUint32(4, crc32(payload, crc32(head.subarray(8))), true);
  return head;
}

/** Undefined when the bytes are not a frame's head. */
export function decodeFrameHead(head: Uint8Array): FrameHead | undefined {
  if (head.length < FRAME_HEAD_LENGTH) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, FRAME_HEAD_LENGTH);
  const length = view.getUint32(8, true);
  if (view.getUint32(0, true) !== FRAME_MAGIC) return undefined;
  if (length % 8 !== 0 || length > PAYLOAD_LENGTH_MAX) return undefined;
  const sequence = view.getFloat64(16, true);
  return { crc: view.getUint32(4, true), length, count: view.getUint32(12, true), sequence };
}

export function isFrameWhole(head: Uint8Array, payload: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, FRAME_HEAD_LENGTH);
  return view.getUint32(4, true) === crc32(payload, crc32(head.subarray(8, FRAME_HEAD_LENGTH)));
}
