/**
 * Records of a batch that become plain rows, table by table: where each lies in the batch and which
 * instrument it is of. Nothing is copied; a store encodes rows straight from the batch's bytes.
 */

import { InstrumentOrder } from '../instrument-order.ts';

/** Tables whose rows are inserted in bulk and never change. */
export const BULK_TABLES = [
  'trade',
  'quote',
  'book_snapshot',
  'book_delta',
  'liquidation',
] as const;
export type BulkTable = (typeof BULK_TABLES)[number];

const FIRST_ROOM = 1_024;
const order = new InstrumentOrder();

export class RowList {
  count = 0;
  #instrumentMax = 0;
  /** Byte index of each record's body in the batch. */
  at = new Int32Array(FIRST_ROOM);
  /** Row id of each record's instrument. */
  instrument = new Int32Array(FIRST_ROOM);
  /** Code of the tape; of trades only. */
  tape = new Int32Array(FIRST_ROOM);

  clear(): void {
    this.count = 0;
    this.#instrumentMax = 0;
  }

  push(at: number, instrument: number, tape: number): void {
    if (this.count === this.at.length) this.#grow();
    this.at[this.count] = at;
    this.instrument[this.count] = instrument;
    this.tape[this.count] = tape;
    this.count += 1;
    if (instrument > this.#instrumentMax) this.#instrumentMax = instrument;
  }

  /** Brings the rows into the order of their instruments, those of one in the order they came. */
  groupByInstrument(): void {
    order.clear(this.#instrumentMax + 1);
    for (let i = 0; i < this.count; i += 1) order.add(i, this.instrument[i] as number);
    const rows = order.sorted();
    this.at = picked(this.at, rows);
    this.instrument = picked(this.instrument, rows);
    this.tape = picked(this.tape, rows);
  }

  #grow(): void {
    const room = this.at.length * 2;
    this.at = enlarged(this.at, room);
    this.instrument = enlarged(this.instrument, room);
    this.tape = enlarged(this.tape, room);
  }
}

function enlarged(list: Int32Array<ArrayBuffer>, room: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(room);
  larger.set(list);
  return larger;
}

function picked(list: Int32Array<ArrayBuffer>, rows: Uint32Array): Int32Array<ArrayBuffer> {
  const next = new Int32Array(list.length);
  for (let i = 0; i < rows.length; i += 1) next[i] = list[rows[i] as number] as number;
  return next;
}
