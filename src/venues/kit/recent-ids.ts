/**
 * A bounded memory of trade ids, for tapes whose ids prove nothing by their order. Each id that is
 * new puts the oldest out when the memory is full.
 *
 * The ids lie in a ring in the order they came; a table with open addressing says where. It holds
 * numbers only: a set of texts costs several times as much for each trade, all the more when one
 * goes for each that comes.
 *
 * Invariant: an id is found only when its whole text is equal; the hash merely says where to look.
 */

const COUNT_MAX = 65_536;
const SIZE_MIN = 1024;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** No place in the ring. */
const EMPTY = -1;

export class RecentIds {
  /** Oldest first from `#next` on once it is full. */
  readonly #ids: string[] = [];
  /** Hash of each. */
  #hashes = new Int32Array(SIZE_MIN / 2);
  /** Place in the ring, at most half full. */
  #table = new Int32Array(SIZE_MIN).fill(EMPTY);
  #next = 0;

  constructor(ids: readonly string[]) {
    for (const id of ids) this.add(id);
  }

  has(id: string): boolean {
    return (this.#table[this.#slotOf(id, hashOf(id))] as number) !== EMPTY;
  }

  /** False when `id` is remembered already. The oldest is forgotten when the memory is full. */
  add(id: string): boolean {
    const hash = hashOf(id);
    let slot = this.#slotOf(id, hash);
    if ((this.#table[slot] as number) !== EMPTY) return false;
    const place = this.#next;
    if (place < this.#ids.length) {
      this.#forget(place);
      slot = this.#slotOf(id, hash);
    } else if (2 * place >= this.#table.length) {
      this.#grow();
      slot = this.#slotOf(id, hash);
    }
    this.#ids[place] = id;
    this.#hashes[place] = hash;
    this.#table[slot] = place;
    this.#next = place + 1 === COUNT_MAX ? 0 : place + 1;
    return true;
  }

  /** Slot of `id`, or the empty one where it would be. */
  #slotOf(id: string, hash: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const place = table[slot] as number;
      if (place === EMPTY) return slot;
      if (this.#hashes[place] === hash && this.#ids[place] === id) return slot;
    }
  }

  /** Takes the id at `place` out of the table; those that were pushed on by it move back. */
  #forget(place: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let hole = this.#slotOf(this.#ids[place] as string, this.#hashes[place] as number);
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
    const size = 2 * this.#table.length;
    const hashes = new Int32Array(size / 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    this.#table = new Int32Array(size).fill(EMPTY);
    const mask = size - 1;
    for (let place = 0; place < this.#ids.length; place += 1) {
      let slot = (hashes[place] as number) & mask;
      while (this.#table[slot] !== EMPTY) slot = (slot + 1) & mask;
      this.#table[slot] = place;
    }
  }
}

/** Of all characters: ids of one venue may begin alike, or end alike. */
function hashOf(id: string): number {
  const { length } = id;
  let hash = FNV_OFFSET;
  for (let i = 0; i < length; i += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(i), FNV_PRIME);
  }
  // The low bits of the product are those of the last characters alone.
  return hash ^ (hash >>> 15);
}
