/**
 * Bitget's FeedProtocol, one for both feeds: plans streams, writes frames and requests, decodes
 * frames and answers. The only place of the venue that parses JSON.
 *
 * Invariants: handlers are called after the whole frame or answer proved valid, so there is no
 * partial delivery, and nothing thrown by a parser leaves this file. Sequence numbers never become
 * a float64: they are put in quotes before the parser sees them.
 */
import type {
  DecodeOutcome,
  FeedProtocol,
  MessageHandler,
  ProtocolOptions,
  RestHandler,
  RestRequest,
  Stream,
  SubscribeFrame,
  TradeMessage,
  TradesWanted,
} from '../contract.ts';
import { oldestFirst } from '../kit/row-order.ts';
import { BookTracks } from './book-tracks.ts';
import { FastDecoder } from './decode-fast.ts';
import { SlowDecoder } from './decode-slow.ts';
import { createMessages, Kind, type Messages } from './decoded.ts';
import type { BitgetFeed } from './feeds.ts';
import { RestDialect, statusOf } from './rest.ts';
import { planStreams, subscribeFrames } from './subscribe.ts';
import { type WireForm, wireFormOf } from './wire-form.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const PING = 'ping';
const PONG = 'pong';
/** In valid JSON a quote before the name opens a key: inside a text it would be escaped. */
const SEQUENCE = /"(p?seq)"(\s*:\s*)(0|[1-9]\d*)(?=\s*[,}])/g;
const IS_FINE = /^\s*\{\s*"code"\s*:\s*"00000"\s*,/;

export class BitgetProtocol implements FeedProtocol {
  readonly #feed: BitgetFeed;
  readonly #url: string;
  readonly #form: WireForm;
  readonly #streams: readonly Stream[];
  readonly #messages: Messages = createMessages();
  readonly frameArea: Uint8Array;
  readonly #fast: FastDecoder;
  readonly #slow: SlowDecoder;
  readonly #rest: RestDialect;

  constructor(feed: BitgetFeed, options: ProtocolOptions) {
    const { instruments, channels, urls } = options;
    const { form, url } = wireFormOf(urls.ws);
    this.#feed = feed;
    this.#url = url;
    this.#form = form;
    this.#streams = planStreams(feed, form, instruments, channels);
    const tracks = new BookTracks();
    this.#fast = new FastDecoder(feed, form, instruments, this.#messages, tracks);
    this.frameArea = this.#fast.frameArea;
    this.#slow = new SlowDecoder(feed, form, instruments, this.#messages, tracks);
    this.#rest = new RestDialect(feed, instruments, urls.rest);
  }

  streams(): readonly Stream[] {
    return this.#streams;
  }

  connectUrl(): string {
    return this.#url;
  }

  subscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    return subscribeFrames('subscribe', this.#feed, this.#form, streams, nextId);
  }

  unsubscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    return subscribeFrames('unsubscribe', this.#feed, this.#form, streams, nextId);
  }

  heartbeat(): string {
    return PING;
  }

  decode(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome {
    const result = this.#fast.decode(frame, length);
    if (result === 'ignored') return result;
    if (result !== Kind.unknown) return this.#deliver(result, out);
    return this.#decodeSlow(frame, length, out);
  }

  instrumentsRequest(): RestRequest {
    return this.#rest.instrumentsRequest();
  }

  /** None: every subscription brings the book. REST's has no sequence number. */
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
    if (text === PONG) return 'ignored';
    const value = parse(text.includes('seq"') ? text.replace(SEQUENCE, '"$1"$2"$3"') : text);
    if (value === undefined) return 'malformed';
    const result = this.#slow.decode(value, out);
    if (typeof result === 'string') return result;
    this.#fast.learn(frame, length);
    return this.#deliver(result, out);
  }

  #deliver(kind: Kind, out: MessageHandler): DecodeOutcome {
    const { trades, tradeCount, quote, depth, derivative } = this.#messages;
    switch (kind) {
      case Kind.trades:
        if (tradeCount === 1) out.onTrade(trades[0] as TradeMessage);
        else for (const each of oldestFirst(trades.slice(0, tradeCount))) out.onTrade(each);
        break;
      case Kind.quote:
        out.onQuote(quote);
        break;
      case Kind.depth:
        out.onDepth(depth);
        break;
      default:
        out.onDerivative(derivative);
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
