/**
 * The venue contract. A venue is one folder `src/venues/<venue>/` whose `venue.ts` exports `venue`;
 * nothing central lists venues. A feed is one protocol of a venue (`binance.spot`).
 *
 * A `FeedProtocol` knows how the venue speaks and nothing else: it plans streams, writes subscribe
 * frames and REST requests, and decodes frames and answers into messages. It has no socket, clock
 * or timer. The kit's `FeedSession` is the state machine around it that every feed shares:
 * connections, acks, staleness, rollover, sequence checks, refills, one request budget.
 *
 * Messages are reused objects: a handler takes what it needs before it returns. Prices and sizes
 * are float64, correctly rounded from the venue's text; times are µs; NaN is "the venue did not
 * say".
 */

import type { Instrument, InstrumentMeta, MarketType, TradeTape } from '../model/instrument.ts';
import type { ChannelName } from '../model/record-layout.ts';
import type { TextId } from '../model/text-id.ts';

export interface TradeMessage {
  /** Index of the instrument. */
  instrument: number;
  tape: TradeTape;
  tsUs: number;
  price: number;
  /** Base units. */
  size: number;
  /** In the venue's own unit (contracts); equal to `size` where that is the base unit. */
  nativeSize: number;
  /** True when the aggressor sold. */
  isSell: boolean;
  /** Numeric id, or NaN when `textId` is the id. */
  tradeId: number;
  /** Empty where the id is a number. */
  readonly textId: TextId;
  /** First id the message covers: lower than `tradeId` where the venue merges fills (`count`). */
  firstTradeId: number;
  /**
   * False for prints that take an id but are no market trades (insurance, ADL): id is counted, no
   * row.
   */
  isMarket: boolean;
  precisionLoss: boolean;
}

export interface QuoteMessage {
  instrument: number;
  /** NaN where the venue sends none: the receive time is used. */
  tsUs: number;
  bidPrice: number;
  bidSize: number;
  askPrice: number;
  askSize: number;
  /** Book update id the quote belongs to, or NaN. */
  sequence: number;
  precisionLoss: boolean;
}

/**
 * Levels are in `prices`/`sizes` [0, bidCount) for bids, [bidCount, bidCount + askCount) for asks.
 */
export interface DepthMessage {
  instrument: number;
  tsUs: number;
  firstId: number;
  lastId: number;
  /** Id the update follows, or NaN where the venue sends none. */
  previousId: number;
  /** Replaces the whole book. */
  isSnapshot: boolean;
  /** The venue's checksum of the book after this message, or NaN; for `verifyBook`. */
  checksum: number;
  bidCount: number;
  askCount: number;
  /** Grown when needed; never shrunk. */
  prices: Float64Array;
  sizes: Float64Array;
  precisionLoss: boolean;
}

export interface DerivativeMessage {
  instrument: number;
  /** NaN where the venue sends none: the receive time is used. */
  tsUs: number;
  markPrice: number;
  indexPrice: number;
  fundingRate: number;
  nextFundingUs: number;
  openInterest: number;
}

export interface LiquidationMessage {
  instrument: number;
  tsUs: number;
  price: number;
  size: number;
  nativeSize: number;
  isSell: boolean;
}

/** What a frame held. One frame may bring several messages. */
export interface MessageHandler {
  onTrade(message: TradeMessage): void;
  onQuote(message: QuoteMessage): void;
  onDepth(message: DepthMessage): void;
  onDerivative(message: DerivativeMessage): void;
  onLiquidation(message: LiquidationMessage): void;
  /** Answer to the request with this id; `error` is the venue's text when it refused. */
  onAck(requestId: number, error: string | undefined): void;
  /** The same for venues that answer by stream name instead of request id. */
  onStreamAck(streamName: string, error: string | undefined): void;
  /**
   * The same for venues that name neither: it answers the oldest request of the connection that is
   * answered to this (`SubscribeFrame.answeredTo`).
   */
  onAckInOrder?(answer: string, error: string | undefined): void;
  /** The venue asked for this answer on the connection the frame came from (test requests). */
  onReply(text: string): void;
  /** The venue will close this connection soon: open the next one now. */
  onShutdownNotice(): void;
}

/**
 * `ok`: decoded, all handlers called. `ignored`: well-formed, nothing we record (pong, unknown
 * event). `malformed`: not what the venue's documentation allows; no handler was called for it.
 */
export type DecodeOutcome = 'ok' | 'ignored' | 'malformed';

/** One subscription: one instrument's channel on one of the feed's endpoints. */
export interface Stream {
  /** The venue's name of it, unique in the feed (`btcusdt@depth@100ms`). */
  readonly name: string;
  readonly instrument: number;
  readonly channel: ChannelName;
  /** Which endpoint serves it; streams of different routes never share a connection. */
  readonly route: string;
}

export interface RestRequest {
  /**
   * Full URL. Answers are matched by path and query, so a capture from any host replays. Where the
   * body says what is asked, a fragment says it too: answers are told apart by it, it is never
   * sent.
   */
  readonly url: string;
  /** JSON to POST; absent: GET. */
  readonly body?: string;
  /** Cost in the venue's unit (`FeedLimits.restWeightPerMinute`). */
  readonly weight: number;
}

/** What a REST answer held. */
export interface RestHandler {
  onBookSnapshot(message: DepthMessage): void;
  /** True when it became a record: pages also hold what is known, and what is not wanted yet. */
  onTrade(message: TradeMessage): boolean;
  /** After the last `onTrade` of the answer; `count` rows, ids ascending. */
  onTradesEnd(instrument: number, count: number): void;
  onDerivative(message: DerivativeMessage): void;
  onInstruments(list: readonly InstrumentMeta[]): void;
  /** The answer is one page of several: `request` asks for the next one. */
  onNextPage?(request: RestRequest): void;
  /** The venue stated its budget: weight a minute. */
  onRestLimit(weightPerMinute: number): void;
}

/** A request made again and again: what the venue publishes over REST only (open interest). */
export interface RestPoll {
  /** Unique in the feed. */
  readonly key: string;
  readonly everyUs: number;
  /** The first one is made after `everyUs`, not at the start. */
  readonly isLater?: boolean;
  readonly request: RestRequest;
}

/** One side of a maintained book, best first. */
export interface BookSideView {
  readonly count: number;
  priceAt(rank: number): number;
  sizeAt(rank: number): number;
}

export interface BookView {
  readonly bids: BookSideView;
  readonly asks: BookSideView;
}

/** A hole in a tape. Ids are NaN where the venue's have no order. */
export interface TradesWanted {
  readonly fromId: number;
  readonly toId: number;
  readonly fromUs: number;
  readonly toUs: number;
}

export interface FeedProtocol {
  streams(): readonly Stream[];
  connectUrl(route: string): string;
  /**
   * Frames that (un)subscribe `streams`, each within the venue's frame length; ids from `nextId`.
   */
  subscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[];
  unsubscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[];
  /** Text the client must send when `heartbeatUs` passed without any; undefined: none needed. */
  heartbeat(): string | undefined;
  /** Memory that `decode` reads a frame in: one that lies here already is not copied. */
  readonly frameArea?: Uint8Array;
  /** Decodes `frame[0..length)`. Never throws, whatever the bytes. */
  decode(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome;

  /** Holds the book after `message` against the venue's checksum; false: not equal. */
  verifyBook?(message: DepthMessage, book: BookView): boolean;
  polls?(): readonly RestPoll[];

  instrumentsRequest(): RestRequest;
  bookSnapshotRequest(instrument: number): RestRequest | undefined;
  /**
   * A page of trades that starts at `fromId` (inclusive) or, where ids have no order, covers the
   * time; undefined where REST cannot say.
   */
  tradesRequest(instrument: number, wanted: TradesWanted): RestRequest | undefined;
  /**
   * Decodes an answer by its URL. `malformed` when neither the path nor the body is known. Never
   * throws. Called with status 200 only.
   */
  decodeRest(url: string, body: string, out: RestHandler): DecodeOutcome;
  /**
   * For venues that answer 200 and put the refusal into the body: the HTTP status it means (429:
   * too many requests, 400: wrong request, 503: try again), 200 when it is none.
   */
  answerStatus?(body: string): number;
}

export interface SubscribeFrame {
  readonly requestId: number;
  readonly text: string;
  /** What an answer may say where it says neither request nor stream: its method, its symbol. */
  readonly answeredTo?: readonly string[];
  readonly streams: readonly Stream[];
}

/** How a diff event follows a book. Numbered as in the venue's own procedure. */
export interface BookRule {
  /** First event on a snapshot of id `snapshotId`. `refetch`: the snapshot is too old. */
  first(snapshotId: number, event: DepthMessage): 'apply' | 'skip' | 'refetch';
  /** Event on a live book that stands at `bookId`. */
  next(bookId: number, event: DepthMessage): 'apply' | 'skip' | 'gap';
}

export interface FeedLimits {
  readonly streamsPerConnection: number;
  /** Client frames a second on one connection. */
  readonly framesPerSecond: number;
  /** Connection attempts in five minutes. */
  readonly connectsPer5Minutes: number;
  /** Connection attempts in a second; absent: no such limit. */
  readonly connectsPerSecond?: number;
  /** Subscribe and unsubscribe frames an hour on one connection; absent: no such limit. */
  readonly requestsPerHour?: number;
  /** A connection is replaced before it is this old. */
  readonly connectionLifeUs: number;
  readonly restWeightPerMinute: number;
  /** The venue counts weight in windows this long; default a minute. */
  readonly restWindowUs?: number;
  /** How long to send nothing after a 403; default as after a 429. */
  readonly restForbiddenUs?: number;
  /** Client must send something this often; Infinity where the server pings. */
  readonly heartbeatUs: number;
}

/** What a channel is at the venue and how sure we are; the README table is made from it. */
export interface ChannelFacts {
  readonly streamName: string;
  readonly docs: string;
  /** What the decoder was verified against. */
  readonly verified: string;
  /** Longest quiet time of a busy instrument that is still healthy, µs. */
  readonly staleAfterUs: number;
}

export interface FeedUrls {
  readonly ws: string;
  readonly rest: string;
}

export type SymbolResult =
  | {
      readonly ok: true;
      readonly symbol: string;
      readonly marketType: MarketType;
      readonly venueSymbol: string;
      readonly base: string;
      readonly quote: string;
      /** True when the bundled catalogue lists it. */
      readonly listed: boolean;
    }
  | { readonly ok: false; readonly reason: string };

export interface ProtocolOptions {
  readonly instruments: readonly Instrument[];
  readonly channels: readonly ChannelName[];
  readonly urls: FeedUrls;
  /** Decode trades of every tape, not only the instrument's; for captures made with another one. */
  readonly anyTape?: boolean;
}

export interface FeedModule {
  /** `binance.spot`; a venue's only feed may be called as the venue is (`deribit`). */
  readonly id: string;
  readonly venue: string;
  readonly urls: FeedUrls;
  readonly limits: FeedLimits;
  readonly channels: Partial<Record<ChannelName, ChannelFacts>>;
  /** Tapes on offer, the default first. */
  readonly tapes: readonly TradeTape[];
  /** Ids of one tape rise by exactly 1, so coverage is proven by ids. */
  readonly tradeIdsContiguous: boolean;
  /** Tapes whose rows may stand for several ids (`TradeMessage.firstTradeId`). */
  readonly mergedTapes?: readonly TradeTape[];
  /**
   * Where ids prove nothing: how often the newest trades are held against REST, which finds what a
   * live stream left out. Absent: never.
   */
  readonly tradeAuditUs?: number;
  readonly bookRule: BookRule;
  /**
   * Quotes carry ids that look like the book's, but nobody promises it: a difference breaks the
   * book only after the ids have proven to be the same.
   */
  readonly quoteIdsAssumed?: boolean;
  /**
   * Books have no ids: they are held against quotes by time, and this is how far the two may be
   * apart, µs. Absent: not at all.
   */
  readonly quoteDriftUs?: number;
  /** Levels a side that the client must cut its book to after each update. */
  readonly bookLevelsMax?: number;
  /** Frames cannot be decoded before the instrument list (contract sizes): it is fetched first. */
  readonly needsInstruments?: boolean;
  /** Understands canonical and the venue's own spelling; offline, no guess beyond the catalogue. */
  parseSymbol(text: string): SymbolResult;
  /**
   * What stands right before an instrument's own name in a text frame (`"s":"`), so that a replay
   * can tell which instruments a capture holds before it starts.
   */
  readonly symbolMarkers: readonly string[];
  /** What a trade frame of each tape holds and no other frame does; needed where there are two. */
  readonly tapeMarkers: Readonly<Partial<Record<TradeTape, string>>>;
  /**
   * Canonical symbols of the bundled catalogue, for close matches and for the embedded exchange.
   */
  readonly catalogue: readonly string[];
  createProtocol(options: ProtocolOptions): FeedProtocol;
}

export interface VenueModule {
  readonly id: string;
  readonly feeds: readonly FeedModule[];
}
