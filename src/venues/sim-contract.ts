/**
 * The dialect contract: what a venue's folder tells the embedded exchange, so that the exchange can
 * speak as that venue does. A dialect is the reverse of a `FeedProtocol`: it reads subscribe frames
 * and REST requests and writes data frames and answers.
 *
 * A venue adds itself with one file `src/venues/<venue>/sim.ts` that exports `dialects`; nothing
 * lists them. The exchange owns sockets, clock, market, faults, rate limits and the truth file; a
 * dialect owns names and bytes. It holds no timer and no global state: one `SimFeed` per exchange,
 * one `SimClient` per connection.
 *
 * Prices are whole ticks and sizes whole lots; `SimInstrument` turns them into decimals.
 */
import type { MarketType, TradeTape } from '../model/instrument.ts';

/** A step of prices or sizes: `units` × 10^-`decimals`. BTC's 0.10 is { units: 1, decimals: 1 }. */
export interface SimStep {
  readonly units: number;
  readonly decimals: number;
}

/** One instrument the exchange can trade. */
export interface SimListing {
  /** Canonical: `BTC/USDT`. */
  readonly symbol: string;
  readonly marketType: MarketType;
  readonly venueSymbol: string;
  readonly base: string;
  readonly quote: string;
  /** Level the price moves around, in quote units. */
  readonly price: number;
  readonly tick: SimStep;
  /** Base units; of inverse contracts about what one is worth at `price`. */
  readonly lot: SimStep;
  /** Quote units of a lot where lots are inverse contracts: what they are in base units varies. */
  readonly inverseValue?: number;
  /** Belongs to the few the rate is shared over when the exchange is not told which. */
  readonly isMajor: boolean;
}

/** One trade of the market. Objects are reused: take what you need before you return. */
export interface SimTrade {
  /** Number of the trade since 2024-01-01; rises by exactly 1 and is the same in every process. */
  number: number;
  /** Rounded down to `SimDialect.timeUnitUs`. */
  tsUs: number;
  ticks: number;
  lots: number;
  /** True when the aggressor sold. */
  isSell: boolean;
}

/** Top of the book right after the change `id`. */
export interface SimQuote {
  tsUs: number;
  id: number;
  bidTicks: number;
  bidLots: number;
  askTicks: number;
  askLots: number;
}

/** All changes of a book since the stream's event before; lots 0 removes the level. */
export interface SimDepth {
  tsUs: number;
  /** Ids of the first and last change in it, and the last id of the event before. */
  firstId: number;
  lastId: number;
  previousId: number;
  /** Best first. */
  readonly bidTicks: number[];
  readonly bidLots: number[];
  readonly askTicks: number[];
  readonly askLots: number[];
  /** The book after these changes, for venues that send top N or a checksum. */
  readonly book: SimBook;
}

export interface SimBook {
  /** Id of the last change applied. */
  readonly id: number;
  readonly bidCount: number;
  readonly askCount: number;
  /** `level` 0 is the best. */
  bidTicks(level: number): number;
  bidLots(level: number): number;
  askTicks(level: number): number;
  askLots(level: number): number;
}

/** What the ids of an instrument's trades depend on. */
export interface SimTradeIds {
  /** Tape the truth file follows; where the venue has one only, `trade`. */
  readonly tape: TradeTape;
  /** Added to `SimTrade.number` to make ids of different instruments differ. */
  readonly idBase: number;
}

/** A listing that is traded here. */
export interface SimInstrument extends SimTradeIds {
  readonly index: number;
  readonly listing: SimListing;
  /** Number of the newest trade made by now. Every number from 0 up to it can be read. */
  newestTrade(): number;
  /** Smallest number whose trade is at or after `tsUs`; may be beyond the newest. */
  tradeFrom(tsUs: number): number;
  readTrade(number: number, out: SimTrade): void;
  /** The book now, right after a change; under the fault `stalebook`, one given out before. */
  snapshot(): SimSnapshot;
  priceText(ticks: number): string;
  /** Base units; not for inverse contracts. */
  sizeText(lots: number): string;
  /** Base units of lots that trade or rest at this price. */
  baseSize(lots: number, ticks: number): number;
}

export interface SimSnapshot {
  readonly id: number;
  readonly tsUs: number;
  /** Best first: ticks, lots, ticks, lots … */
  readonly bids: readonly number[];
  readonly asks: readonly number[];
}

export type SimFrame = string | Uint8Array;
/** What one event becomes on one stream: nothing, a frame, or several. */
export type SimFrames = SimFrame | readonly SimFrame[] | undefined;

/**
 * One stream, encoded once an event however many connections take it. `key` is unique in the feed
 * and includes the flavour where there are several (raw or combined).
 */
export type SimStream =
  | {
      readonly kind: 'trade';
      readonly key: string;
      readonly instrument: SimInstrument;
      encode(trade: SimTrade, nowUs: number): SimFrames;
    }
  | {
      readonly kind: 'quote';
      readonly key: string;
      readonly instrument: SimInstrument;
      encode(quote: SimQuote, nowUs: number): SimFrames;
    }
  | {
      readonly kind: 'depth';
      readonly key: string;
      readonly instrument: SimInstrument;
      /** Changes are collected for this long; 0: sent as they come. */
      readonly intervalUs: number;
      encode(depth: SimDepth, nowUs: number): SimFrames;
      /**
       * Where the stream begins with the whole book: what a new subscriber gets first. The others
       * get what has collected before that, so the next event follows `book.id` for everybody.
       */
      snapshot?(book: SimBook, nowUs: number): SimFrames;
    }
  | {
      /** Anything that comes by the clock: heartbeats, mark prices, blocks of trades. */
      readonly kind: 'timer';
      readonly key: string;
      readonly instrument: SimInstrument | undefined;
      readonly intervalUs: number;
      encode(nowUs: number): SimFrames;
    };

/** One client's connection as a dialect sees it. */
export interface SimConnection {
  /** The venue's own path, the exchange's prefix taken off: `/market/stream`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Sends an answer (ack, error, pong). Only the `ack` fault touches it. */
  reply(frame: SimFrame): void;
  /** Sends data that belongs to no stream, such as a snapshot; faults apply. */
  data(frame: SimFrame): void;
  /** Delivers `stream` from now on. False when the connection has as many as it may. */
  subscribe(stream: SimStream): boolean;
  unsubscribe(key: string): boolean;
  close(code: number, reason: string): void;
}

export interface SimClient {
  /** One frame from the client. Must not throw, whatever it holds. */
  receive(frame: SimFrame): void;
  /** What the venue says shortly before it closes a connection for its age, if anything. */
  farewell?(nowUs: number): SimFrame | undefined;
}

export interface SimRestRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

export interface SimRestAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the venue holds its clients to. The exchange enforces it. */
export interface SimLimits {
  /** Client frames in any second, pings and pongs included; more close the connection. */
  readonly framesPerSecond: number;
  readonly streamsPerConnection: number;
  /** A connection is closed when it is this old. */
  readonly connectionLifeUs: number;
  /** Infinity where the server does not ping. */
  readonly pingEveryUs: number;
  readonly pongWithinUs: number;
  /** At a rate of 250 frames/s; grows with the rate, so that repairs stay possible. */
  readonly restWeightPerMinute: number;
}

/** What the exchange hands to a dialect. */
export interface SimHost {
  /** All listings of the dialect, in its order. */
  readonly instruments: readonly SimInstrument[];
  /** REST budget in force, scaled. */
  readonly restWeightPerMinute: number;
  nowUs(): number;
}

/** A dialect at work in one exchange. */
export interface SimFeed {
  /** True when clients may open a WebSocket at this path. */
  hasSocketAt(path: string): boolean;
  connect(connection: SimConnection): SimClient;
  /** What the request costs; asked before it is answered. */
  restWeight(request: SimRestRequest): number;
  /** `usedWeight` is what this minute has used, this request included. */
  rest(request: SimRestRequest, usedWeight: number): SimRestAnswer;
  /** The answer to a request over the budget. */
  restRefusal(retryAfterSeconds: number): SimRestAnswer;
}

/** A row of the truth file: what a recorder that follows `tape` must have for this trade. */
export interface SimFill {
  readonly tradeId: number | string;
  readonly lots: number;
}

export interface SimDialect {
  /** Feed id: `binance.spot`, or `deribit`. Its first part is the venue. */
  readonly feed: string;
  readonly listings: readonly SimListing[];
  readonly limits: SimLimits;
  /** Step of the venue's trade times, µs. */
  readonly timeUnitUs: number;
  /** How far one book change may move the update id: 1 where ids have no holes. */
  readonly idJumpMax: number;
  /** Tape the truth follows unless the exchange is told otherwise. */
  readonly tape: TradeTape;
  /** Rows the trade makes on the instrument's tape, ids ascending; as many for every trade. */
  fills(instrument: SimTradeIds, trade: SimTrade): readonly SimFill[];
  /** Number of the trade a fill of `fills` came from. */
  tradeNumber(instrument: SimTradeIds, tradeId: string): number;
  create(host: SimHost): SimFeed;
}

/** What `src/venues/<venue>/sim.ts` exports. */
export interface SimModule {
  readonly dialects: readonly SimDialect[];
}
