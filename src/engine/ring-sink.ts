/**
 * Where a venue's records go: the writer's ring (one a store, behind one face) and, for candles and
 * live values, the aggregator's. Applies the overload table (docs/ARCHITECTURE.md,
 * "Overload").
 *
 * Invariant: the writer's ring is published before the aggregator's, so whatever the aggregator
 * made a candle from is already visible to the writer.
 */
import { copyWords, RecordBytes } from '../base/record-bytes.ts';
import { writeStatus } from '../model/record-codec.ts';
import { BookSnapshot, Common, Flag, RecordType, StatusKind } from '../model/record-layout.ts';
import { RECORD_LENGTH_MAX, type RecordSink } from '../model/record-sink.ts';
import type { Doorbell } from '../shm/doorbell.ts';
import type { RecordProducer } from '../shm/ring-fan.ts';
import { count, createFeedCounters, type FeedCounters, FeedSlot } from '../venues/feed-counters.ts';

/** Share of a ring in use from which quotes and snapshots are conflated, and deltas dropped. */
const CONFLATE_SHARE = 0.5;
const DROP_DELTAS_SHARE = 0.75;
/** Room that must be free before a frame or a REST page is taken in. */
const HEADROOM_LENGTH = 256 * 1024;
/**
 * How far one trade pulls the clock offset up again: a drift is followed within some 10^5 trades.
 */
const OFFSET_FORGETS = 1e-5;
/** Records of a type that waits in place of older ones: snapshots of 2 × 1000 levels at most. */
const HELD_LENGTH_MAX = BookSnapshot.askCount + 4 + 2 * 1000 * 16;

export interface SinkFeed {
  readonly counters: FeedCounters;
  readonly venueLatency: { record(us: number): void };
}

interface Held {
  readonly type: RecordType;
  length: number;
  readonly bytes: RecordBytes;
}

export class RingSink implements RecordSink {
  readonly scratch = RecordBytes.allocate(RECORD_LENGTH_MAX);
  readonly #writer: RecordProducer;
  readonly #aggregator: RecordProducer;
  readonly #doorbell: Doorbell;
  readonly #headroom: number;
  /** Latest conflated record by type and instrument. */
  readonly #held = new Map<number, Held>();
  #feed: SinkFeed = { counters: createFeedCounters(), venueLatency: { record: () => {} } };
  #droppedDeltas = 0;
  #isPressed = false;
  /** Records that found no room although headroom was checked; they go first, in order. */
  readonly #overflow: { type: RecordType; length: number; bytes: RecordBytes }[] = [];

  constructor(writer: RecordProducer, aggregator: RecordProducer, doorbell: Doorbell) {
    this.#writer = writer;
    this.#aggregator = aggregator;
    this.#doorbell = doorbell;
    this.#headroom = Math.min(HEADROOM_LENGTH, writer.capacity >> 3, aggregator.capacity >> 3);
  }

  /** Losses and latencies from here on are this feed's. */
  attribute(feed: SinkFeed): void {
    this.#feed = feed;
  }

  /** False while frames must wait: a ring is too full to take in all that one may bring. */
  hasRoom(): boolean {
    return (
      this.#overflow.length === 0 &&
      this.#writer.hasRoomFor(this.#headroom) &&
      this.#aggregator.hasRoomFor(this.#headroom)
    );
  }

  emit(type: RecordType, length: number): void {
    if (type === RecordType.trade) {
      this.#measure();
      this.#push(type, length, true);
    } else if (type === RecordType.status) {
      this.#push(type, length, true);
    } else if (type === RecordType.bookDelta) {
      this.#emitDelta(length);
    } else if (this.#isPressed && type !== RecordType.liquidation) {
      this.#hold(type, length);
    } else {
      this.#push(type, length, type === RecordType.quote);
    }
  }

  /** Makes everything emitted visible; call once a turn. */
  publish(): void {
    this.#flushOverflow();
    this.#writer.publish();
    if (this.#aggregator.publish() > 0) this.#doorbell.ring();
    const used = this.usedShare();
    if (used > CONFLATE_SHARE) this.#isPressed = true;
    else if (this.#isPressed && used < CONFLATE_SHARE / 2) this.#release();
  }

  usedLength(): number {
    return this.#writer.usedLength();
  }

  get capacity(): number {
    return this.#writer.capacity;
  }

  /** Latency of a live trade, and the least one seen: the best guess at the clocks' offset. */
  #measure(): void {
    const { scratch } = this;
    if (((scratch.u16[Common.flags >> 1] as number) & Flag.refill) !== 0) return;
    const latencyUs =
      (scratch.f64[Common.recvUs >> 3] as number) - (scratch.f64[Common.tsUs >> 3] as number);
    this.#feed.venueLatency.record(latencyUs);
    const { counters } = this.#feed;
    const trades = counters[FeedSlot.trades] as number;
    const offsetUs = counters[FeedSlot.clock_offset_us] as number;
    if (trades <= 1 || latencyUs < offsetUs) counters[FeedSlot.clock_offset_us] = latencyUs;
    else counters[FeedSlot.clock_offset_us] = offsetUs + (latencyUs - offsetUs) * OFFSET_FORGETS;
  }

  /** Share of the fuller ring in use, 0..1. */
  usedShare(): number {
    return Math.max(
      this.#writer.usedLength() / this.#writer.capacity,
      this.#aggregator.usedLength() / this.#aggregator.capacity,
    );
  }

  #push(type: RecordType, length: number, toAggregator: boolean): void {
    const isTaken =
      this.#overflow.length === 0 &&
      this.#fitsAggregator(type, length) &&
      this.#copy(this.#writer, type, length);
    if (!isTaken) {
      const bytes = RecordBytes.allocate((length + 7) & ~7);
      copyWords(this.scratch, 0, bytes, 0, bytes.length);
      this.#overflow.push({ type, length, bytes });
      return;
    }
    if (toAggregator) this.#toAggregator(type, length, this.scratch);
  }

  /** A trade or status that only the writer got would be missing in candles. */
  #fitsAggregator(type: RecordType, length: number): boolean {
    const isNeeded = type === RecordType.trade || type === RecordType.status;
    return !isNeeded || this.#aggregator.hasRoomFor(length);
  }

  #toAggregator(type: RecordType, length: number, source: RecordBytes): void {
    if (type !== RecordType.trade && type !== RecordType.status && type !== RecordType.quote)
      return;
    const at = this.#aggregator.claim(type, length);
    // Room for trades and statuses was made sure of; a quote is replaced by the next one.
    if (at < 0) return;
    copyWords(source, 0, this.#aggregator.bytes, at, (length + 7) & ~7);
    this.#aggregator.commit();
  }

  #copy(ring: RecordProducer, type: RecordType, length: number): boolean {
    const at = ring.claim(type, length);
    if (at < 0) return false;
    copyWords(this.scratch, 0, ring.bytes, at, (length + 7) & ~7);
    ring.commit();
    return true;
  }

  #flushOverflow(): void {
    while (this.#overflow.length > 0) {
      const [first] = this.#overflow;
      if (first === undefined) return;
      if (!this.#fitsAggregator(first.type, first.length)) return;
      const at = this.#writer.claim(first.type, first.length);
      if (at < 0) return;
      copyWords(first.bytes, 0, this.#writer.bytes, at, first.bytes.length);
      this.#writer.commit();
      this.#toAggregator(first.type, first.length, first.bytes);
      this.#overflow.shift();
    }
  }

  #hold(type: RecordType, length: number): void {
    const instrument = this.scratch.u32[Common.instrument >> 2] as number;
    const key = instrument * 16 + type;
    let held = this.#held.get(key);
    if (held === undefined) {
      held = { type, length: 0, bytes: RecordBytes.allocate((HELD_LENGTH_MAX + 7) & ~7) };
      this.#held.set(key, held);
    } else if (held.length > 0) {
      const isQuote = type === RecordType.quote;
      count(
        this.#feed.counters,
        isQuote ? FeedSlot.quotes_conflated : FeedSlot.snapshots_conflated,
      );
    }
    held.length = length;
    copyWords(this.scratch, 0, held.bytes, 0, (length + 7) & ~7);
  }

  /** Pressure is over: the latest of each goes out. */
  #release(): void {
    this.#isPressed = false;
    for (const held of this.#held.values()) {
      if (held.length === 0) continue;
      copyWords(held.bytes, 0, this.scratch, 0, (held.length + 7) & ~7);
      this.#push(held.type, held.length, held.type === RecordType.quote);
      held.length = 0;
    }
  }

  #emitDelta(length: number): void {
    const instrument = this.scratch.u32[Common.instrument >> 2] as number;
    const recvUs = this.scratch.f64[Common.recvUs >> 3] as number;
    if (this.usedShare() > DROP_DELTAS_SHARE) {
      this.#droppedDeltas += 1;
      count(this.#feed.counters, FeedSlot.deltas_dropped);
      return;
    }
    this.#push(RecordType.bookDelta, length, false);
    if (this.#droppedDeltas === 0) return;
    const missing = this.#droppedDeltas;
    this.#droppedDeltas = 0;
    const fields = { instrument, kind: StatusKind.dropped, channel: 2, recvUs, missing } as const;
    this.emit(
      RecordType.status,
      writeStatus(this.scratch, 0, { ...fields, fromUs: recvUs, cause: 'book deltas: ring full' }),
    );
  }
}
