/**
 * Keys of the rows of one load, to leave out what comes twice. A key is a group (one instrument's
 * rows), a number that seldom repeats and what tells apart those that share it: nothing is
 * allocated for a key but its entry.
 */

type Rest = number | string;

export class SeenKeys {
  readonly #groups = new Map<number, Map<number, Rest | Set<Rest>>>();

  /** False when the key was there already. */
  add(group: number, main: number, rest: Rest): boolean {
    let keys = this.#groups.get(group);
    if (keys === undefined) {
      keys = new Map();
      this.#groups.set(group, keys);
    }
    const known = keys.get(main);
    if (known === undefined) {
      keys.set(main, rest);
      return true;
    }
    if (known instanceof Set) {
      if (known.has(rest)) return false;
      known.add(rest);
      return true;
    }
    if (known === rest) return false;
    keys.set(main, new Set([known, rest]));
    return true;
  }
}
