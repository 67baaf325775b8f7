/**
 * Walks the records of a batch in place: no object a record. Stores read the fields at `at` with
 * the offsets of `record-layout.ts`.
 */
import { assert } from '../base/assert.ts';
import type { RecordBatch } from './contract.ts';

const HEADER_LENGTH = 8;

export class BatchCursor {
  /** Type of the current record. */
  type = 0;
  /** Byte index of its body, a multiple of 8. */
  at = 0;
  /** Length of its body. */
  length = 0;
  readonly #batch: RecordBatch;
  #next = 0;

  constructor(batch: RecordBatch) {
    this.#batch = batch;
  }

  /** Moves to the next record; false behind the last. */
  next(): boolean {
    const { bytes, length } = this.#batch;
    if (this.#next >= length) return false;
    const start = this.#next >> 2;
    this.length = bytes.i32[start] as number;
    this.type = bytes.i32[start + 1] as number;
    this.at = this.#next + HEADER_LENGTH;
    this.#next = this.at + ((this.length + 7) & ~7);
    if (this.length < 0 || this.#next > length) this.#overrun();
    return true;
  }

  /** A batch is made in this process or checked by its checksum: torn framing is a bug. */
  #overrun(): void {
    assert(false, `Invariant: records end with their batch: ${this.#next} > ${this.#batch.length}`);
  }
}
