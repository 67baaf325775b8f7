/**
 * The same records into several rings, each with a consumer of its own: into all of them or none.
 * A record is written in the first ring and copied from there when it is committed.
 *
 * Invariant: every ring holds the same records in the same order; only their consumers differ.
 */
import { copyWords, type RecordBytes } from '../base/record-bytes.ts';
import { RingProducer } from './ring-producer.ts';

/** What a writer of records needs of a ring, or of several. */
export type RecordProducer = Pick<
  RingProducer,
  'bytes' | 'capacity' | 'claim' | 'commit' | 'publish' | 'hasRoomFor' | 'usedLength'
>;

/** One ring as it is, several behind one face. */
export function producerFor(buffers: readonly SharedArrayBuffer[]): RecordProducer {
  const [first, ...others] = buffers.map((buffer) => new RingProducer(buffer));
  if (first === undefined) throw new RangeError('a producer needs a ring');
  return others.length === 0 ? first : new RingFan(first, others);
}

class RingFan implements RecordProducer {
  readonly bytes: RecordBytes;
  readonly #first: RingProducer;
  readonly #others: readonly RingProducer[];
  /** The claim under way. */
  #type = 0;
  #length = 0;
  #at = -1;

  constructor(first: RingProducer, others: readonly RingProducer[]) {
    this.bytes = first.bytes;
    this.#first = first;
    this.#others = others;
  }

  /** Of the smallest ring. */
  get capacity(): number {
    return this.#others.reduce(
      (least, { capacity }) => Math.min(least, capacity),
      this.#first.capacity,
    );
  }

  claim(type: number, length: number): number {
    for (const ring of this.#others) if (!ring.hasRoomFor(length)) return -1;
    this.#at = this.#first.claim(type, length);
    this.#type = type;
    this.#length = length;
    return this.#at;
  }

  commit(): void {
    for (const ring of this.#others) {
      // Room was made sure of when the first ring was claimed, and only consumers changed it since.
      const at = ring.claim(this.#type, this.#length);
      copyWords(this.bytes, this.#at, ring.bytes, at, (this.#length + 7) & ~7);
      ring.commit();
    }
    this.#first.commit();
  }

  publish(): number {
    for (const ring of this.#others) ring.publish();
    return this.#first.publish();
  }

  hasRoomFor(length: number): boolean {
    for (const ring of this.#others) if (!ring.hasRoomFor(length)) return false;
    return this.#first.hasRoomFor(length);
  }

  /** Bytes in the fullest ring. */
  usedLength(): number {
    let used = this.#first.usedLength();
    for (const ring of this.#others) used = Math.max(used, ring.usedLength());
    return used;
  }
}
