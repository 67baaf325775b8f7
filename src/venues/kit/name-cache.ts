/**
 * The names frames bring again and again, by their first eight bytes, so that a known one costs a
 * few comparisons of four bytes. What is not here is looked up in the table and put here; a name
 * has two places, so that two of the same place do not drive each other out.
 *
 * Invariant: a name is found only when all its bytes and the one behind it are equal.
 */
import type { SymbolTable } from './symbol-table.ts';
import type { WordScanner } from './word-scan.ts';

const SIZE_BITS = 10;

interface Entry {
  /** The name and the byte behind it, in words of four bytes, the last one under `mask`. */
  readonly words: Int32Array;
  readonly mask: number;
  /** Of the name, in bytes. */
  readonly length: number;
  readonly value: number;
}

export class NameCache {
  readonly #table: SymbolTable;
  readonly #until: number;
  readonly #entries: (Entry | undefined)[] = new Array(1 << SIZE_BITS).fill(undefined);

  constructor(table: SymbolTable, until: number) {
    this.#table = table;
    this.#until = until;
  }

  /** Takes a name up to the byte behind it, which stays; its value, or -1. */
  take(scan: WordScanner): number {
    const { view, at } = scan;
    const place = placeOf(view.getInt32(at, true), view.getInt32(at + 4, true));
    const first = this.#entries[place];
    if (first !== undefined && isAt(first, view, at)) {
      scan.at = at + first.length;
      return first.value;
    }
    const second = this.#entries[place ^ 1];
    if (second === undefined || !isAt(second, view, at)) return this.#find(scan, place);
    scan.at = at + second.length;
    return second.value;
  }

  #find(scan: WordScanner, place: number): number {
    const { at, bytes, limit } = scan;
    const table = this.#table;
    const value = table.findUntil(bytes, at, limit, this.#until);
    const length = table.end - at;
    scan.at = table.end;
    if (value < 0) return value;
    const count = (length + 4) >> 2;
    const words = new Int32Array(count);
    for (let i = 0; i < count; i += 1) words[i] = scan.view.getInt32(at + 4 * i, true);
    const used = length + 1 - 4 * (count - 1);
    const mask = used === 4 ? -1 : (1 << (8 * used)) - 1;
    this.#entries[place ^ 1] = this.#entries[place];
    this.#entries[place] = { words, mask, length, value };
    return value;
  }
}

/** Every bit of both words counts: names of a venue often differ in a single character. */
function placeOf(first: number, second: number): number {
  const mixed = Math.imul(first, 0x85ebca6b) ^ Math.imul(second, 0x9e3779b1);
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> (32 - SIZE_BITS);
}

function isAt({ words, mask }: Entry, view: DataView, from: number): boolean {
  const last = words.length - 1;
  let at = from;
  for (let i = 0; i < last; i += 1, at += 4) {
    if (view.getInt32(at, true) !== words[i]) return false;
  }
  return ((view.getInt32(at, true) ^ (words[last] as number)) & mask) === 0;
}
