/**
 * Where everything lies in a ring's SharedArrayBuffer, and what a record's frame is.
 *
 * ```text
 *  byte      0         64        128       192       256                          256 + capacity
 *            ├─────────┼─────────┼─────────┼─────────┼──────────────────────────────┤
 *            │ shape   │ producer│ consumer│ waiting │ records …                    │
 *            └─────────┴─────────┴─────────┴─────────┴──────────────────────────────┘
 *  A record at index i:   i+0 length of body (i32)   i+4 type (i32)   i+8 body, padded to 8 bytes
 * ```
 * | word | writer | reader | ordering |
 * |---|---|---|---|
 * | MAGIC, CAPACITY | creator | both | before the buffer is handed over |
 * | PUBLISHED | producer | consumer | Atomics.store after all plain stores of the batch |
 * | CONSUMED | consumer | producer | Atomics.store after all plain loads of the batch |
 * | REFUSED, COMMITTED | producer | monitors | plain; approximate by nature |
 * | WAITING | consumer | producer | Atomics; 1 while the consumer sleeps on PUBLISHED |
 *
 * Positions count 8-byte words, only grow, and wrap at 2^32 (kept as Int32): a distance is `(a - b)
 * >>> 0` and never above capacity / 8 ≤ 2^27, so neither 2^31 nor 2^32 is special. Counts wrap as
 * well: read them with `>>> 0`. Each group of words has a 64-byte line of its own, so the two sides
 * do not share one.
 *
 * Why plain record bytes are safe: the store of PUBLISHED synchronises with the load that reads it,
 * so all bytes of the batch happen before the consumer's loads; CONSUMED does the same the other
 * way, so the consumer's loads happen before the producer's next stores to that room.
 */
import { assert } from '../base/assert.ts';

export const RING_MAGIC = 0x5350_494e;
export const LINE_LENGTH = 64;
export const WORD_LENGTH = 8;

/** Int32 slots of the header. */
export const SLOT_MAGIC = 0;
export const SLOT_CAPACITY = 1;
export const SLOT_PUBLISHED = LINE_LENGTH / 4;
export const SLOT_REFUSED = SLOT_PUBLISHED + 1;
export const SLOT_COMMITTED = SLOT_PUBLISHED + 2;
export const SLOT_CONSUMED = (2 * LINE_LENGTH) / 4;
export const SLOT_WAITING = (3 * LINE_LENGTH) / 4;

export const RING_HEADER_LENGTH = 4 * LINE_LENGTH;
export const RECORD_HEADER_LENGTH = 8;
/**
 * Type of the record that fills the tail of the buffer when the next one does not fit before it.
 */
export const TYPE_PADDING = 0;
export const RING_CAPACITY_MIN = 64;
export const RING_CAPACITY_MAX = 1 << 30;

assert(RECORD_HEADER_LENGTH === WORD_LENGTH, 'Invariant: a frame header is one word');
assert(RING_HEADER_LENGTH % WORD_LENGTH === 0, 'Invariant: records start on a word');

/** Bytes a body of `length` bytes occupies with its header, a multiple of 8. */
export function framedLength(length: number): number {
  return RECORD_HEADER_LENGTH + ((length + 7) & ~7);
}

/**
 * Longest body a ring of `capacity` takes: its frame is half the ring. The padding before a wrap is
 * shorter than the frame that did not fit, so an empty ring always has room for both.
 */
export function bodyLengthMax(capacity: number): number {
  return (capacity >> 1) - RECORD_HEADER_LENGTH;
}

/** A new ring for `capacity` bytes of framed records (a power of two, 64 B to 1 GiB). */
export function createRing(capacity: number): SharedArrayBuffer {
  assert(
    Number.isInteger(capacity) &&
      capacity >= RING_CAPACITY_MIN &&
      capacity <= RING_CAPACITY_MAX &&
      (capacity & (capacity - 1)) === 0,
    `Invariant: ring capacity is a power of two in 64..2^30, not ${capacity}`,
  );
  const buffer = new SharedArrayBuffer(RING_HEADER_LENGTH + capacity);
  const header = new Int32Array(buffer, 0, RING_HEADER_LENGTH / 4);
  header[SLOT_CAPACITY] = capacity;
  Atomics.store(header, SLOT_MAGIC, RING_MAGIC);
  return buffer;
}
