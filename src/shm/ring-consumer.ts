/**
 * The reading side of a single-producer single-consumer ring, as a cursor:
 *
 * ```ts
 * while (ring.next()) use(ring.type, ring.bytes, ring.index, ring.length);
 * ring.release();
 * ```
 * A record stays valid until `release`, which gives the room back for the whole batch at once. A
 * new consumer on an old ring starts after the last release: records read but not released come
 * again.
 */
import { assert } from '../base/assert.ts';
import { RecordBytes } from '../base/record-bytes.ts';
import { ParkingSpot, type WakeReason } from './parking-spot.ts';
import {
  framedLength,
  RECORD_HEADER_LENGTH,
  RING_HEADER_LENGTH,
  RING_MAGIC,
  SLOT_CAPACITY,
  SLOT_CONSUMED,
  SLOT_MAGIC,
  SLOT_PUBLISHED,
  SLOT_WAITING,
  TYPE_PADDING,
} from './ring-layout.ts';

export class RingConsumer {
  readonly bytes: RecordBytes;
  readonly capacity: number;
  /** Of the record that `next` moved to: type, byte index of the body, length of the body. */
  type = 0;
  index = 0;
  length = 0;
  readonly #header: Int32Array;
  readonly #mask: number;
  readonly #spot: ParkingSpot;
  #position: number;
  #released: number;
  #publishedSeen: number;

  constructor(buffer: SharedArrayBuffer) {
    this.#header = new Int32Array(buffer, 0, RING_HEADER_LENGTH / 4);
    assert(Atomics.load(this.#header, SLOT_MAGIC) === RING_MAGIC, 'Invariant: buffer holds a ring');
    this.capacity = this.#header[SLOT_CAPACITY] as number;
    this.bytes = new RecordBytes(buffer, RING_HEADER_LENGTH, this.capacity);
    this.#mask = (this.capacity >> 3) - 1;
    this.#spot = new ParkingSpot(this.#header, SLOT_PUBLISHED, SLOT_WAITING);
    this.#position = Atomics.load(this.#header, SLOT_CONSUMED);
    this.#released = this.#position;
    this.#publishedSeen = this.#position;
  }

  /** Fixes how far `next` reads: records published later are left for the next batch. */
  refresh(): void {
    this.#publishedSeen = Atomics.load(this.#header, SLOT_PUBLISHED);
  }

  /** Moves to the next record seen by the last `refresh`; false when there is none. */
  nextSeen(): boolean {
    while (this.#position !== this.#publishedSeen) {
      const start = this.#position & this.#mask;
      const length = this.bytes.i32[start << 1] as number;
      const type = this.bytes.i32[(start << 1) + 1] as number;
      const remaining = (this.#publishedSeen - this.#position) >>> 0;
      // Unsigned, so that a negative length is too long as well.
      assert(
        length >>> 0 <= (remaining << 3) - RECORD_HEADER_LENGTH,
        'Invariant: a frame ends at or before the published position',
      );
      this.#position = (this.#position + (framedLength(length) >> 3)) | 0;
      if (type === TYPE_PADDING) continue;
      this.type = type;
      this.index = (start << 3) + RECORD_HEADER_LENGTH;
      this.length = length;
      return true;
    }
    return false;
  }

  /** Moves to the next record, looking for newly published ones when the known are used up. */
  next(): boolean {
    if (this.#position === this.#publishedSeen) this.refresh();
    return this.nextSeen();
  }

  /** Gives back the room of every record passed so far. */
  release(): void {
    if (this.#released === this.#position) return;
    this.#released = this.#position;
    Atomics.store(this.#header, SLOT_CONSUMED, this.#position);
  }

  /** Bytes published and not yet read. */
  pendingLength(): number {
    return ((Atomics.load(this.#header, SLOT_PUBLISHED) - this.#position) >>> 0) * 8;
  }

  /** Parks this thread until records arrive or `timeoutMs` passes. Workers only. */
  wait(timeoutMs: number): WakeReason {
    return this.#spot.wait(this.#position, timeoutMs);
  }

  /**
   * As `wait`, for a thread with an event loop. May resolve early (another call's time-out, records
   * read meanwhile): look again, then wait again. At most one native wait is pending a consumer.
   */
  waitAsync(timeoutMs: number): Promise<void> {
    return this.#spot.waitAsync(this.#position, timeoutMs);
  }
}
