/**
 * Turns a book's life into records: top-N snapshots on a fixed grid of receive time and, when asked
 * for, deltas. Used by `BookKeeper`, which calls it only while the book is valid.
 *
 * The state AT a grid boundary is emitted when the first event at or after it arrives, before that
 * event is applied, and carries the times of the last update in it. So the rows are the same
 * however often anybody ticks, live and in a replay.
 */
import { assert } from '../../base/assert.ts';
import type { OrderBook } from '../../book/order-book.ts';
import { writeBookDeltaHead, writeBookSnapshotHead } from '../../model/record-codec.ts';
import {
  BOOK_DELTA_LENGTH,
  BOOK_SNAPSHOT_LENGTH,
  Flag,
  LEVEL_LENGTH,
  RecordType,
} from '../../model/record-layout.ts';
import { RECORD_LENGTH_MAX, type RecordSink } from '../../model/record-sink.ts';
import type { DepthMessage } from '../contract.ts';
import { count, type FeedCounters, FeedSlot } from '../feed-counters.ts';

const LEVELS_MAX = Math.floor((RECORD_LENGTH_MAX - BOOK_DELTA_LENGTH) / LEVEL_LENGTH);
const SIDE_LEVELS_MAX = LEVELS_MAX >> 1;

export interface BookRecording {
  readonly instrument: number;
  /** Levels a side of snapshots; 0: no snapshots. */
  readonly depth: number;
  /** Distance of the grid's boundaries, µs; they are the multiples of it. */
  readonly intervalUs: number;
  /** Emit deltas. */
  readonly deltas: boolean;
}

export class BookRecorder {
  readonly #recording: BookRecording;
  readonly #depth: number;
  readonly #sink: RecordSink;
  readonly #counters: FeedCounters;
  /** Boundary at which the noted state is emitted; Infinity: nothing changed since the last one. */
  #dueUs = Number.POSITIVE_INFINITY;
  #tsUs = Number.NaN;
  #recvUs = Number.NaN;
  #sequence = Number.NaN;
  #bookHasLoss = false;
  #isFirstSnapshot = true;

  constructor(recording: BookRecording, sink: RecordSink, counters: FeedCounters) {
    assert(recording.intervalUs > 0, 'Invariant: the grid of book snapshots has a distance');
    this.#recording = recording;
    this.#depth = Math.min(recording.depth, SIDE_LEVELS_MAX);
    this.#sink = sink;
    this.#counters = counters;
  }

  /** Emits the state at the boundary that `nowUs` has reached. Call before anything is applied. */
  emitDue(book: OrderBook, nowUs: number): void {
    if (nowUs < this.#dueUs) return;
    this.#dueUs = Number.POSITIVE_INFINITY;
    let flags = Flag.bookValid | (this.#bookHasLoss ? Flag.precisionLoss : 0);
    if (this.#isFirstSnapshot) flags |= Flag.afterGap;
    this.#isFirstSnapshot = false;
    const { scratch } = this.#sink;
    const levelsAt = BOOK_SNAPSHOT_LENGTH >> 3;
    const bidCount = book.bids.copyTop(this.#depth, scratch.f64, levelsAt);
    const askCount = book.asks.copyTop(this.#depth, scratch.f64, levelsAt + 2 * bidCount);
    const length = writeBookSnapshotHead(
      scratch,
      0,
      this.#recording.instrument,
      flags,
      this.#tsUs,
      this.#recvUs,
      this.#sequence,
      bidCount,
      askCount,
    );
    this.#sink.emit(RecordType.bookSnapshot, length);
    count(this.#counters, FeedSlot.book_snapshots);
  }

  /** The book was replaced by `message`; `isAfterGap` when it was not valid before. */
  onLoad(book: OrderBook, message: DepthMessage, recvUs: number, isAfterGap: boolean): void {
    this.#bookHasLoss = message.precisionLoss;
    if (isAfterGap) this.#isFirstSnapshot = true;
    this.#note(message, recvUs);
    if (this.#recording.deltas) this.#emitWhole(book, isAfterGap ? Flag.afterGap : 0);
  }

  /** `message` was applied to the book. */
  onUpdate(book: OrderBook, message: DepthMessage, recvUs: number): void {
    if (message.precisionLoss) this.#bookHasLoss = true;
    this.#note(message, recvUs);
    if (!this.#recording.deltas) return;
    // A delta that no record can hold is said as the whole book it led to.
    if (message.bidCount + message.askCount > LEVELS_MAX) this.#emitWhole(book, 0);
    else this.#emitDelta(message);
  }

  /** The book is no longer valid: what was noted is never emitted. */
  drop(): void {
    this.#dueUs = Number.POSITIVE_INFINITY;
  }

  #note(message: DepthMessage, recvUs: number): void {
    // Where the venue sends no time, the receive time stands for it.
    this.#tsUs = Number.isNaN(message.tsUs) ? recvUs : message.tsUs;
    this.#recvUs = recvUs;
    this.#sequence = message.lastId;
    if (this.#depth === 0) return;
    const { intervalUs } = this.#recording;
    this.#dueUs = (Math.floor(recvUs / intervalUs) + 1) * intervalUs;
  }

  #emitDelta(message: DepthMessage): void {
    const { bidCount, askCount, prices, sizes } = message;
    const { f64 } = this.#sink.scratch;
    const levels = bidCount + askCount;
    for (let i = 0, to = BOOK_DELTA_LENGTH >> 3; i < levels; i += 1, to += 2) {
      f64[to] = prices[i] as number;
      f64[to + 1] = sizes[i] as number;
    }
    const flags = message.precisionLoss ? Flag.precisionLoss : 0;
    this.#emitDeltaHead(flags, message.firstId, bidCount, askCount);
  }

  /**
   * A delta that replaces the whole book, best levels first; what no record can hold is left off.
   */
  #emitWhole(book: OrderBook, flags: number): void {
    const { f64 } = this.#sink.scratch;
    const levelsAt = BOOK_DELTA_LENGTH >> 3;
    const bidCount = book.bids.copyTop(SIDE_LEVELS_MAX, f64, levelsAt);
    const askCount = book.asks.copyTop(SIDE_LEVELS_MAX, f64, levelsAt + 2 * bidCount);
    const loss = this.#bookHasLoss ? Flag.precisionLoss : 0;
    this.#emitDeltaHead(flags | loss | Flag.bookReset, this.#sequence, bidCount, askCount);
  }

  #emitDeltaHead(flags: number, firstId: number, bidCount: number, askCount: number): void {
    const length = writeBookDeltaHead(
      this.#sink.scratch,
      0,
      this.#recording.instrument,
      flags | Flag.bookValid,
      this.#tsUs,
      this.#recvUs,
      firstId,
      this.#sequence,
      bidCount,
      askCount,
    );
    this.#sink.emit(RecordType.bookDelta, length);
  }
}
