/**
 * The state machine of one feed, shared by all venues: frames, REST answers and ticks of a passed
 * clock go in; records go to the sink, deeds to the actions. No socket, clock or timer of its own,
 * so live, replay, simulator and tests run this same code.
 *
 * Who owns what: `ConnectionPool` sockets and subscriptions, `StreamMonitor` staleness,
 * `RequestDesk` REST, `TradeTracker` one tape, `BookKeeper` one book. This class connects them.
 */
import { InvariantError } from '../../base/assert.ts';
import { hashText, Prng } from '../../base/prng.ts';
import type { Instrument, InstrumentMeta } from '../../model/instrument.ts';
import {
  type StatusFields,
  writeDerivative,
  writeLiquidation,
  writeQuote,
  writeStatus,
} from '../../model/record-codec.ts';
import { CHANNEL_NAMES, Channel, Flag, RecordType, StatusKind } from '../../model/record-layout.ts';
import type {
  DecodeOutcome,
  DepthMessage,
  DerivativeMessage,
  FeedProtocol,
  LiquidationMessage,
  MessageHandler,
  QuoteMessage,
  RestHandler,
  Stream,
  TradeMessage,
} from '../contract.ts';
import { count, FeedSlot } from '../feed-counters.ts';
import { BookKeeper } from './book-keeper.ts';
import { BookSource } from './book-source.ts';
import { ConnectionPool } from './connection-pool.ts';
import { QuoteFilter } from './quote-filter.ts';
import { RequestDesk } from './request-desk.ts';
import type { SessionOptions } from './session-options.ts';
import { StreamMonitor } from './stream-monitor.ts';
import { TradeDesk } from './trade-desk.ts';

const COVERAGE_EVERY_US = 1_000_000;
const CHECK_EVERY_US = 250_000;
const DEFAULT_STALE_US = 60_000_000;

export class FeedSession implements MessageHandler {
  readonly options: SessionOptions;
  readonly protocol: FeedProtocol;
  /** Newest instrument list of the venue, for the store. */
  onMetadata: (list: readonly InstrumentMeta[]) => void = () => {};
  readonly #pool: ConnectionPool;
  readonly #requests: RequestDesk;
  readonly #monitor: StreamMonitor;
  readonly #quotes: QuoteFilter;
  readonly #trades: TradeDesk;
  readonly #books: (BookKeeper | undefined)[] = [];
  readonly #bookSource: BookSource;
  /** Dense slot of an instrument in this feed, by its index; -1: another feed's. */
  readonly #slots: Int32Array;
  readonly #restHandler: RestHandler = {
    onBookSnapshot: (message) => {
      this.#books[this.#slot(message.instrument)]?.onRestSnapshot(message, this.#recvUs);
    },
    onTrade: (message) =>
      this.#trades.onTrade(this.#slot(message.instrument), message, this.#recvUs, true),
    onTradesEnd: (instrument, rows) => {
      this.#trades.onPageEnd(this.#slot(instrument), rows, this.#recvUs);
    },
    onDerivative: (message) => this.onDerivative(message),
    onInstruments: (list) => this.#onInstruments(list),
    onNextPage: (request) => {
      if (this.#answeredKey !== '') {
        this.#requests.askNext(this.#answeredKey, request, this.#recvUs);
      }
    },
    onRestLimit: (weightPerMinute) => this.#requests.setLimit(weightPerMinute),
  };
  readonly #instruments: readonly Instrument[];
  /** Replay only: the connection that last carried an instrument's data, by slot. */
  readonly #carriedBy: Int32Array;
  #recvUs = 0;
  /** Key of the request whose answer is being decoded; '' for one nobody asked for (replay). */
  #answeredKey = '';
  #connection = 0;
  #checkedUs = 0;
  #coverageUs = 0;
  /** False while frames could not be decoded yet for want of the instrument list. */
  #isReady: boolean;
  #isStopping = false;

  constructor(options: SessionOptions) {
    this.options = options;
    const { feed, instruments, channels } = options;
    this.#instruments = instruments;
    this.#isReady = feed.needsInstruments !== true || options.isReplay;
    this.#slots = new Int32Array(1 + Math.max(-1, ...instruments.map(({ index }) => index)));
    this.#slots.fill(-1);
    for (const [slot, { index }] of instruments.entries()) this.#slots[index] = slot;
    this.#carriedBy = new Int32Array(instruments.length).fill(-1);
    this.#bookSource = new BookSource(instruments.length);
    this.protocol = feed.createProtocol({
      instruments,
      channels,
      urls: options.urls,
      anyTape: options.isReplay,
    });
    const prng = new Prng(options.seed ^ hashText(feed.id));
    this.#requests = new RequestDesk(options, this.protocol, prng);
    this.#pool = new ConnectionPool(this.protocol, feed.limits, prng, {
      open: (connection, url) => {
        count(options.counters, FeedSlot.connects);
        options.actions.open(connection, url);
      },
      close: options.actions.close,
      send: options.actions.send,
      streamsLive: (streams, nowUs) => this.#onStreamsLive(streams, nowUs),
      streamsDown: (streams, nowUs, cause) => this.#onStreamsDown(streams, nowUs, cause),
      streamsRefused: (streams, nowUs, error) => this.#onStreamsRefused(streams, nowUs, error),
    });
    this.#monitor = new StreamMonitor(
      this.protocol.streams(),
      instruments.length,
      (instrument) => this.#slot(instrument),
      (channel) =>
        options.staleAfterUs[channel] ?? feed.channels[channel]?.staleAfterUs ?? DEFAULT_STALE_US,
    );
    this.#quotes = new QuoteFilter(instruments.length);
    this.#trades = new TradeDesk(options, (fields) => this.#status(fields));
    for (const instrument of instruments) {
      this.#books.push(channels.includes('book') ? this.#createBook(instrument.index) : undefined);
    }
  }

  start(nowUs: number): void {
    this.onTick(nowUs);
  }

  onOpen(connection: number, nowUs: number): void {
    if (!this.options.isReplay) this.#pool.onOpen(connection, nowUs);
  }

  /** Takes one frame, `frame[0..length)`. Never throws on what the venue sent. */
  onFrame(connection: number, frame: Uint8Array, length: number, recvUs: number): DecodeOutcome {
    const { counters } = this.options;
    count(counters, FeedSlot.frames);
    count(counters, FeedSlot.bytes, length);
    counters[FeedSlot.last_frame_us] = recvUs;
    this.#recvUs = recvUs;
    this.#connection = connection;
    this.#pool.onFrame(connection, recvUs);
    const outcome = this.protocol.decode(frame, length, this);
    if (outcome === 'malformed') count(counters, FeedSlot.malformed);
    else if (outcome === 'ignored') count(counters, FeedSlot.ignored);
    return outcome;
  }

  onClose(connection: number, code: number, reason: string, nowUs: number): void {
    count(this.options.counters, FeedSlot.disconnects);
    if (!this.options.isReplay) {
      this.#pool.onClose(connection, code, reason, nowUs);
      return;
    }
    const isCarried = (s: Stream) => this.#carriedBy[this.#slot(s.instrument)] === connection;
    this.#onStreamsDown(
      this.protocol.streams().filter(isCarried),
      nowUs,
      `close ${code} ${reason}`,
    );
  }

  /** An answer to `fetch`, or a capture's. `retryAfterUs` is 0 where the venue did not say. */
  onRest(url: string, code: number, body: string, retryAfterUs: number, nowUs: number): void {
    this.#recvUs = nowUs;
    const status = code === 200 ? (this.protocol.answerStatus?.(body) ?? code) : code;
    const settled = this.#requests.settle(url, status, retryAfterUs, nowUs);
    if (status === 200) {
      this.#answeredKey = settled.state === 'done' ? settled.key : '';
      const outcome = this.protocol.decodeRest(url, body, this.#restHandler);
      if (outcome !== 'malformed') return;
    }
    this.#requests.reportFailure(url, status, body, nowUs);
    if (settled.state !== 'done' && settled.state !== 'refused') return;
    const [use, slot] = settled.key.split(' ');
    if (use === 'trades') this.#trades.onPageFailed(Number(slot), nowUs);
    if (use === 'book') this.#books[Number(slot)]?.onSnapshotFailed(nowUs);
    if (use === 'instruments') this.#requests.onInstrumentsFailed(nowUs);
  }

  onTick(nowUs: number): void {
    for (const book of this.#books) book?.onTick(nowUs);
    if (nowUs - this.#coverageUs >= COVERAGE_EVERY_US) {
      this.#coverageUs = nowUs;
      this.#trades.sayCoverage(nowUs);
    }
    if (this.options.isReplay) return;
    if (this.#isReady) this.#pool.onTick(nowUs);
    if (nowUs - this.#checkedUs >= CHECK_EVERY_US || this.#isStopping) this.#check(nowUs);
    this.#requests.onTick(nowUs);
    this.options.counters[FeedSlot.connections] = this.#pool.openCount;
  }

  /** Unsubscribes and hurries repairs; `isSettled` tells when nothing is left to wait for. */
  stop(nowUs: number): void {
    this.#isStopping = true;
    this.#pool.stop(nowUs);
    this.#trades.stop(nowUs);
    this.#trades.hurry(nowUs);
    this.onTick(nowUs);
  }

  get isSettled(): boolean {
    return this.#trades.isSettled;
  }

  /** After the last repair: closes sockets, says every tape ended, states coverage. */
  finish(nowUs: number): void {
    this.#pool.closeAll('stop');
    for (const book of this.#books) book?.onTick(nowUs);
    this.#trades.stop(nowUs);
    this.#trades.sayCoverage(nowUs);
    this.#updateGauges();
  }

  onTrade(message: TradeMessage): void {
    const slot = this.#touch(message.instrument, Channel.trades);
    this.#trades.onTrade(slot, message, this.#recvUs, false);
  }

  onQuote(message: QuoteMessage): void {
    const slot = this.#touch(message.instrument, Channel.quotes);
    this.#books[slot]?.onQuote(message, this.#recvUs);
    if (!this.#quotes.accept(slot, message)) return;
    count(this.options.counters, FeedSlot.quotes);
    if (message.precisionLoss) count(this.options.counters, FeedSlot.precision_loss);
    const { sink } = this.options;
    const length = writeQuote(
      sink.scratch,
      0,
      message.instrument,
      message.precisionLoss ? Flag.precisionLoss : 0,
      Number.isNaN(message.tsUs) ? this.#recvUs : message.tsUs,
      this.#recvUs,
      message.bidPrice,
      message.bidSize,
      message.askPrice,
      message.askSize,
      message.sequence,
    );
    sink.emit(RecordType.quote, length);
  }

  onDepth(message: DepthMessage): void {
    const own = this.#slot(message.instrument);
    if (!this.#bookSource.accept(own, message.isSnapshot, this.#connection)) return;
    const slot = this.#touch(message.instrument, Channel.book);
    count(this.options.counters, FeedSlot.book_updates);
    this.#books[slot]?.onDepth(message, this.#recvUs);
  }

  onDerivative(message: DerivativeMessage): void {
    this.#touch(message.instrument, Channel.derivative);
    const { sink } = this.options;
    const length = writeDerivative(
      sink.scratch,
      0,
      message.instrument,
      Number.isNaN(message.tsUs) ? this.#recvUs : message.tsUs,
      this.#recvUs,
      message.markPrice,
      message.indexPrice,
      message.fundingRate,
      message.nextFundingUs,
      message.openInterest,
    );
    sink.emit(RecordType.derivative, length);
  }

  onLiquidation(message: LiquidationMessage): void {
    this.#touch(message.instrument, Channel.liquidations);
    const { sink } = this.options;
    const length = writeLiquidation(
      sink.scratch,
      0,
      message.instrument,
      message.isSell ? Flag.sell : 0,
      message.tsUs,
      this.#recvUs,
      message.price,
      message.size,
      message.nativeSize,
    );
    sink.emit(RecordType.liquidation, length);
  }

  onAck(requestId: number, error: string | undefined): void {
    this.#pool.onAck(this.#connection, requestId, error, this.#recvUs);
  }

  onStreamAck(streamName: string, error: string | undefined): void {
    this.#pool.onStreamAck(this.#connection, streamName, error, this.#recvUs);
  }

  onAckInOrder(answer: string, error: string | undefined): void {
    this.#pool.onAckInOrder(this.#connection, answer, error, this.#recvUs);
  }

  onReply(text: string): void {
    if (!this.options.isReplay) this.options.actions.send(this.#connection, text);
  }

  onShutdownNotice(): void {
    this.options.actions.report('info', `${this.options.feed.id}: venue announces a shutdown`);
    this.#pool.onShutdownNotice(this.#connection, this.#recvUs);
  }

  #onInstruments(list: readonly InstrumentMeta[]): void {
    this.#isReady = true;
    const known = new Set(list.map((meta) => meta.venueSymbol));
    for (const instrument of this.#instruments) {
      if (known.has(instrument.venueSymbol)) continue;
      this.options.actions.report(
        'error',
        `${this.options.feed.id}: the venue lists no ${instrument.symbol} ` +
          `(${instrument.venueSymbol})`,
      );
    }
    this.onMetadata(list);
  }

  #check(nowUs: number): void {
    this.#checkedUs = nowUs;
    this.#updateGauges();
    this.#requests.askRefills(this.#trades, nowUs);
    if (this.#isStopping) return;
    this.#requests.askRoutine(nowUs);
    const { stale, recovered } = this.#monitor.check(nowUs);
    for (const { stream, lastSeenUs } of stale) {
      count(this.options.counters, FeedSlot.stale);
      this.#streamStatus(StatusKind.stale, stream, nowUs, lastSeenUs, 'no data', '');
      this.#pool.resubscribe(stream);
    }
    for (const { stream, lastSeenUs } of recovered) {
      this.#streamStatus(
        StatusKind.repaired,
        stream,
        nowUs,
        lastSeenUs,
        'no data',
        'stale: data again',
      );
    }
  }

  #onStreamsLive(streams: readonly Stream[], nowUs: number): void {
    this.#monitor.setLive(streams, true, nowUs);
    for (const { instrument, channel } of streams) {
      const slot = this.#slot(instrument);
      if (channel === 'trades') this.#trades.onLive(slot, nowUs);
      else if (channel === 'book') this.#books[slot]?.onSubscribed(nowUs);
    }
  }

  #onStreamsDown(streams: readonly Stream[], nowUs: number, cause: string): void {
    this.#monitor.setLive(streams, false, nowUs);
    for (const { instrument, channel } of streams) {
      const slot = this.#slot(instrument);
      if (channel === 'quotes') this.#quotes.forget(slot);
      else if (channel === 'book') this.#books[slot]?.onDisconnect(nowUs);
      else if (channel === 'trades') this.#trades.onDown(slot, nowUs, `disconnect: ${cause}`);
    }
  }

  #onStreamsRefused(streams: readonly Stream[], nowUs: number, error: string): void {
    for (const stream of streams) {
      count(this.options.counters, FeedSlot.refusals);
      const { symbol } = this.#instruments[this.#slot(stream.instrument)] as Instrument;
      this.options.actions.report(
        'error',
        `${this.options.feed.id}: ${symbol}: the venue refused ${stream.name}: ${error}`,
      );
      this.#streamStatus(StatusKind.refused, stream, nowUs, nowUs, error, '');
    }
  }

  #streamStatus(
    kind: StatusKind,
    stream: Stream,
    nowUs: number,
    fromUs: number,
    cause: string,
    how: string,
  ): void {
    const channel = Channel[stream.channel];
    this.#status({
      instrument: stream.instrument,
      kind,
      channel,
      recvUs: nowUs,
      fromUs,
      toUs: nowUs,
      cause: `${stream.name}: ${cause}`,
      how,
    });
  }

  #createBook(instrument: number): BookKeeper {
    const { feed, book, sink, counters } = this.options;
    const { verifyBook } = this.protocol;
    const slot = this.#slot(instrument);
    return new BookKeeper(
      {
        instrument,
        rule: feed.bookRule,
        streamBringsSnapshot: this.protocol.bookSnapshotRequest(instrument) === undefined,
        ...book,
        ...(feed.bookLevelsMax === undefined ? {} : { levelsMax: feed.bookLevelsMax }),
        quoteIdsAssumed: feed.quoteIdsAssumed === true,
        ...(feed.quoteDriftUs === undefined ? {} : { quoteDriftUs: feed.quoteDriftUs }),
        ...(verifyBook === undefined ? {} : { verify: verifyBook.bind(this.protocol) }),
      },
      {
        sink,
        requestSnapshot: () => {
          const request = this.protocol.bookSnapshotRequest(instrument);
          if (request === undefined) {
            // The stream itself brings the snapshot, at each subscription.
            const streams = this.protocol.streams();
            const own = streams.find((s) => s.instrument === instrument && s.channel === 'book');
            if (own !== undefined) this.#pool.resubscribe(own);
            return;
          }
          this.#requests.askBook(slot, request, this.#recvUs);
        },
        status: (fields) => this.#status(fields),
      },
      counters,
    );
  }

  #updateGauges(): void {
    const { counters } = this.options;
    counters[FeedSlot.trade_gaps_open] = this.#trades.openGapCount;
    counters[FeedSlot.books_valid] = this.#books.filter((book) => book?.valid === true).length;
  }

  #touch(instrument: number, channel: Channel): number {
    const slot = this.#slot(instrument);
    this.#monitor.lastSeenUs[slot * CHANNEL_NAMES.length + channel] = this.#recvUs;
    this.#carriedBy[slot] = this.#connection;
    return slot;
  }

  #slot(instrument: number): number {
    const slot = this.#slots[instrument] ?? -1;
    if (slot < 0) throw new InvariantError(`Invariant: instrument ${instrument} is the feed's`);
    return slot;
  }

  #status(fields: StatusFields): void {
    const { sink } = this.options;
    sink.emit(RecordType.status, writeStatus(sink.scratch, 0, fields));
  }
}
