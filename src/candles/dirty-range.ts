/** Per instrument the venue times whose candles the store must make again, as one span each. */

export class DirtyRanges {
  readonly #fromUs: Float64Array;
  readonly #toUs: Float64Array;
  #count = 0;

  constructor(instrumentCount: number) {
    this.#fromUs = new Float64Array(instrumentCount).fill(Number.POSITIVE_INFINITY);
    this.#toUs = new Float64Array(instrumentCount).fill(Number.NEGATIVE_INFINITY);
  }

  /** Instruments that have a range. */
  get count(): number {
    return this.#count;
  }

  /** Widens the instrument's range to hold fromUs..toUs, both inclusive. */
  add(instrument: number, fromUs: number, toUs: number): void {
    if (!this.has(instrument)) this.#count += 1;
    this.#fromUs[instrument] = Math.min(fromUs, this.fromUs(instrument));
    this.#toUs[instrument] = Math.max(toUs, this.toUs(instrument));
  }

  has(instrument: number): boolean {
    return this.fromUs(instrument) <= this.toUs(instrument);
  }

  fromUs(instrument: number): number {
    return this.#fromUs[instrument] as number;
  }

  toUs(instrument: number): number {
    return this.#toUs[instrument] as number;
  }

  clear(instrument: number): void {
    if (this.has(instrument)) this.#count -= 1;
    this.#fromUs[instrument] = Number.POSITIVE_INFINITY;
    this.#toUs[instrument] = Number.NEGATIVE_INFINITY;
  }
}
