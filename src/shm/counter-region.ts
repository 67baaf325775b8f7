/**
 * Named counters in shared memory. One region has one writer thread; anyone may read. Values are
 * float64 stored plainly: a reader may be one update behind, never sees a torn value on 64-bit
 * machines, and must not use them for synchronisation.
 */
import { assert } from '../base/assert.ts';

export class CounterRegion<Name extends string> {
  readonly names: readonly Name[];
  readonly values: Float64Array;
  readonly #index: ReadonlyMap<string, number>;

  constructor(names: readonly Name[], buffer: SharedArrayBuffer, byteOffset = 0) {
    this.names = names;
    this.values = new Float64Array(buffer, byteOffset, names.length);
    this.#index = new Map(names.map((name, i) => [name, i]));
  }

  static byteLength(names: readonly string[]): number {
    return names.length * 8;
  }

  static create<Name extends string>(names: readonly Name[]): CounterRegion<Name> {
    return new CounterRegion(names, new SharedArrayBuffer(names.length * 8));
  }

  add(name: Name, count = 1): void {
    const i = this.#slot(name);
    this.values[i] = (this.values[i] as number) + count;
  }

  set(name: Name, value: number): void {
    this.values[this.#slot(name)] = value;
  }

  get(name: Name): number {
    return this.values[this.#slot(name)] as number;
  }

  snapshot(): Record<Name, number> {
    return Object.fromEntries(this.names.map((n, i) => [n, this.values[i]])) as Record<
      Name,
      number
    >;
  }

  #slot(name: Name): number {
    const i = this.#index.get(name);
    assert(i !== undefined, `Invariant: counter ${name} is declared`);
    return i;
  }
}
