/**
 * Deribit's FeedProtocol: JSON-RPC over one WebSocket. Answers, refusals and heartbeats here, data
 * in `decode.ts`, REST in `rest.ts`. The only place of the venue that parses JSON.
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
import { type JsonObject, readId, readObject } from '../kit/json-fields.ts';
import { ChannelDecoder } from './decode.ts';
import { FastDecoder } from './decode-fast.ts';
import { RestDialect } from './rest.ts';
import { call, planStreams, subscribeFrames } from './subscribe.ts';
import { tradedByName } from './traded.ts';

/** Request id of a refusal that does not say what it is about. */
export const NO_REQUEST_ID = -1;
/** Of our `public/test`, which nobody waits for. */
const TEST_ID = 0;
const TEST = call(TEST_ID, 'public/test', {});
/**
 * Too many requests (the session ends), retry, settlement, too many at once, maintenance, not
 * available, timed out: the same request is right a little later, so it is not refused.
 */
const PASSING_CODES: ReadonlySet<unknown> = new Set([
  10028, 10040, 10041, 10066, 11051, 13028, 13888,
]);
/** Subscriptions whose answers never came are forgotten beyond this many. */
const PENDING_MAX = 1000;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class DeribitProtocol implements FeedProtocol {
  readonly #wsUrl: string;
  readonly #streams: readonly Stream[];
  readonly frameArea: Uint8Array;
  readonly #fast: FastDecoder;
  readonly #data: ChannelDecoder;
  readonly #rest: RestDialect;
  /** Channels asked for, by request id: an answer lists those that were taken. */
  readonly #pending = new Map<number, readonly string[]>();

  constructor({ instruments, channels, urls }: ProtocolOptions) {
    this.#wsUrl = urls.ws;
    this.#streams = planStreams(instruments, channels);
    const byName = tradedByName(instruments);
    this.#fast = new FastDecoder(byName);
    this.frameArea = this.#fast.frameArea;
    this.#data = new ChannelDecoder(byName, channels);
    this.#rest = new RestDialect(instruments, byName, urls.rest);
  }

  streams(): readonly Stream[] {
    return this.#streams;
  }

  connectUrl(): string {
    return `${this.#wsUrl}/ws/api/v2`;
  }

  subscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    // One of many alone is a book that begins anew on a connection that was asked already.
    const asksForTests = streams.length > 1 || this.#streams.length === 1;
    const frames = subscribeFrames('subscribe', streams, nextId, asksForTests);
    for (const { requestId, streams: own } of frames) {
      if (own.length > 0)
        this.#pending.set(
          requestId,
          own.map((each) => each.name),
        );
    }
    for (const id of this.#pending.keys()) {
      if (this.#pending.size <= PENDING_MAX) break;
      this.#pending.delete(id);
    }
    return frames;
  }

  unsubscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    return subscribeFrames('unsubscribe', streams, nextId);
  }

  /** A sign of life in both directions; the server's own tests may be minutes away. */
  heartbeat(): string {
    return TEST;
  }

  decode(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome {
    const fast = this.#data.decodeFast(this.#fast, this.#fast.read(frame, length), out);
    if (fast !== undefined) return fast;
    const outcome = this.#decodeSlow(frame, length, out);
    if (outcome === 'ok') this.#fast.learn(frame, length);
    return outcome;
  }

  #decodeSlow(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome {
    let value: unknown;
    try {
      value = JSON.parse(utf8.decode(frame.subarray(0, length)));
    } catch {
      // Not UTF-8, not JSON, or nested too deep for the parser.
      return 'malformed';
    }
    const message = readObject(value);
    if (message === undefined) return 'malformed';
    const params = readObject(message.params);
    switch (message.method) {
      case 'subscription':
        return typeof params?.channel === 'string'
          ? this.#data.decode(params.channel, params.data, out)
          : 'malformed';
      case 'heartbeat':
        return decodeHeartbeat(params, out);
      case undefined:
        return this.#decodeAnswer(message, out);
      default:
        return typeof message.method === 'string' ? 'ignored' : 'malformed';
    }
  }

  instrumentsRequest(): RestRequest {
    return this.#rest.instrumentsRequest();
  }

  polls(): readonly RestPoll[] {
    return this.#rest.polls();
  }

  /** None: the stream begins with the whole book. */
  bookSnapshotRequest(): undefined {
    return undefined;
  }

  tradesRequest(instrument: number, wanted: TradesWanted): RestRequest | undefined {
    return this.#rest.tradesRequest(instrument, wanted);
  }

  decodeRest(url: string, body: string, out: RestHandler): DecodeOutcome {
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch {
      return 'malformed';
    }
    return this.#rest.decode(url, value, out);
  }

  #decodeAnswer(message: JsonObject, out: MessageHandler): DecodeOutcome {
    if ('error' in message) return this.#onRefusal(message, out);
    if (!('result' in message)) return 'malformed';
    const id = readId(message.id);
    if (id < 0) return 'malformed';
    if (id === TEST_ID) return 'ignored';
    const asked = this.#pending.get(id);
    if (asked === undefined) {
      out.onAck(id, undefined);
      return 'ok';
    }
    if (!Array.isArray(message.result)) return 'malformed';
    this.#pending.delete(id);
    // A channel that is not there, or misspelt, is just missing.
    const taken = new Set(message.result);
    for (const name of asked) {
      out.onStreamAck(name, taken.has(name) ? undefined : 'it is not in the list of those taken');
    }
    return 'ok';
  }

  #onRefusal(message: JsonObject, out: MessageHandler): DecodeOutcome {
    const error = readObject(message.error);
    if (error === undefined || typeof error.message !== 'string') return 'malformed';
    const id = readId(message.id);
    // Not refused: the session asks again when no answer came.
    if (PASSING_CODES.has(error.code)) return 'ok';
    this.#pending.delete(id);
    out.onAck(id < 0 ? NO_REQUEST_ID : id, `${error.code} ${error.message}`);
    return 'ok';
  }
}

function decodeHeartbeat(params: JsonObject | undefined, out: MessageHandler): DecodeOutcome {
  if (typeof params?.type !== 'string') return 'malformed';
  if (params.type !== 'test_request') return 'ignored';
  // Unanswered, the server closes the connection.
  out.onReply(TEST);
  return 'ok';
}
