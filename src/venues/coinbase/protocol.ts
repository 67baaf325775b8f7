/**
 * Coinbase's FeedProtocol: plans streams, writes frames and requests, decodes frames and answers.
 * The only place of the venue that parses JSON.
 *
 * Invariant: handlers are called after the whole frame or answer proved valid, and nothing thrown
 * by a parser leaves this file.
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
  TradesWanted,
} from '../contract.ts';
import { readObject } from '../kit/json-fields.ts';
import { FrameDecoder } from './decode.ts';
import { RestDialect } from './rest.ts';
import { decodeRefusal, decodeSubscriptions, planStreams, subscribeFrames } from './subscribe.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class CoinbaseProtocol implements FeedProtocol {
  readonly frameArea: Uint8Array;
  readonly #wsUrl: string;
  readonly #streams: readonly Stream[];
  readonly #frames: FrameDecoder;
  readonly #rest: RestDialect;

  constructor({ instruments, channels, urls }: ProtocolOptions) {
    this.#wsUrl = urls.ws;
    this.#streams = planStreams(instruments, channels);
    this.#frames = new FrameDecoder(instruments);
    this.frameArea = this.#frames.frameArea;
    this.#rest = new RestDialect(instruments, urls.rest);
  }

  streams(): readonly Stream[] {
    return this.#streams;
  }

  connectUrl(): string {
    return this.#wsUrl;
  }

  subscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    return subscribeFrames('subscribe', streams, nextId);
  }

  unsubscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    return subscribeFrames('unsubscribe', streams, nextId);
  }

  /** None: the venue sends its `heartbeat` channel and wants nothing. */
  heartbeat(): undefined {
    return undefined;
  }

  decode(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome {
    const fast = this.#frames.decodeFast(frame, length, out);
    if (fast !== undefined) return fast;
    const outcome = this.#decodeSlow(frame, length, out);
    if (outcome === 'ok') this.#frames.learn(frame, length);
    return outcome;
  }

  #decodeSlow(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome {
    let text: string;
    try {
      text = utf8.decode(frame.subarray(0, length));
    } catch {
      return 'malformed';
    }
    const value = readObject(parse(text));
    if (typeof value?.type !== 'string') return 'malformed';
    if (value.type === 'subscriptions') return decodeSubscriptions(value, out);
    if (value.type === 'error') return decodeRefusal(value, this.#streams, out);
    return this.#frames.decode(value, out);
  }

  instrumentsRequest(): RestRequest {
    return this.#rest.instrumentsRequest();
  }

  /**
   * None: a subscription begins with the book. REST's book has a sequence that nothing here has.
   */
  bookSnapshotRequest(): undefined {
    return undefined;
  }

  tradesRequest(instrument: number, wanted: TradesWanted): RestRequest | undefined {
    return this.#rest.tradesRequest(instrument, wanted);
  }

  decodeRest(url: string, body: string, out: RestHandler): DecodeOutcome {
    return this.#rest.decode(url, parse(body), out);
  }
}

/** Undefined when the text is no JSON, or nested too deep for the parser. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
