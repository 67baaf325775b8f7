/**
 * Checksum of numbers that does not depend on their order: contenders may deliver the levels of a
 * book sorted or as the venue sent them. The cost is the same few operations for each of them.
 */

const cell = new Float64Array(1);
const halves = new Int32Array(cell.buffer);

export class NumberChecksum {
  count = 0;
  #sum = 0;

  /** Adds one pair (price and size, say); the pair counts, not its two halves alone. */
  add(a: number, b: number): void {
    cell[0] = a;
    let hash = Math.imul((halves[0] as number) ^ Math.imul(halves[1] as number, 31), 0x9e3779b1);
    cell[0] = b;
    hash ^= (halves[0] as number) ^ Math.imul(halves[1] as number, 0x85ebca6b);
    this.#sum = (this.#sum + Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35)) | 0;
    this.count += 1;
  }

  reset(): void {
    this.count = 0;
    this.#sum = 0;
  }

  toString(): string {
    return `${this.count}:${(this.#sum >>> 0).toString(16).padStart(8, '0')}`;
  }
}
