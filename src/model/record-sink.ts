/**
 * Where normalised records go. A writer fills `scratch` from index 0 and calls `emit`; the sink
 * copies what it needs before it returns. Rings, arrays in tests and replays all implement it.
 */
import type { RecordBytes } from '../base/record-bytes.ts';
import type { RecordType } from './record-layout.ts';

/** Longest record in bytes: 8,190 levels of a book. */
export const RECORD_LENGTH_MAX = 128 * 1024;

export interface RecordSink {
  readonly scratch: RecordBytes;
  /** Takes the record of `length` bytes that stands in `scratch`. Never throws on a full queue. */
  emit(type: RecordType, length: number): void;
}
