/**
 * The writing side of a single-producer single-consumer ring: claim, write, commit, …, publish.
 *
 * Invariant: consumed ≤ published ≤ claimed ≤ consumed + capacity (positions in words, wrapping).
 * Payloads are stored plainly; only the Atomics.store in `publish` makes them visible. A claim that
 * does not fit is refused and counted: the caller decides whether to wait, spool or conflate. Who
 * waits publishes first, or the consumer has nothing to give room back for.
 *
 * A new producer on an old ring goes on after the last published record: what its predecessor
 * claimed or committed without publishing was never there.
 */
import { assert, InvariantError } from '../base/assert.ts';
import { RecordBytes } from '../base/record-bytes.ts';
import { ParkingSpot } from './parking-spot.ts';
import {
  bodyLengthMax,
  framedLength,
  RECORD_HEADER_LENGTH,
  RING_HEADER_LENGTH,
  RING_MAGIC,
  SLOT_CAPACITY,
  SLOT_COMMITTED,
  SLOT_CONSUMED,
  SLOT_MAGIC,
  SLOT_PUBLISHED,
  SLOT_REFUSED,
  SLOT_WAITING,
  TYPE_PADDING,
} from './ring-layout.ts';

export class RingProducer {
  /** Record memory; bodies are written here at the index that `claim` returns. */
  readonly bytes: RecordBytes;
  readonly capacity: number;
  /** Longest body that `claim` takes; longer ones are a broken invariant. */
  readonly bodyLengthMax: number;
  readonly #consumerSpot: ParkingSpot;
  readonly #header: Int32Array;
  readonly #words: number;
  readonly #mask: number;
  #position: number;
  #published: number;
  /** Last consumer position seen; refreshed only when the ring looks full. */
  #consumedSeen: number;
  #claimedWords = 0;
  #pendingCount = 0;

  constructor(buffer: SharedArrayBuffer) {
    this.#header = new Int32Array(buffer, 0, RING_HEADER_LENGTH / 4);
    assert(Atomics.load(this.#header, SLOT_MAGIC) === RING_MAGIC, 'Invariant: buffer holds a ring');
    this.capacity = this.#header[SLOT_CAPACITY] as number;
    this.bytes = new RecordBytes(buffer, RING_HEADER_LENGTH, this.capacity);
    this.bodyLengthMax = bodyLengthMax(this.capacity);
    this.#consumerSpot = new ParkingSpot(this.#header, SLOT_PUBLISHED, SLOT_WAITING);
    this.#words = this.capacity >> 3;
    this.#mask = this.#words - 1;
    this.#published = Atomics.load(this.#header, SLOT_PUBLISHED);
    this.#position = this.#published;
    this.#consumedSeen = Atomics.load(this.#header, SLOT_CONSUMED);
  }

  /**
   * Reserves a body of `length` bytes and returns its byte index in `bytes`, or -1 when the ring
   * has no room (counted as refused). Exactly one `commit` or `abort` must follow a successful
   * claim.
   */
  claim(type: number, length: number): number {
    assert(type !== TYPE_PADDING && this.#claimedWords === 0, 'Invariant: one claim at a time');
    // Not an assert: its message would be built for every record.
    if (length < 0 || length > this.bodyLengthMax) throw this.#overlong(length);
    const needed = framedLength(length) >> 3;
    let start = this.#position & this.#mask;
    const tail = this.#words - start;
    const padding = needed > tail ? tail : 0;
    if (!this.#hasRoom(padding + needed)) {
      this.#header[SLOT_REFUSED] = ((this.#header[SLOT_REFUSED] as number) + 1) | 0;
      return -1;
    }
    const i32 = this.bytes.i32;
    if (padding > 0) {
      i32[start << 1] = (padding << 3) - RECORD_HEADER_LENGTH;
      i32[(start << 1) + 1] = TYPE_PADDING;
      this.#position = (this.#position + padding) | 0;
      start = 0;
    }
    // The last word first: a body that ends inside it leaves zeros, not bytes of an older record.
    const last = (start + needed - 1) << 1;
    i32[last] = 0;
    i32[last + 1] = 0;
    i32[start << 1] = length;
    i32[(start << 1) + 1] = type;
    this.#claimedWords = needed;
    return (start << 3) + RECORD_HEADER_LENGTH;
  }

  /** Makes the claimed record part of the batch that the next `publish` makes visible. */
  commit(): void {
    assert(this.#claimedWords !== 0, 'Invariant: commit follows a claim');
    this.#position = (this.#position + this.#claimedWords) | 0;
    this.#claimedWords = 0;
    this.#pendingCount += 1;
  }

  /** Gives the claimed room back; the record was never there. */
  abort(): void {
    this.#claimedWords = 0;
  }

  /** Makes all committed records visible and wakes a sleeping consumer. Returns how many. */
  publish(): number {
    const count = this.#pendingCount;
    if (this.#position === this.#published) return 0;
    this.#published = this.#position;
    this.#pendingCount = 0;
    this.#header[SLOT_COMMITTED] = ((this.#header[SLOT_COMMITTED] as number) + count) | 0;
    // Everything above is plain; this store publishes it. Move nothing below it.
    Atomics.store(this.#header, SLOT_PUBLISHED, this.#published);
    this.#consumerSpot.wake();
    return count;
  }

  /** True when a body of `length` bytes would be accepted now, wherever the wrap falls. */
  hasRoomFor(length: number): boolean {
    if (length < 0 || length > this.bodyLengthMax) throw this.#overlong(length);
    return this.#hasRoom(2 * (framedLength(length) >> 3));
  }

  /** Bytes of records and padding that the consumer has not released yet. */
  usedLength(): number {
    this.#consumedSeen = Atomics.load(this.#header, SLOT_CONSUMED);
    return ((this.#position - this.#consumedSeen) >>> 0) * 8;
  }

  #overlong(length: number): InvariantError {
    return new InvariantError(
      `Invariant: record length is 0..${this.bodyLengthMax} (half the ring), not ${length}`,
    );
  }

  #hasRoom(words: number): boolean {
    if (((this.#position - this.#consumedSeen) >>> 0) + words <= this.#words) return true;
    this.#consumedSeen = Atomics.load(this.#header, SLOT_CONSUMED);
    return ((this.#position - this.#consumedSeen) >>> 0) + words <= this.#words;
  }
}
