/**
 * Hyperliquid's FeedProtocol: perpetuals and spot pairs over one WebSocket. Acks and errors here,
 * data in `decode.ts`, REST in `rest.ts`. The only place of the venue that parses JSON.
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
  RestPoll,
  RestRequest,
  Stream,
  SubscribeFrame,
  TradesWanted,
} from '../contract.ts';
import { type JsonObject, readObject } from '../kit/json-fields.ts';
import { DataDecoder } from './decode.ts';
import { RestDialect } from './rest.ts';
import { planStreams, streamName, subscribeFrames } from './subscribe.ts';

/** Request id of a refusal that does not say what it is about. */
export const NO_REQUEST_ID = -1;

/** Some servers greet with a text that is no JSON. */
const GREETING = 'Websocket connection established.';
const PING = '{"method":"ping"}';
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class HyperliquidProtocol implements FeedProtocol {
  readonly frameArea: Uint8Array;
  readonly #wsUrl: string;
  readonly #streams: readonly Stream[];
  readonly #data: DataDecoder;
  readonly #rest: RestDialect;
  /** Whether books are asked for with `fast`; until the venue refuses that. */
  #asksFastBooks = true;

  constructor({ instruments, channels, urls }: ProtocolOptions) {
    this.#wsUrl = urls.ws;
    this.#streams = planStreams(instruments, channels);
    this.#data = new DataDecoder(instruments);
    this.frameArea = this.#data.frameArea;
    this.#rest = new RestDialect(instruments, urls.rest, ({ venueSymbol }) => {
      this.#data.forget(venueSymbol);
    });
  }

  streams(): readonly Stream[] {
    return this.#streams;
  }

  connectUrl(): string {
    return `${this.#wsUrl}/ws`;
  }

  subscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    return subscribeFrames('subscribe', streams, nextId, this.#asksFastBooks);
  }

  unsubscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    return subscribeFrames('unsubscribe', streams, nextId, this.#asksFastBooks);
  }

  /** The server closes a connection to which it sent nothing for 60 s; the pong is something. */
  heartbeat(): string {
    return PING;
  }

  decode(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome {
    const fast = this.#data.decodeFast(frame, length, out);
    if (fast !== undefined) return fast;
    const outcome = this.#decodeSlow(frame, length, out);
    if (outcome === 'ok') this.#data.learn(frame, length);
    return outcome;
  }

  #decodeSlow(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome {
    let text: string;
    try {
      text = utf8.decode(frame.subarray(0, length));
    } catch {
      return 'malformed';
    }
    const value = readObject(parseJson(text));
    if (value === undefined) return text === GREETING ? 'ignored' : 'malformed';
    const { channel, data } = value;
    switch (channel) {
      case 'pong':
        return 'ignored';
      case 'subscriptionResponse':
        return decodeAck(readObject(data), out);
      case 'error':
        return typeof data === 'string' ? this.#onError(data, out) : 'malformed';
      default:
        return typeof channel === 'string' ? this.#data.decode(channel, data, out) : 'malformed';
    }
  }

  instrumentsRequest(): RestRequest {
    return this.#rest.instrumentsRequest();
  }

  polls(): readonly RestPoll[] {
    return this.#rest.polls();
  }

  /** None: each frame of the stream is the book. */
  bookSnapshotRequest(): undefined {
    return undefined;
  }

  tradesRequest(instrument: number, wanted: TradesWanted): RestRequest | undefined {
    return this.#rest.tradesRequest(instrument, wanted);
  }

  decodeRest(url: string, body: string, out: RestHandler): DecodeOutcome {
    const value = parseJson(body);
    return value === undefined ? 'malformed' : this.#rest.decode(url, value, out);
  }

  /**
   * Errors are prose. Those about one request have it, or its subscription, as JSON in the text;
   * those about limits say nothing of what they refused.
   */
  #onError(text: string, out: MessageHandler): DecodeOutcome {
    const start = text.indexOf('{');
    const request = start < 0 ? undefined : readObject(parseJson(text.slice(start)));
    const subscription = readObject(request?.subscription) ?? request;
    const name = subscription === undefined ? undefined : nameOf(subscription);
    if (name === undefined || request?.method === 'unsubscribe') {
      out.onAck(NO_REQUEST_ID, text);
      return 'ok';
    }
    if (/^already subscribed/i.test(text)) {
      out.onStreamAck(name, undefined);
      return 'ok';
    }
    if (subscription?.fast === true && this.#asksFastBooks) {
      // A server older than the flag: the session asks again when no ack came, then without it.
      this.#asksFastBooks = false;
      return 'ok';
    }
    out.onStreamAck(name, text);
    return 'ok';
  }
}

/** An ack echoes the subscription with its defaults filled in: type and coin are what it is. */
function decodeAck(data: JsonObject | undefined, out: MessageHandler): DecodeOutcome {
  const subscription = readObject(data?.subscription);
  if (subscription === undefined) return 'malformed';
  if (data?.method === 'unsubscribe') return 'ignored';
  const name = nameOf(subscription);
  if (data?.method !== 'subscribe') return 'malformed';
  if (name === undefined) return 'ignored';
  out.onStreamAck(name, undefined);
  return 'ok';
}

function nameOf({ type, coin }: JsonObject): string | undefined {
  if (typeof type !== 'string' || typeof coin !== 'string') return undefined;
  return streamName(type, coin);
}

/** Undefined for what is no JSON, or nested too deep; null stays null. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
