/**
 * Names to numbers, keyed by the bytes of a frame, so that the hot path makes no strings: venues'
 * symbols to instrument indices. Open addressing with linear probing, at most half full, filled
 * once when a protocol is made.
 *
 * Invariant: a name is found only when all its bytes are equal; the hash merely says where to look.
 */
import { assert } from '../../base/assert.ts';

const encoder = new TextEncoder();
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Of the longest name. */
export const NAME_LENGTH_MAX = 96;

export class SymbolTable {
  readonly #mask: number;
  /** Entry number + 1 in each slot; 0 is empty. */
  readonly #slots: Int32Array;
  readonly #names: Uint8Array[] = [];
  readonly #values: number[] = [];

  constructor(entries: readonly (readonly [name: string, value: number])[]) {
    let size = 8;
    while (size < entries.length * 2) size *= 2;
    this.#mask = size - 1;
    this.#slots = new Int32Array(size);
    for (const [name, value] of entries) this.#add(encoder.encode(name), value);
  }

  get count(): number {
    return this.#names.length;
  }

  /** Value of the name in bytes [from, to), or -1. */
  find(bytes: Uint8Array, from: number, to: number): number {
    let hash = FNV_OFFSET;
    for (let at = from; at < to; at += 1) {
      hash = Math.imul(hash ^ (bytes[at] as number), FNV_PRIME);
    }
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const entry = this.#slots[slot] as number;
      if (entry === 0) return -1;
      if (isEqual(this.#names[entry - 1] as Uint8Array, bytes, from, to)) {
        return this.#values[entry - 1] as number;
      }
    }
  }

  #add(name: Uint8Array, value: number): void {
    assert(
      name.length > 0 && name.length <= NAME_LENGTH_MAX && value >= 0,
      `Invariant: names have 1..${NAME_LENGTH_MAX} bytes and values ≥ 0: ${name.length}, ${value}`,
    );
    assert(this.find(name, 0, name.length) < 0, 'Invariant: a name stands in the table once');
    let hash = FNV_OFFSET;
    for (const byte of name) hash = Math.imul(hash ^ byte, FNV_PRIME);
    let slot = hash & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#names.push(name);
    this.#values.push(value);
    this.#slots[slot] = this.#names.length;
  }
}

function isEqual(name: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  const length = name.length;
  if (to - from !== length) return false;
  for (let i = 0; i < length; i += 1) if (name[i] !== bytes[from + i]) return false;
  return true;
}
