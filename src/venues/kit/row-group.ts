/** Rows of one array of a frame as numbers: trades, or levels of a side. Used by `FrameReader`. */

/** More rows than that are the slow path's. */
const COUNT_MAX = 1 << 14;

export class RowGroup {
  count = 0;
  /** Of any row. */
  precisionLoss = false;
  /** Slots a row; the last two are for what nobody asked for, and the row's precision loss. */
  readonly stride: number;
  values: Float64Array;

  constructor(slots: number) {
    this.stride = slots + 2;
    this.values = new Float64Array(64 * this.stride);
  }

  clear(): void {
    this.count = 0;
    this.precisionLoss = false;
  }

  /** Index in `values` of a new row, or -1 when there are too many. */
  add(): number {
    const base = this.count * this.stride;
    if (base === this.values.length && !this.grow()) return -1;
    this.count += 1;
    return base;
  }

  /** False when there would be too many rows. */
  grow(): boolean {
    if (this.values.length >= COUNT_MAX * this.stride) return false;
    const more = new Float64Array(2 * this.values.length);
    more.set(this.values);
    this.values = more;
    return true;
  }

  setLoss(isLost: boolean): void {
    this.values[this.count * this.stride - 1] = isLost ? 1 : 0;
    if (isLost) this.precisionLoss = true;
  }

  /** Whether a decimal of the row that starts at `base` lost precision. */
  lost(base: number): boolean {
    return this.values[base + this.stride - 1] === 1;
  }
}
