/**
 * A bounded memory of trade ids, for tapes whose ids prove nothing by their order. Each id that is
 * new puts the oldest out when the memory is full.
 *
 * The ids lie in a ring in the order they came, as the words of their bytes; a table with open
 * addressing says where. It holds numbers only: a set of texts costs several times as much for each
 * trade, all the more when one goes for each that comes.
 *
 * Invariant: an id is found only when all its bytes are equal; the hash merely says where to look.
 */
import type { TextId } from '../../model/text-id.ts';

const COUNT_MAX = 65_536;
const SIZE_MIN = 1024;
/** A busy tape fills its memory within minutes. */
const GROWTH = 4;
/** Words of an id at first: integers of 64 bits. */
const STRIDE_MIN = 5;
/** No place in the ring. */
const EMPTY = -1;

export class RecentIds {
  #stride = STRIDE_MIN;
  /** `#stride` words of each id; oldest first from `#next` on once the ring is full. */
  #words = new Int32Array((SIZE_MIN / 2) * STRIDE_MIN);
  #lengths = new Uint8Array(SIZE_MIN / 2);
  #hashes = new Int32Array(SIZE_MIN / 2);
  /** Place in the ring, at most half full. */
  #table = new Int32Array(SIZE_MIN).fill(EMPTY);
  #count = 0;
  #next = 0;

  has(id: TextId): boolean {
    return (this.#table[this.#slotOf(id)] as number) !== EMPTY;
  }

  /** False when `id` is remembered already. The oldest is forgotten when the memory is full. */
  add(id: TextId): boolean {
    let slot = this.#slotOf(id);
    if ((this.#table[slot] as number) !== EMPTY) return false;
    const place = this.#next;
    if (place < this.#count) {
      this.#forget(place);
      slot = this.#slotOf(id);
    } else if (2 * place >= this.#table.length) {
      this.#grow();
      slot = this.#slotOf(id);
    }
    const { wordCount } = id;
    if (wordCount > this.#stride) this.#widen(wordCount);
    const from = place * this.#stride;
    for (let i = 0; i < wordCount; i += 1) this.#words[from + i] = id.words[i] as number;
    this.#lengths[place] = id.length;
    this.#hashes[place] = id.hash;
    this.#table[slot] = place;
    this.#count = Math.max(this.#count, place + 1);
    this.#next = place + 1 === COUNT_MAX ? 0 : place + 1;
    return true;
  }

  /** Slot of `id`, or the empty one where it would be. */
  #slotOf(id: TextId): number {
    const table = this.#table;
    const mask = table.length - 1;
    for (let slot = id.hash & mask; ; slot = (slot + 1) & mask) {
      const place = table[slot] as number;
      if (place === EMPTY || this.#isAt(place, id)) return slot;
    }
  }

  #isAt(place: number, id: TextId): boolean {
    if (this.#hashes[place] !== id.hash || this.#lengths[place] !== id.length) return false;
    const from = place * this.#stride;
    const { words, wordCount } = id;
    for (let i = 0; i < wordCount; i += 1) {
      if (this.#words[from + i] !== words[i]) return false;
    }
    return true;
  }

  /** Takes the id at `place` out of the table; those that were pushed on by it move back. */
  #forget(place: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let hole = (this.#hashes[place] as number) & mask;
    while (table[hole] !== place) hole = (hole + 1) & mask;
    for (let slot = (hole + 1) & mask; ; slot = (slot + 1) & mask) {
      const other = table[slot] as number;
      if (other === EMPTY) break;
      const home = (this.#hashes[other] as number) & mask;
      // It may move when its home does not lie between the hole and where it is.
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      table[hole] = other;
      hole = slot;
    }
    table[hole] = EMPTY;
  }

  #grow(): void {
    const size = Math.min(GROWTH * this.#table.length, 2 * COUNT_MAX);
    const count = size / 2;
    this.#words = copyOf(this.#words, new Int32Array(count * this.#stride));
    this.#lengths = copyOf(this.#lengths, new Uint8Array(count));
    this.#hashes = copyOf(this.#hashes, new Int32Array(count));
    this.#table = new Int32Array(size).fill(EMPTY);
    const mask = size - 1;
    for (let place = 0; place < this.#count; place += 1) {
      let slot = (this.#hashes[place] as number) & mask;
      while (this.#table[slot] !== EMPTY) slot = (slot + 1) & mask;
      this.#table[slot] = place;
    }
  }

  /** Room for longer ids. */
  #widen(stride: number): void {
    const words = new Int32Array(this.#lengths.length * stride);
    for (let place = 0; place < this.#count; place += 1) {
      const from = place * this.#stride;
      words.set(this.#words.subarray(from, from + this.#stride), place * stride);
    }
    this.#words = words;
    this.#stride = stride;
  }
}

function copyOf<Numbers extends Int32Array | Uint8Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}
