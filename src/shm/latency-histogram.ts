/**
 * Latencies in shared memory, one writer, any readers: log-linear buckets of integer µs, signed, as
 * a receive clock may run behind the venue's. Below 64 µs every value has its own bucket; above,
 * each power of two has 32, so a bucket's middle is within 1.6 % of every value in it. Values
 * beyond ±2^36 µs (19 hours) count in the outermost bucket; `max` stays exact.
 *
 * ```text
 *  byte  0       8     16    24 … 64                                                64 + 16384
 *        │ count │ min │ max │    │ bucket −1023 … −1 │ bucket 0 │ 1 … 1023 (f64 each) │
 * ```
 * | word | writer | reader | ordering |
 * |---|---|---|---|
 * | count, min, max, buckets | writer | readers | plain float64; a reader may miss the last few |
 *
 * Percentiles are taken from the buckets alone, so they agree with one another whatever `count`
 * says at that instant. Counts are float64: exact to 2^53, never wrap.
 */
import { assert } from '../base/assert.ts';
import { LINE_LENGTH } from './ring-layout.ts';

/** Same shape as the engine's view of it; all µs, NaN while `count` is 0. */
export interface HistogramSummary {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

const SLOT_COUNT = 0;
const SLOT_MIN = 1;
const SLOT_MAX = 2;

/** Sub-buckets a power of two, and the exponent from which they are wider than 1 µs. */
const SUB_BITS = 5;
const SUB_COUNT = 1 << SUB_BITS;
const LINEAR_BITS = SUB_BITS + 1;
const LINEAR_COUNT = 1 << LINEAR_BITS;
const EXPONENT_LIMIT = 36;
const SIDE_COUNT = LINEAR_COUNT + (EXPONENT_LIMIT - LINEAR_BITS) * SUB_COUNT;
/** Index of the bucket of 0 µs; slot 0 of the buckets stays empty. */
const ZERO = SIDE_COUNT;
/** Half an hour: what is below fits 32 bits, rounded up too. */
const INT_LIMIT = 2 ** 31 - 1;
const MAGNITUDE_MAX = 2 ** EXPONENT_LIMIT - 1;

export class LatencyHistogram {
  static readonly byteLength = LINE_LENGTH + 2 * SIDE_COUNT * 8;
  readonly #head: Float64Array;
  readonly #buckets: Float64Array;

  constructor(buffer: SharedArrayBuffer, byteOffset = 0) {
    this.#head = new Float64Array(buffer, byteOffset, LINE_LENGTH / 8);
    this.#buckets = new Float64Array(buffer, byteOffset + LINE_LENGTH, 2 * SIDE_COUNT);
  }

  static create(): LatencyHistogram {
    return new LatencyHistogram(new SharedArrayBuffer(LatencyHistogram.byteLength));
  }

  get count(): number {
    return this.#head[SLOT_COUNT] as number;
  }

  /**
   * Counts one latency in µs; fractions round to the nearest. NaN (a time was missing) is left out.
   */
  record(us: number): void {
    if (Number.isNaN(us)) return;
    const head = this.#head;
    const count = head[SLOT_COUNT] as number;
    if (count === 0 || us < (head[SLOT_MIN] as number)) head[SLOT_MIN] = us;
    if (count === 0 || us > (head[SLOT_MAX] as number)) head[SLOT_MAX] = us;
    const slot = us < 0 ? ZERO - sideIndex(-us) : ZERO + sideIndex(us);
    this.#buckets[slot] = (this.#buckets[slot] as number) + 1;
    head[SLOT_COUNT] = count + 1;
  }

  /** Adds what `other` holds, to sum up several feeds; for a private histogram of the reader. */
  mergeFrom(other: LatencyHistogram): void {
    const count = other.count;
    if (count === 0) return;
    const head = this.#head;
    const isFirst = this.count === 0;
    const min = other.#head[SLOT_MIN] as number;
    const max = other.#head[SLOT_MAX] as number;
    head[SLOT_MIN] = isFirst ? min : Math.min(min, head[SLOT_MIN] as number);
    head[SLOT_MAX] = isFirst ? max : Math.max(max, head[SLOT_MAX] as number);
    head[SLOT_COUNT] = this.count + count;
    for (let i = 0; i < this.#buckets.length; i += 1) {
      this.#buckets[i] = (this.#buckets[i] as number) + (other.#buckets[i] as number);
    }
  }

  /**
   * The smallest latencies that a share `q` of all is not above, in the order of `quantiles`
   * (ascending, 0..1); NaN each when nothing is recorded.
   */
  percentiles(quantiles: readonly number[]): number[] {
    const counts = this.#buckets.slice();
    let total = 0;
    for (const count of counts) total += count;
    const out: number[] = [];
    let slot = 0;
    let passed = counts[0] as number;
    let previous = 0;
    for (const q of quantiles) {
      assert(q >= previous && q <= 1, 'Invariant: quantiles ascend within 0..1');
      previous = q;
      const rank = Math.max(1, Math.ceil(q * total));
      while (passed < rank && slot < counts.length - 1) {
        slot += 1;
        passed += counts[slot] as number;
      }
      out.push(total === 0 ? Number.NaN : this.#clamp(bucketMiddle(slot - ZERO)));
    }
    return out;
  }

  summary(): HistogramSummary {
    const [p50, p99, p999] = this.percentiles([0.5, 0.99, 0.999]) as [number, number, number];
    const max = this.count === 0 ? Number.NaN : (this.#head[SLOT_MAX] as number);
    return { count: this.count, p50, p99, p999, max };
  }

  /** A bucket's middle can lie outside what was recorded. */
  #clamp(us: number): number {
    return Math.min(Math.max(us, this.#head[SLOT_MIN] as number), this.#head[SLOT_MAX] as number);
  }
}

/** Bucket of a magnitude ≥ 0, counted from the bucket of 0. */
function sideIndex(magnitude: number): number {
  if (magnitude >= INT_LIMIT) return longIndex(magnitude);
  const us = (magnitude + 0.5) | 0;
  if (us < LINEAR_COUNT) return us;
  const exponent = 31 - Math.clz32(us);
  const sub = (us >>> (exponent - SUB_BITS)) & (SUB_COUNT - 1);
  return LINEAR_COUNT + (exponent - LINEAR_BITS) * SUB_COUNT + sub;
}

/** The same of one that bit operations cannot hold. */
function longIndex(magnitude: number): number {
  let us = Math.min(Math.round(magnitude), MAGNITUDE_MAX);
  let shift = 0;
  // Bit operations see 32 bits. Dropping 6 low ones of a value ≥ 2^31 changes no bucket.
  if (us >= 2 ** 31) {
    us = Math.floor(us / 64);
    shift = 6;
  }
  const exponent = 31 - Math.clz32(us);
  const sub = (us >>> (exponent - SUB_BITS)) & (SUB_COUNT - 1);
  return LINEAR_COUNT + (exponent + shift - LINEAR_BITS) * SUB_COUNT + sub;
}

/** Middle of the integers in the bucket `index` away from that of 0. */
function bucketMiddle(index: number): number {
  const side = Math.abs(index);
  if (side < LINEAR_COUNT) return index;
  const octave = (side - LINEAR_COUNT) >> SUB_BITS;
  const sub = (side - LINEAR_COUNT) & (SUB_COUNT - 1);
  const width = 2 ** (octave + 1);
  return Math.sign(index) * ((SUB_COUNT + sub) * width + (width - 1) / 2);
}
