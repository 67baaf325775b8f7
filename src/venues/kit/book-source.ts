/**
 * Which connection an instrument's book follows, where subscribing brings the whole book: the one
 * that brought it last. While two connections overlap, the updates of the other would set levels
 * back to what they were a moment ago, and a book without sequence could not tell. Used by
 * `FeedSession`.
 *
 * Invariant: between two snapshots all updates of a book come from one connection.
 */
export class BookSource {
  /** By slot: the connection; -1 while no snapshot came in a stream. */
  readonly #connections: Int32Array;

  constructor(instrumentCount: number) {
    this.#connections = new Int32Array(instrumentCount).fill(-1);
  }

  /** False for an update to pass over: it belongs to another connection's book. */
  accept(slot: number, isSnapshot: boolean, connection: number): boolean {
    if (isSnapshot) this.#connections[slot] = connection;
    const followed = this.#connections[slot];
    return followed === -1 || followed === connection;
  }
}
