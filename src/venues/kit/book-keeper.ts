/**
 * Keeps one instrument's book right, or says that it is not. A pure state machine around the feed's
 * `BookRule`: the host brings events, REST snapshots and ticks of its clock, and is asked for
 * snapshots. Used by `FeedSession`, one keeper a book.
 *
 * ```text
 *  waiting ── event: held, snapshot asked for ──► snapshot ── held events follow it ──► valid
 *     ▲                                          too old: asked again                     │
 *     └── gap in the ids, crossed, unlike the venue's quote, disconnect: status `gap` ◄───┘
 * ```
 *
 * Invariants: `valid` is true only while every event since the last snapshot followed its
 * predecessor by the rule; a break ends it before the breaking event's handler returns; nothing is
 * recorded of a book that is not valid; each `gap` status gets one `repaired` with its ids and
 * times.
 */
import { OrderBook } from '../../book/order-book.ts';
import type { StatusFields } from '../../model/record-codec.ts';
import { Channel, StatusKind } from '../../model/record-layout.ts';
import type { RecordSink } from '../../model/record-sink.ts';
import type { BookRule, DepthMessage, QuoteMessage } from '../contract.ts';
import { count, type FeedCounters, FeedSlot } from '../feed-counters.ts';
import { BboCheck } from './bbo-check.ts';
import { BookRecorder, type BookRecording } from './book-recorder.ts';
import { DepthBuffer } from './depth-buffer.ts';
import { QuoteDrift } from './quote-drift.ts';
import { SnapshotPace } from './snapshot-pace.ts';

export interface BookKeeperOptions extends BookRecording {
  readonly rule: BookRule;
  /** Levels kept a side; the worst beyond it are let go. */
  readonly levelsMax?: number;
  /** Snapshots are frames of the stream, which may be lost; REST requests always get an answer. */
  readonly streamBringsSnapshot?: boolean;
  /** That quotes carry the book's ids is not documented: `FeedModule.quoteIdsAssumed`. */
  readonly quoteIdsAssumed?: boolean;
  /** Quotes and book meet in time only: `FeedModule.quoteDriftUs`. */
  readonly quoteDriftUs?: number;
  /** Holds the book against the checksum of the message just applied. */
  readonly verify?: (message: DepthMessage, book: OrderBook) => boolean;
}

export interface BookHost {
  readonly sink: RecordSink;
  /** Answered by `onRestSnapshot`, a snapshot in the stream, or `onSnapshotFailed`. */
  requestSnapshot(instrument: number): void;
  status(fields: StatusFields): void;
}

/** What is missing until the next snapshot; the ledger knows it by `fromId` and `fromUs`. */
interface BookGap {
  readonly channel: Channel;
  readonly fromId: number;
  readonly toId: number;
  readonly fromUs: number;
  readonly cause: string;
}

const LEVELS_MAX = 50_000;
/** From the request for a snapshot in the stream until it counts as lost. */
const STREAM_ANSWER_US = 5_000_000;

export class BookKeeper {
  readonly book = new OrderBook();
  readonly #options: BookKeeperOptions;
  readonly #host: BookHost;
  readonly #counters: FeedCounters;
  readonly #held = new DepthBuffer();
  readonly #bbo: BboCheck;
  readonly #drift: QuoteDrift | undefined;
  readonly #recorder: BookRecorder;
  readonly #pace: SnapshotPace;
  #valid = false;
  #lastId = Number.NaN;
  #lastUs = Number.NaN;
  /** No event has followed the snapshot yet, so the rule for the first one holds. */
  #awaitsFirst = false;
  /** The stream is down: a snapshot that still arrives would be followed by nothing. */
  #isDown = false;
  #gaps: BookGap[] = [];

  constructor(options: BookKeeperOptions, host: BookHost, counters: FeedCounters) {
    this.#options = options;
    this.#host = host;
    this.#counters = counters;
    this.#bbo = new BboCheck(counters, options.quoteIdsAssumed);
    const { quoteDriftUs } = options;
    if (quoteDriftUs !== undefined) this.#drift = new QuoteDrift(quoteDriftUs, counters);
    this.#pace = new SnapshotPace(options.streamBringsSnapshot ? STREAM_ANSWER_US : undefined);
    this.#recorder = new BookRecorder(options, host.sink, counters);
  }

  get valid(): boolean {
    return this.#valid;
  }

  /** Update id the book stands at; of the last good state while it is not valid. */
  get lastId(): number {
    return this.#lastId;
  }

  onDepth(message: DepthMessage, recvUs: number): void {
    this.#recorder.emitDue(this.book, recvUs);
    this.#isDown = false;
    if (message.isSnapshot) {
      this.#held.clear();
      this.#load(message, recvUs);
    } else if (this.#valid) {
      this.#follow(message, recvUs);
    } else {
      this.#hold(message, recvUs);
    }
    this.#ask(recvUs);
  }

  onRestSnapshot(message: DepthMessage, recvUs: number): void {
    this.#recorder.emitDue(this.book, recvUs);
    if (this.#valid || this.#isDown) return;
    this.#pace.onAnswer();
    if (this.#coversHeld(message)) {
      this.#load(message, recvUs);
      this.#drain(recvUs);
    } else {
      this.#pace.want();
    }
    this.#ask(recvUs);
  }

  /** The host gave up on its request; it is made again when the pace allows. */
  onSnapshotFailed(nowUs: number): void {
    this.#pace.onAnswer();
    if (!this.#valid && !this.#isDown) this.#pace.want();
    this.#ask(nowUs);
  }

  /** Only for the cross-check; recording quotes is not the keeper's work. */
  onQuote(message: QuoteMessage, recvUs: number): void {
    this.#recorder.emitDue(this.book, recvUs);
    const drift = this.#valid ? (this.#drift?.onQuote(message, recvUs) ?? '') : '';
    if (drift !== '') this.#breakOnQuote(drift, this.#lastId, recvUs);
    if (!Number.isNaN(message.sequence)) {
      const difference = this.#bbo.onQuote(message);
      if (difference !== '') this.#breakOnQuote(difference, message.sequence, recvUs);
    }
    this.#ask(recvUs);
  }

  onTick(nowUs: number): void {
    this.#recorder.emitDue(this.book, nowUs);
    if (!this.#valid && !this.#isDown) this.#pace.onTick(nowUs);
    this.#ask(nowUs);
  }

  /** The stream was lost: from here on the book is not known. */
  onDisconnect(nowUs: number): void {
    this.#recorder.emitDue(this.book, nowUs);
    if (this.#valid) this.#break('disconnect', this.#lastId + 1, Number.NaN, nowUs, nowUs);
    this.#isDown = true;
    this.#held.clear();
    this.#bbo.clear();
    this.#pace.reset();
  }

  /** The stream is subscribed. A busy one asks at its first event, a quiet one a little later. */
  onSubscribed(nowUs: number): void {
    this.#recorder.emitDue(this.book, nowUs);
    this.#isDown = false;
    if (this.#valid) return;
    if (this.#held.count > 0) this.#pace.want();
    else this.#pace.wantAfterQuiet(nowUs);
    this.#ask(nowUs);
  }

  /** An event on a valid book. */
  #follow(message: DepthMessage, recvUs: number): void {
    const { rule } = this.#options;
    const verdict = this.#awaitsFirst
      ? rule.first(this.#lastId, message)
      : rule.next(this.#lastId, message);
    if (verdict === 'skip') return;
    if (verdict === 'apply') {
      this.#apply(message, recvUs);
      return;
    }
    const fromId = this.#lastId + 1;
    this.#break('sequence', fromId, missedUntil(message, fromId), eventUs(message, recvUs), recvUs);
    this.#hold(message, recvUs);
  }

  #apply(message: DepthMessage, recvUs: number): void {
    const { book } = this;
    book.apply(message.prices, message.sizes, message.bidCount, message.askCount);
    book.truncate(this.#options.levelsMax ?? LEVELS_MAX);
    this.#awaitsFirst = false;
    this.#lastId = message.lastId;
    if (book.isCrossed) {
      this.#break('crossed', message.lastId, message.lastId, eventUs(message, recvUs), recvUs);
      return;
    }
    if (!this.#isVerified(message)) {
      this.#break('checksum', message.lastId, message.lastId, eventUs(message, recvUs), recvUs);
      return;
    }
    this.#lastUs = eventUs(message, recvUs);
    const difference =
      this.#bbo.onBook(message.lastId, book) ||
      (this.#drift?.onBook(book, message.tsUs, recvUs) ?? '');
    if (difference !== '') this.#breakOnQuote(difference, message.lastId, recvUs);
    else this.#recorder.onUpdate(book, message, recvUs);
  }

  #hold(message: DepthMessage, recvUs: number): void {
    this.#held.push(message, recvUs);
    this.#pace.want();
  }

  /** False when the first held event that the snapshot does not contain cannot follow it. */
  #coversHeld(snapshot: DepthMessage): boolean {
    for (let i = 0; i < this.#held.count; i += 1) {
      const event = this.#held.at(i);
      if (event === undefined) break;
      const verdict = this.#options.rule.first(snapshot.lastId, event);
      if (verdict !== 'skip') return verdict === 'apply';
    }
    return true;
  }

  /** Puts the held events on the loaded book. Those after a gap among them are held again. */
  #drain(nowUs: number): void {
    for (let left = this.#held.count; left > 0; left -= 1) {
      const event = this.#held.shift();
      if (event === undefined) break;
      // What waited became part of the book only now, so that records stay in order of `recv_us`.
      if (this.#valid) this.#follow(event, Math.max(nowUs, event.recvUs));
      else this.#hold(event, event.recvUs);
    }
    if (this.#valid) this.#held.clear();
  }

  #load(message: DepthMessage, recvUs: number): void {
    const { book } = this;
    const wasValid = this.#valid;
    book.load(message.prices, message.sizes, message.bidCount, message.askCount);
    book.truncate(this.#options.levelsMax ?? LEVELS_MAX);
    this.#lastId = message.lastId;
    this.#awaitsFirst = true;
    this.#bbo.forgetBook();
    this.#drift?.forgetBook();
    const difference = book.isCrossed ? '' : this.#bbo.onBook(message.lastId, book);
    if (book.isCrossed || difference !== '' || !this.#isVerified(message)) {
      this.#refuseSnapshot(message, difference, recvUs);
      return;
    }
    this.#lastUs = eventUs(message, recvUs);
    this.#valid = true;
    if (!wasValid) {
      this.#pace.onValid(recvUs);
      this.#closeGaps(recvUs);
    }
    this.#recorder.onLoad(book, message, recvUs, !wasValid);
  }

  /** A snapshot that cannot be right begins nothing; one in the stream ends what was valid. */
  #refuseSnapshot(message: DepthMessage, difference: string, recvUs: number): void {
    const id = message.lastId;
    if (!this.#valid) this.#pace.want();
    else if (difference !== '') this.#breakOnQuote(difference, id, recvUs);
    else this.#break('crossed', id, id, eventUs(message, recvUs), recvUs);
  }

  #isVerified(message: DepthMessage): boolean {
    const { verify } = this.#options;
    if (verify === undefined || Number.isNaN(message.checksum)) return true;
    const isEqual = verify(message, this.book);
    count(this.#counters, isEqual ? FeedSlot.checksums_verified : FeedSlot.checksums_failed);
    return isEqual;
  }

  #break(cause: string, fromId: number, toId: number, toUs: number, nowUs: number): void {
    this.#valid = false;
    this.#recorder.drop();
    this.#bbo.forgetBook();
    this.#drift?.forgetBook();
    this.#pace.onBreak(nowUs);
    count(this.#counters, FeedSlot.book_gaps);
    this.#openGap(Channel.book, cause, fromId, toId, toUs, nowUs);
  }

  /**
   * The venue's quote contradicts the book: the quote channel's record says so, the book resyncs.
   */
  #breakOnQuote(difference: string, id: number, nowUs: number): void {
    this.#openGap(Channel.quotes, difference, id, id, this.#lastUs, nowUs);
    this.#break('bbo mismatch', id, id, this.#lastUs, nowUs);
  }

  #openGap(
    channel: Channel,
    cause: string,
    fromId: number,
    toId: number,
    toUs: number,
    recvUs: number,
  ): void {
    const fromUs = this.#lastUs;
    const missing = toId >= fromId ? toId - fromId + 1 : 0;
    const { instrument } = this.#options;
    this.#gaps.push({ channel, fromId, toId, fromUs, cause });
    const kind = StatusKind.gap;
    this.#host.status({
      instrument,
      kind,
      channel,
      recvUs,
      fromId,
      toId,
      fromUs,
      toUs,
      missing,
      cause,
    });
  }

  /** The book is whole again: what was lost is not, but nothing after it depends on that. */
  #closeGaps(recvUs: number): void {
    const gap = this.#gaps.at(-1);
    if (gap === undefined) return;
    const { instrument } = this.#options;
    const toUs = this.#lastUs;
    for (const { channel, fromId, toId, fromUs, cause } of this.#gaps) {
      this.#host.status({
        instrument,
        kind: StatusKind.repaired,
        channel,
        recvUs,
        fromId,
        // A disconnect does not know what it missed until the next snapshot names an id.
        toId: Number.isNaN(toId) && this.#lastId >= fromId ? this.#lastId : toId,
        fromUs,
        toUs,
        cause,
        how: 'resync',
      });
    }
    this.#gaps = [];
    count(this.#counters, FeedSlot.book_resyncs);
    const { fromId, fromUs, cause } = gap;
    const common = { instrument, channel: Channel.book, recvUs, fromUs, toUs, cause };
    this.#host.status({ ...common, kind: StatusKind.resync, fromId, toId: this.#lastId });
  }

  /** Last act of every handler: a host that answers at once finds the keeper in a settled state. */
  #ask(nowUs: number): void {
    if (this.#isDown || !this.#pace.take(nowUs)) return;
    this.#host.requestSnapshot(this.#options.instrument);
  }
}

function eventUs(message: DepthMessage, recvUs: number): number {
  return Number.isNaN(message.tsUs) ? recvUs : message.tsUs;
}

/** Last id missed before `message`, NaN when it does not say or runs backwards. */
function missedUntil(message: DepthMessage, fromId: number): number {
  const until = Number.isNaN(message.previousId) ? message.firstId - 1 : message.previousId;
  return until >= fromId ? until : Number.NaN;
}
