/**
 * OKX's FeedProtocol: plans streams, writes frames and requests, decodes frames and answers. The
 * only place of the venue that parses JSON.
 *
 * Invariant: handlers are called after the whole frame or answer proved valid, so there is no
 * partial delivery, and nothing thrown by a parser leaves this file.
 */
import type { TradeTape } from '../../model/instrument.ts';
import type {
  BookView,
  DecodeOutcome,
  DepthMessage,
  FeedProtocol,
  MessageHandler,
  ProtocolOptions,
  RestHandler,
  RestRequest,
  Stream,
  SubscribeFrame,
  TradesWanted,
} from '../contract.ts';
import { type JsonObject, readObject } from '../kit/json-fields.ts';
import { BookStreams } from './book-streams.ts';
import type { DerivativeChannel } from './decode-derivative.ts';
import { DerivativeState, isDerivativeChannel } from './decode-derivative.ts';
import { decodeEvent, type EventHost, readArgument } from './decode-event.ts';
import { FastDecoder, FastKind } from './decode-fast.ts';
import { LiquidationTape } from './decode-liquidation.ts';
import { TradeBatch } from './decode-trade.ts';
import { type Market, Markets } from './markets.ts';
import { QuoteStreams } from './quote-streams.ts';
import { RestDialect } from './rest.ts';
import { type Argument, Subscriptions } from './subscribe.ts';
import { readRows } from './wire-fields.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const PATH = '/ws/v5/';
const PING = 'ping';
const PONG = 'pong';
const LIQUIDATIONS = 'liquidation-orders';
/** Answers longer than this are lists, not refusals. */
const REFUSAL_LENGTH_MAX = 1024;

export class OkxProtocol implements FeedProtocol, EventHost {
  readonly subscriptions: Subscriptions;
  readonly frameArea: Uint8Array;
  readonly #wsUrl: string;
  readonly #anyTape: boolean;
  readonly #markets: Markets;
  readonly #books: BookStreams;
  readonly #quotes = new QuoteStreams();
  readonly #derivatives = new DerivativeState();
  readonly #liquidations: LiquidationTape;
  readonly #trades = new TradeBatch();
  readonly #rest: RestDialect;
  readonly #fast: FastDecoder;

  constructor(options: ProtocolOptions) {
    const { instruments, channels, urls } = options;
    this.#wsUrl = urls.ws;
    this.#anyTape = options.anyTape ?? false;
    this.subscriptions = new Subscriptions(instruments, channels);
    this.#markets = new Markets(instruments);
    this.#fast = new FastDecoder(this.#markets);
    this.frameArea = this.#fast.frameArea;
    this.#books = new BookStreams(this.#markets);
    this.#liquidations = new LiquidationTape(this.#markets);
    this.#rest = new RestDialect(this.#markets, urls.rest);
  }

  streams(): readonly Stream[] {
    return this.subscriptions.streams;
  }

  /** `route` is the endpoint and the number of the connection to it. */
  connectUrl(route: string): string {
    return `${this.#wsUrl}${PATH}${route.split(' ', 1)[0] ?? ''}`;
  }

  subscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    return this.subscriptions.frames('subscribe', streams, nextId);
  }

  unsubscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    return this.subscriptions.frames('unsubscribe', streams, nextId);
  }

  /** A text of its own, no JSON; the answer is `pong`. */
  heartbeat(): string {
    return PING;
  }

  decode(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome {
    const fast = this.#decodeFast(this.#fast.read(frame, length), out);
    if (fast !== undefined) return fast;
    const outcome = this.#decodeSlow(frame, length, out);
    if (outcome === 'ok') this.#fast.learn(frame, length);
    return outcome;
  }

  #decodeFast(kind: FastKind, out: MessageHandler): DecodeOutcome | undefined {
    switch (kind) {
      case FastKind.unknown:
        return undefined;
      case FastKind.quote:
        return this.#quotes.decodeFast(this.#fast, out);
      case FastKind.update:
      case FastKind.snapshot:
        return this.#books.decodeFast(this.#fast, kind === FastKind.snapshot, out);
      default: {
        const { market } = this.#fast;
        const tape = kind === FastKind.trades ? 'trade' : 'aggTrade';
        if (!this.#trades.addFast(this.#fast, market, tape)) return undefined;
        return this.#deliverTrades(market, tape, out);
      }
    }
  }

  #decodeSlow(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome {
    let text: string;
    let value: unknown;
    try {
      text = utf8.decode(frame.subarray(0, length));
      if (text === PONG) return 'ignored';
      value = JSON.parse(text);
    } catch {
      // Not UTF-8, not JSON, or nested too deep for the parser.
      return 'malformed';
    }
    const object = readObject(value);
    if (object === undefined) return 'malformed';
    if (object.event !== undefined) return decodeEvent(object, this, out);
    const argument = readArgument(object.arg);
    const rows = readRows(object.data);
    // Not all that has an argument is data, but all data has one.
    if (argument === undefined) return object.arg === undefined ? 'ignored' : 'malformed';
    return this.#data(argument, object, rows, out);
  }

  verifyBook(message: DepthMessage, book: BookView): boolean {
    return this.#books.verify(message, book);
  }

  instrumentsRequest(): RestRequest {
    return this.#rest.instrumentsRequest();
  }

  /**
   * Never: books joined from REST were seen to differ from the venue's. A stream that brings no
   * snapshot is subscribed again, and its book stays invalid until one comes.
   */
  bookSnapshotRequest(): RestRequest | undefined {
    return undefined;
  }

  tradesRequest(instrument: number, wanted: TradesWanted): RestRequest | undefined {
    return this.#rest.tradesRequest(instrument, wanted);
  }

  decodeRest(url: string, body: string, out: RestHandler): DecodeOutcome {
    try {
      return this.#rest.decode(url, JSON.parse(body), out, this.#books);
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof RangeError) return 'malformed';
      throw error;
    }
  }

  /** The venue refuses with a code in the body, often with status 200. */
  answerStatus(body: string): number {
    if (body.length > REFUSAL_LENGTH_MAX) return 200;
    try {
      return this.#rest.statusOf(readObject(JSON.parse(body))?.code);
    } catch {
      return 200;
    }
  }

  onSubscribed({ channel, instId, instType }: Argument): void {
    if (channel === LIQUIDATIONS && instType !== undefined) {
      this.#liquidations.onSubscribed(instType);
    }
    const market = this.#markets.byId(instId);
    if (market !== undefined) this.#books.onSubscribed(channel, market);
  }

  #data(
    argument: Argument,
    frame: JsonObject,
    rows: readonly JsonObject[] | undefined,
    out: MessageHandler,
  ): DecodeOutcome {
    const { channel, instId, instType } = argument;
    if (channel === LIQUIDATIONS) return this.#liquidation(instType, rows, out);
    if (channel === 'index-tickers') return this.#index(instId, rows, out);
    const isOurs = isTrades(channel) || isDerivativeChannel(channel);
    if (!isOurs && !BookStreams.has(channel) && !QuoteStreams.has(channel)) return 'ignored';
    if (instId === undefined || rows === undefined) return 'malformed';
    const market = this.#markets.byId(instId);
    if (market === undefined) return 'ignored';
    if (isTrades(channel)) return this.#trade(channel, market, rows, out);
    if (QuoteStreams.has(channel)) return this.#quotes.decode(channel, market, rows, out);
    if (isDerivativeChannel(channel)) return this.#derivative(channel, [market], rows, out);
    return this.#books.decode(channel, market, frame.action, rows, out);
  }

  #trade(
    channel: string,
    market: Market,
    rows: readonly JsonObject[],
    out: MessageHandler,
  ): DecodeOutcome {
    const tape = channel === 'trades-all' ? 'trade' : 'aggTrade';
    const trades = this.#trades;
    trades.clear();
    for (const row of rows) if (!trades.add(row, market, tape)) return 'malformed';
    return this.#deliverTrades(market, tape, out);
  }

  #deliverTrades(market: Market, tape: TradeTape, out: MessageHandler): DecodeOutcome {
    const trades = this.#trades;
    if (!trades.sort()) return 'malformed';
    // The tapes count the same ids in other steps: an instrument is recorded from one of them.
    if (!this.#anyTape && market.instrument.tape !== tape) return 'ignored';
    // A trade without a time is nothing to keep; its id is missing now, and REST says it well.
    if (trades.hasTimeless) return 'ignored';
    for (let i = 0; i < trades.count; i += 1) out.onTrade(trades.at(i));
    return 'ok';
  }

  #derivative(
    channel: DerivativeChannel,
    markets: readonly Market[],
    rows: readonly JsonObject[],
    out: MessageHandler,
  ): DecodeOutcome {
    const read = rows.map((row) => this.#derivatives.read(channel, row));
    if (read.includes(undefined)) return 'malformed';
    for (const each of read) {
      if (each === undefined) continue;
      for (const market of markets) {
        out.onDerivative(this.#derivatives.merge(market, each.values, each.tsUs));
      }
    }
    return 'ok';
  }

  #index(
    instId: string | undefined,
    rows: readonly JsonObject[] | undefined,
    out: MessageHandler,
  ): DecodeOutcome {
    if (instId === undefined || rows === undefined) return 'malformed';
    const markets = this.#markets.byUnderlying(instId);
    if (markets.length === 0) return 'ignored';
    return this.#derivative('index-tickers', markets, rows, out);
  }

  #liquidation(
    instType: string | undefined,
    rows: readonly JsonObject[] | undefined,
    out: MessageHandler,
  ): DecodeOutcome {
    if (instType === undefined || rows === undefined) return 'malformed';
    const found = this.#liquidations.read(instType, rows);
    if (found === undefined) return 'malformed';
    for (const message of found) out.onLiquidation(message);
    return found.length === 0 ? 'ignored' : 'ok';
  }
}

function isTrades(channel: string): boolean {
  return channel === 'trades' || channel === 'trades-all';
}
