/**
 * Bybit's FeedProtocol, one for both feeds: plans streams, writes frames and requests, decodes
 * frames and answers. The only place of the venue that parses JSON.
 *
 * Invariant: handlers are called after the whole frame or answer proved valid, so there is no
 * partial delivery, and nothing thrown by a parser leaves this file.
 */
import type {
  DecodeOutcome,
  FeedProtocol,
  LiquidationMessage,
  MessageHandler,
  ProtocolOptions,
  RestHandler,
  RestRequest,
  Stream,
  SubscribeFrame,
  TradeMessage,
  TradesWanted,
} from '../contract.ts';
import { FastDecoder } from './decode-fast.ts';
import { SlowDecoder } from './decode-slow.ts';
import { createMessages, Kind, type Messages } from './decoded.ts';
import type { BybitFeed } from './feeds.ts';
import { RestDialect, statusOf } from './rest.ts';
import { BOOK_DEPTH, planStreams, subscribeFrames } from './subscribe.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const PING = '{"req_id":"ping","op":"ping"}';
const IS_FINE = /^\s*\{\s*"retCode"\s*:\s*0\s*,/;

export class BybitProtocol implements FeedProtocol {
  readonly #feed: BybitFeed;
  readonly #wsUrl: string;
  readonly #streams: readonly Stream[];
  readonly #messages: Messages = createMessages();
  readonly frameArea: Uint8Array;
  readonly #fast: FastDecoder;
  readonly #slow: SlowDecoder;
  readonly #rest: RestDialect;

  constructor(feed: BybitFeed, options: ProtocolOptions) {
    const { instruments, channels, urls } = options;
    this.#feed = feed;
    this.#wsUrl = urls.ws;
    this.#streams = planStreams(feed, instruments, channels);
    this.#fast = new FastDecoder(instruments, this.#messages);
    this.frameArea = this.#fast.frameArea;
    this.#slow = new SlowDecoder(instruments, this.#messages, options.anyTape ?? false);
    this.#rest = new RestDialect(feed, instruments, urls.rest);
  }

  streams(): readonly Stream[] {
    return this.#streams;
  }

  connectUrl(): string {
    return `${this.#wsUrl}${this.#feed.socketPath}`;
  }

  subscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    return subscribeFrames('subscribe', streams, nextId);
  }

  unsubscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    return subscribeFrames('unsubscribe', streams, nextId);
  }

  heartbeat(): string {
    return PING;
  }

  decode(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome {
    const kind = this.#fast.decode(frame, length);
    if (kind === Kind.unknown) return this.#decodeSlow(frame, length, out);
    const { instrument } = this.#messages.depth;
    if (kind === Kind.depth && !this.#slow.takesDepth(instrument, BOOK_DEPTH)) return 'ignored';
    return this.#deliver(kind, out);
  }

  instrumentsRequest(): RestRequest {
    return this.#rest.instrumentsRequest();
  }

  /** None: every subscription brings the book. REST's has the ids of the 1000-level stream. */
  bookSnapshotRequest(): undefined {
    return undefined;
  }

  tradesRequest(instrument: number, wanted: TradesWanted): RestRequest | undefined {
    return this.#rest.tradesRequest(instrument, wanted);
  }

  decodeRest(url: string, body: string, out: RestHandler): DecodeOutcome {
    const value = parse(body);
    return value === undefined ? 'malformed' : this.#rest.decode(url, value, out);
  }

  answerStatus(body: string): number {
    return IS_FINE.test(body) ? 200 : statusOf(parse(body));
  }

  #decodeSlow(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome {
    let text: string;
    try {
      text = utf8.decode(frame.subarray(0, length));
    } catch {
      return 'malformed';
    }
    const value = parse(text);
    if (value === undefined) return 'malformed';
    const result = this.#slow.decode(value, out);
    if (typeof result === 'string') return result;
    this.#fast.learn(frame, length);
    return this.#deliver(result, out);
  }

  #deliver(kind: Kind, out: MessageHandler): DecodeOutcome {
    const { trades, tradeCount, quote, depth, derivative, liquidations } = this.#messages;
    switch (kind) {
      case Kind.trades:
        for (let i = 0; i < tradeCount; i += 1) out.onTrade(trades[i] as TradeMessage);
        break;
      case Kind.quote:
        out.onQuote(quote);
        break;
      case Kind.depth:
        out.onDepth(depth);
        break;
      case Kind.derivative:
        out.onDerivative(derivative);
        break;
      default:
        for (const each of liquidations) out.onLiquidation(each as LiquidationMessage);
    }
    return 'ok';
  }
}

/** Undefined when it is no JSON, or nested too deep for the parser. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
