/**
 * Named counters in shared memory. One region has one writer thread; anyone may read. Values are
 * float64 stored plainly: a reader may be one update behind, never sees a torn value on 64-bit
 * machines, and must not use them for synchronisation.
 *
 * ```text
 *  byte   0         8         …         8 × names, rounded up to 64: regions in one buffer, each
 *         │ name 0  │ name 1  │ …       its own writer, share no cache line when they start on one
 * ```
 */
import { assert, InvariantError } from '../base/assert.ts';
import { LINE_LENGTH } from './ring-layout.ts';

export class CounterRegion<Name extends string> {
  readonly names: readonly Name[];
  readonly values: Float64Array;
  readonly #slots: ReadonlyMap<string, number>;

  constructor(names: readonly Name[], buffer: SharedArrayBuffer, byteOffset = 0) {
    this.names = names;
    this.values = new Float64Array(buffer, byteOffset, names.length);
    this.#slots = new Map(names.map((name, i) => [name, i]));
    assert(this.#slots.size === names.length, 'Invariant: counter names are distinct');
  }

  /** Bytes of a region, whole cache lines. */
  static byteLength(names: readonly string[]): number {
    return Math.ceil((names.length * 8) / LINE_LENGTH) * LINE_LENGTH;
  }

  static create<Name extends string>(names: readonly Name[]): CounterRegion<Name> {
    return new CounterRegion(names, new SharedArrayBuffer(CounterRegion.byteLength(names)));
  }

  add(name: Name, count = 1): void {
    const slot = this.slot(name);
    this.values[slot] = (this.values[slot] as number) + count;
  }

  set(name: Name, value: number): void {
    this.values[this.slot(name)] = value;
  }

  /** Keeps the greatest value. */
  raise(name: Name, value: number): void {
    const slot = this.slot(name);
    if (value > (this.values[slot] as number)) this.values[slot] = value;
  }

  get(name: Name): number {
    return this.values[this.slot(name)] as number;
  }

  /** Index of `name` in `values`, for hot paths that look it up once. */
  slot(name: Name): number {
    const slot = this.#slots.get(name);
    if (slot === undefined) throw new InvariantError(`Invariant: counter ${name} is declared`);
    return slot;
  }

  snapshot(): Record<Name, number> {
    const entries = this.names.map((name, i) => [name, this.values[i]]);
    return Object.fromEntries(entries) as Record<Name, number>;
  }
}
