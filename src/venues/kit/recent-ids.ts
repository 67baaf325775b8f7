/** A bounded memory of trade ids, for tapes whose ids prove nothing by their order. */

const COUNT_MAX = 65_536;

export class RecentIds {
  readonly #ids = new Set<string>();
  /** The same, oldest first from `#oldest` on once it is full. */
  readonly #order: string[] = [];
  #oldest = 0;

  constructor(ids: readonly string[]) {
    for (const id of ids) this.add(id);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** False when `id` is remembered already. The oldest is forgotten when the memory is full. */
  add(id: string): boolean {
    const { size } = this.#ids;
    if (this.#ids.add(id).size === size) return false;
    if (size < COUNT_MAX) {
      this.#order.push(id);
      return true;
    }
    this.#ids.delete(this.#order[this.#oldest] as string);
    this.#order[this.#oldest] = id;
    this.#oldest = (this.#oldest + 1) % COUNT_MAX;
    return true;
  }
}
