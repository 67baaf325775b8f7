/**
 * The records of the ring stress tests: length and content follow from the sequence number, so the
 * reader can tell a lost, repeated, reordered, torn or stray byte without being told anything.
 */
import { mix32 } from '../../src/base/prng.ts';
import type { RecordBytes } from '../../src/base/record-bytes.ts';

export const RECORD_TYPE = 3;

/** 4 to 200 bytes, any residue of 8. */
export function recordLength(sequence: number): number {
  return 4 + (mix32(sequence) % 197);
}

export function fillRecord(bytes: RecordBytes, at: number, sequence: number, length: number): void {
  bytes.u32[at >> 2] = sequence;
  for (let i = 4; i < length; i += 1) bytes.u8[at + i] = (sequence + i * 31) & 0xff;
}

/** What is wrong with the record, or '' when nothing is. */
export function recordProblem(
  bytes: RecordBytes,
  at: number,
  type: number,
  length: number,
  sequence: number,
): string {
  if (type !== RECORD_TYPE) return `type ${type} at ${sequence}`;
  if (length !== recordLength(sequence)) return `length ${length} at ${sequence}`;
  if (bytes.u32[at >> 2] !== sequence) return `sequence ${bytes.u32[at >> 2]} at ${sequence}`;
  for (let i = 4; i < length; i += 1) {
    if (bytes.u8[at + i] !== ((sequence + i * 31) & 0xff)) return `byte ${i} at ${sequence}`;
  }
  return '';
}

/** Sum over the body, for a checksum made by each side from its own memory. */
export function addChecksum(sum: number, bytes: RecordBytes, at: number, length: number): number {
  let out = sum;
  for (let i = 0; i < length; i += 1) out = (Math.imul(out, 31) + (bytes.u8[at + i] as number)) | 0;
  return out;
}
