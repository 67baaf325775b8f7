/** Rows of one array of a frame as numbers: trades, or levels of a side. Used by `FrameReader`. */
import { HEADER_GROUPS, ROWS, ROWS_LENGTH, type ScanMemory } from './scan-memory.ts';

const SLOT_BITS = 3;

export class RowGroup {
  /** Slots a row; the last two are for what nobody asked for, and the row's precision loss. */
  readonly stride: number;
  readonly values: Float64Array;
  readonly #header: Int32Array;
  readonly #at: number;

  /** Group number `group` of a reader. */
  constructor({ i32, bytes }: ScanMemory, group: number, slots: number) {
    this.stride = slots + 2;
    this.values = new Float64Array(
      bytes.buffer,
      ROWS + group * ROWS_LENGTH,
      ROWS_LENGTH >> SLOT_BITS,
    );
    this.#header = i32;
    this.#at = HEADER_GROUPS + 2 * group;
  }

  get count(): number {
    return this.#header[this.#at] as number;
  }

  /** Of any row. */
  get precisionLoss(): boolean {
    return this.#header[this.#at + 1] !== 0;
  }

  /** Whether a decimal of the row that starts at `base` lost precision. */
  lost(base: number): boolean {
    return this.values[base + this.stride - 1] === 1;
  }
}
