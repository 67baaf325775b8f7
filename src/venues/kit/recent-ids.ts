/** A bounded memory of trade ids, for tapes whose ids prove nothing by their order. */

const COUNT_MAX = 65_536;

export class RecentIds {
  readonly #ids = new Set<string>();

  constructor(ids: readonly string[]) {
    for (const id of ids) this.add(id);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** False when `id` is remembered already. The oldest is forgotten when the memory is full. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > COUNT_MAX) {
      const oldest = this.#ids.values().next();
      if (oldest.done !== true) this.#ids.delete(oldest.value);
    }
    return true;
  }
}
