/**
 * Gathers what all rings hold into one batch of framed records.
 *
 * Invariant: a batch with a candle holds, or follows, every trade the candle was made of. Venues
 * publish to the writer's ring before the aggregator's, so every trade behind a candle that is
 * visible now is visible in a writer's ring too: the candle ring's end is fixed first, the others
 * after it, and all are read to their end into the same batch, whatever its size.
 */
import { assert } from '../base/assert.ts';
import { copyWords, RecordBytes } from '../base/record-bytes.ts';
import type { RingConsumer } from '../shm/ring-consumer.ts';
import { framedLength, RECORD_HEADER_LENGTH } from '../shm/ring-layout.ts';
import type { RecordBatch } from '../store/contract.ts';

const FIRST_LENGTH = 1 << 20;

export class BatchCollector {
  readonly #candles: RingConsumer;
  readonly #venues: readonly RingConsumer[];
  /** All rings full at once: the batch is never longer. */
  readonly #lengthMax: number;
  #bytes = RecordBytes.allocate(FIRST_LENGTH);
  #spare: RecordBytes | undefined;

  constructor(candles: RingConsumer, venues: readonly RingConsumer[]) {
    this.#candles = candles;
    this.#venues = venues;
    this.#lengthMax = venues.reduce((sum, ring) => sum + ring.capacity, candles.capacity);
  }

  /** Bytes that wait in the rings. */
  pendingLength(): number {
    let sum = this.#candles.pendingLength();
    for (const ring of this.#venues) sum += ring.pendingLength();
    return sum;
  }

  /** Largest share of a ring that waits, 0..1. */
  pendingShare(): number {
    let share = this.#candles.pendingLength() / this.#candles.capacity;
    for (const ring of this.#venues) share = Math.max(share, ring.pendingLength() / ring.capacity);
    return share;
  }

  /** The last batch stays as it is until it is given back: the next ones use other memory. */
  lend({ bytes }: RecordBatch): void {
    if (bytes !== this.#bytes) return;
    this.#bytes = this.#spare ?? RecordBytes.allocate(FIRST_LENGTH);
    this.#spare = undefined;
  }

  giveBack({ bytes }: RecordBatch): void {
    this.#spare = bytes;
  }

  /** All that was published, or undefined when that is nothing. Valid until the next call. */
  collect(): RecordBatch | undefined {
    this.#candles.refresh();
    for (const ring of this.#venues) ring.refresh();
    let length = 0;
    let count = 0;
    for (const ring of [...this.#venues, this.#candles]) {
      while (ring.nextSeen()) {
        const framed = framedLength(ring.length);
        if (length + framed > this.#bytes.length) this.#grow(length, framed);
        copyWords(ring.bytes, ring.index - RECORD_HEADER_LENGTH, this.#bytes, length, framed);
        length += framed;
        count += 1;
      }
      ring.release();
    }
    return count === 0 ? undefined : { bytes: this.#bytes, length, count };
  }

  #grow(used: number, more: number): void {
    let length = this.#bytes.length;
    while (length < used + more) length *= 2;
    assert(
      used + more <= this.#lengthMax,
      `Invariant: a batch ≤ all rings, ${this.#lengthMax} bytes`,
    );
    const grown = RecordBytes.allocate(length);
    grown.u8.set(this.#bytes.u8.subarray(0, used));
    this.#bytes = grown;
  }
}
