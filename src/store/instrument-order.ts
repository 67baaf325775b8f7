/**
 * Brings items of a batch into the order of their instruments, those of one instrument in the order
 * they came. A database finds the place of a row next to that of the row before: inserting is
 * a quarter cheaper than in the order of the wire (docs/PERFORMANCE.md).
 *
 * Memory is kept from batch to batch: nothing is allocated once it has grown.
 */

const FIRST_COUNT = 1 << 12;

export class InstrumentOrder {
  /** Each item added, a byte index or a number, and its instrument. */
  #items = new Uint32Array(FIRST_COUNT);
  #instrument = new Uint32Array(FIRST_COUNT);
  /** Items by instrument, after `sorted`. */
  #sorted = new Uint32Array(FIRST_COUNT);
  /** By instrument: how many, then where the next one goes. */
  #places = new Uint32Array(0);
  #count = 0;

  /** Starts a batch; `add` takes instruments below `instrumentCount`. */
  clear(instrumentCount: number): void {
    this.#count = 0;
    if (this.#places.length < instrumentCount) this.#places = new Uint32Array(instrumentCount);
    else this.#places.fill(0);
  }

  add(item: number, instrument: number): void {
    if (this.#count === this.#items.length) this.#grow();
    this.#items[this.#count] = item;
    this.#instrument[this.#count] = instrument;
    this.#count += 1;
    this.#places[instrument] = (this.#places[instrument] as number) + 1;
  }

  /** All items added, valid until `clear`. */
  sorted(): Uint32Array {
    let start = 0;
    for (let i = 0; i < this.#places.length; i += 1) {
      const count = this.#places[i] as number;
      this.#places[i] = start;
      start += count;
    }
    for (let i = 0; i < this.#count; i += 1) {
      const instrument = this.#instrument[i] as number;
      const place = this.#places[instrument] as number;
      this.#sorted[place] = this.#items[i] as number;
      this.#places[instrument] = place + 1;
    }
    return this.#sorted.subarray(0, this.#count);
  }

  #grow(): void {
    const grown = (old: Uint32Array<ArrayBuffer>) => {
      const next = new Uint32Array(2 * old.length);
      next.set(old);
      return next;
    };
    this.#items = grown(this.#items);
    this.#instrument = grown(this.#instrument);
    this.#sorted = new Uint32Array(this.#items.length);
  }
}
