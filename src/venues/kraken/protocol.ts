/**
 * Kraken's FeedProtocol: plans streams, writes frames and requests, decodes frames and answers. The
 * only place of the venue that parses JSON.
 *
 * Invariant: handlers are called after the whole frame or answer proved valid, and nothing thrown
 * by a parser leaves this file.
 */
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
import { type JsonObject, readId, readObject } from '../kit/json-fields.ts';
import { BookChecksum } from './checksum.ts';
import { FrameDecoder } from './decode.ts';
import { keepLongNumber, MAY_HOLD_LONG_NUMBER } from './exact-number.ts';
import { RestDialect, statusOf } from './rest.ts';
import { planStreams, Subscriptions } from './subscribe.ts';

const PING = '{"method":"ping"}';
/** Channels that carry nothing we record: liveness, system state, candles. */
const OTHER_CHANNELS: ReadonlySet<unknown> = new Set(['heartbeat', 'status', 'ohlc']);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class KrakenProtocol implements FeedProtocol {
  readonly #wsUrl: string;
  readonly #streams: readonly Stream[];
  readonly #subscriptions = new Subscriptions();
  /** By instrument index. */
  readonly #checksums = new Map<number, BookChecksum>();
  readonly #byName = new Map<string, BookChecksum>();
  readonly #frames: FrameDecoder;
  readonly #rest: RestDialect;

  constructor({ instruments, channels, urls }: ProtocolOptions) {
    this.#wsUrl = urls.ws;
    this.#streams = planStreams(instruments, channels);
    for (const { index, venueSymbol } of instruments) {
      const checksum = new BookChecksum();
      this.#checksums.set(index, checksum);
      this.#byName.set(venueSymbol, checksum);
    }
    this.#frames = new FrameDecoder(instruments, this.#checksums);
    this.#rest = new RestDialect(instruments, urls.rest, this.#checksums);
  }

  streams(): readonly Stream[] {
    return this.#streams;
  }

  connectUrl(): string {
    return `${this.#wsUrl}/v2`;
  }

  subscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    return this.#subscriptions.frames('subscribe', streams, nextId);
  }

  unsubscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    return this.#subscriptions.frames('unsubscribe', streams, nextId);
  }

  heartbeat(): string {
    return PING;
  }

  decode(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome {
    let text: string;
    try {
      text = utf8.decode(frame.subarray(0, length));
    } catch {
      return 'malformed';
    }
    const value = readObject(parse(text));
    if (value === undefined) return 'malformed';
    if (value.method !== undefined) return this.#subscriptions.decodeAnswer(value, out);
    const { channel } = value;
    if (channel === 'trade' || channel === 'ticker' || channel === 'book') {
      return this.#frames.decode(channel, value, out);
    }
    if (channel === 'instrument') return this.#decodePairs(value);
    if (OTHER_CHANNELS.has(channel)) return 'ignored';
    // Channels and messages to come; an error about no request we know.
    return typeof channel === 'string' || typeof value.error === 'string' ? 'ignored' : 'malformed';
  }

  verifyBook(message: DepthMessage, book: BookView): boolean {
    const checksum = this.#checksums.get(message.instrument);
    return checksum?.matches(message.checksum, book) ?? true;
  }

  instrumentsRequest(): RestRequest {
    return this.#rest.instrumentsRequest();
  }

  /** None: a subscription begins with the book. REST has no checksum to begin from. */
  bookSnapshotRequest(): undefined {
    return undefined;
  }

  tradesRequest(instrument: number, wanted: TradesWanted): RestRequest | undefined {
    return this.#rest.tradesRequest(instrument, wanted);
  }

  decodeRest(url: string, body: string, out: RestHandler): DecodeOutcome {
    return this.#rest.decode(url, parse(body), out);
  }

  answerStatus(body: string): number {
    // Only a body with an error in it is worth parsing twice.
    if (/^\s*\{\s*"error"\s*:\s*\[\s*\]/.test(body)) return 200;
    return statusOf(readObject(parse(body))?.error);
  }

  /** Pairs as the socket describes them: the decimals that checksums are made with. */
  #decodePairs(frame: JsonObject): DecodeOutcome {
    const data = readObject(frame.data);
    if (data === undefined) return 'malformed';
    const pairs = data.pairs ?? [];
    if (!Array.isArray(pairs)) return 'malformed';
    for (const each of pairs) {
      const pair = readObject(each);
      if (typeof pair?.symbol !== 'string') return 'malformed';
      const priceDecimals = readId(pair.price_precision);
      const sizeDecimals = readId(pair.qty_precision);
      const checksum = this.#byName.get(pair.symbol);
      if (checksum === undefined || priceDecimals < 0 || sizeDecimals < 0) continue;
      checksum.priceDecimals = priceDecimals;
      checksum.sizeDecimals = sizeDecimals;
    }
    return 'ignored';
  }
}

/** The value with long numbers as `NumberText`, or undefined when the text is no JSON. */
function parse(text: string): unknown {
  try {
    return MAY_HOLD_LONG_NUMBER.test(text) ? JSON.parse(text, keepLongNumber) : JSON.parse(text);
  } catch {
    // Not JSON, or nested too deep for the parser.
    return undefined;
  }
}
