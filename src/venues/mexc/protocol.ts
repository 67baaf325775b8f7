/**
 * MEXC's two FeedProtocols: spot, whose pushes are protobuf and whose answers are JSON, and
 * contracts, all JSON. The only place of the venue that parses JSON.
 *
 * Invariant: handlers are called after the whole frame or answer proved valid, and nothing thrown
 * by a parser leaves this file.
 */
import { gunzipSync } from 'node:zlib';
import type { Instrument } from '../../model/instrument.ts';
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
import { readObject } from '../kit/json-fields.ts';
import { ContractSizes } from './contract-size.ts';
import { ContractDecoder } from './decode-contract.ts';
import { type AskedBefore, decodeControl, NO_REQUEST_ID } from './decode-control.ts';
import { SpotDecoder } from './decode-spot.ts';
import { ContractRest, refusalStatus, SpotRest } from './rest.ts';
import { contractFrames, planContractStreams, planSpotStreams, spotFrames } from './subscribe.ts';
import { TradeJoin } from './trade-join.ts';

/** Scheme and host: answers are matched without them. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i;
const OPEN_OBJECT = 0x7b;
const GZIP = [0x1f, 0x8b];
const GUNZIPPED_MAX = 1 << 23;
/** Requests of streams taken away whose answers may still come. */
const UNSUBSCRIBES_MAX = 1024;
const PUSH = 'push.';
const ANSWER = 'rs.';
/** `Contract [NOPE_USDT] not exists`. */
const NAMED_SYMBOL = /\[([^\]]+)\]/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class SpotProtocol implements FeedProtocol, AskedBefore {
  readonly #wsUrl: string;
  readonly #streams: readonly Stream[];
  readonly #decoder: SpotDecoder;
  readonly #rest: SpotRest;
  readonly #unsubscribes = new Set<number>();
  /** Names of streams that were taken away. */
  readonly #gone = new Set<string>();

  constructor({ instruments, channels, urls }: ProtocolOptions) {
    const joins = createJoins(instruments);
    this.#wsUrl = urls.ws;
    this.#streams = planSpotStreams(instruments, channels);
    this.#decoder = new SpotDecoder(instruments, joins);
    this.#rest = new SpotRest(instruments, urls.rest, joins);
  }

  streams(): readonly Stream[] {
    return this.#streams;
  }

  connectUrl(): string {
    return `${this.#wsUrl}/ws`;
  }

  subscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    for (const { name } of streams) this.#gone.delete(name);
    return spotFrames('SUBSCRIPTION', streams, nextId);
  }

  unsubscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    const frames = spotFrames('UNSUBSCRIPTION', streams, nextId);
    for (const { name } of streams) this.#gone.add(name);
    for (const { requestId } of frames) {
      this.#unsubscribes.add(requestId);
      const oldest = this.#unsubscribes.values().next();
      const isFull = this.#unsubscribes.size > UNSUBSCRIBES_MAX;
      if (isFull && oldest.done !== true) this.#unsubscribes.delete(oldest.value);
    }
    return frames;
  }

  heartbeat(): string {
    return '{"method":"PING"}';
  }

  /**
   * Answers are JSON objects, pushes protobuf. They differ in their first byte: `{` would be a
   * group, which proto3 does not have.
   */
  decode(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome {
    if (length === 0) return 'malformed';
    if (frame[0] !== OPEN_OBJECT) return this.#decoder.decode(frame, length, out);
    const answer = readObject(parseFrame(frame, length));
    if (answer === undefined) return 'malformed';
    return decodeControl(answer, this, out);
  }

  isUnsubscribe(requestId: number): boolean {
    return this.#unsubscribes.delete(requestId);
  }

  isGone(streamName: string): boolean {
    return this.#gone.has(streamName);
  }

  instrumentsRequest(): RestRequest {
    return this.#rest.instrumentsRequest();
  }

  bookSnapshotRequest(instrument: number): RestRequest | undefined {
    return this.#rest.bookSnapshotRequest(instrument);
  }

  tradesRequest(instrument: number, wanted: TradesWanted): RestRequest | undefined {
    return this.#rest.tradesRequest(instrument, wanted);
  }

  decodeRest(url: string, body: string, out: RestHandler): DecodeOutcome {
    const value = parseJson(body);
    if (value === undefined) return 'malformed';
    const { path, query } = splitUrl(url);
    return this.#rest.decode(path, query, value, out);
  }
}

export class ContractProtocol implements FeedProtocol {
  readonly #wsUrl: string;
  readonly #streams: readonly Stream[];
  readonly #decoder: ContractDecoder;
  readonly #rest: ContractRest;
  readonly #polls: readonly RestPoll[];

  constructor({ instruments, channels, urls }: ProtocolOptions) {
    const joins = createJoins(instruments);
    const sizes = new ContractSizes(instruments);
    this.#wsUrl = urls.ws;
    this.#streams = planContractStreams(instruments, channels);
    this.#decoder = new ContractDecoder(instruments, joins, sizes);
    this.#rest = new ContractRest(instruments, urls.rest, joins, sizes, this.#decoder);
    this.#polls = this.#rest.polls(channels.includes('derivative'));
  }

  streams(): readonly Stream[] {
    return this.#streams;
  }

  connectUrl(): string {
    return `${this.#wsUrl}/edge`;
  }

  subscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    return contractFrames('sub', streams, nextId);
  }

  unsubscribe(streams: readonly Stream[], nextId: () => number): readonly SubscribeFrame[] {
    return contractFrames('unsub', streams, nextId);
  }

  heartbeat(): string {
    return '{"method":"ping"}';
  }

  decode(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome {
    const value = readObject(parseFrame(frame, length));
    if (value === undefined || typeof value.channel !== 'string') return 'malformed';
    const { channel } = value;
    if (channel.startsWith(PUSH)) {
      const method = channel.slice(PUSH.length);
      return this.#decoder.decode(method, value, out);
    }
    if (channel === 'rs.error') return onError(value.data, out);
    if (!channel.startsWith(ANSWER)) return 'ignored';
    const isSuccess = value.data === 'success';
    out.onAckInOrder?.(channel.slice(ANSWER.length), isSuccess ? undefined : String(value.data));
    return 'ok';
  }

  polls(): readonly RestPoll[] {
    return this.#polls;
  }

  instrumentsRequest(): RestRequest {
    return this.#rest.instrumentsRequest();
  }

  bookSnapshotRequest(instrument: number): RestRequest | undefined {
    return this.#rest.bookSnapshotRequest(instrument);
  }

  tradesRequest(instrument: number, wanted: TradesWanted): RestRequest | undefined {
    return this.#rest.tradesRequest(instrument, wanted);
  }

  answerStatus(body: string): number {
    return refusalStatus(body);
  }

  decodeRest(url: string, body: string, out: RestHandler): DecodeOutcome {
    const value = parseJson(body);
    if (value === undefined) return 'malformed';
    const { path, fragment } = splitUrl(url);
    return this.#rest.decode(path, fragment, value, out);
  }
}

/** An error names the instrument at most: it answers what was asked of that first. */
function onError(data: unknown, out: MessageHandler): DecodeOutcome {
  if (typeof data !== 'string') return 'malformed';
  const symbol = NAMED_SYMBOL.exec(data)?.[1];
  if (symbol === undefined) out.onAck(NO_REQUEST_ID, data);
  else out.onAckInOrder?.(symbol, data);
  return 'ok';
}

function createJoins(instruments: readonly Instrument[]): ReadonlyMap<number, TradeJoin> {
  return new Map(instruments.map((each) => [each.index, new TradeJoin()]));
}

function splitUrl(url: string): { path: string; query: URLSearchParams; fragment: string } {
  const [target = '', fragment = ''] = url.replace(ORIGIN, '').split('#');
  const [path = '', query = ''] = target.split('?');
  return { path: decodePath(path), query: new URLSearchParams(query), fragment };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Undefined for what is no UTF-8, no JSON, or nested too deep. */
function parseFrame(frame: Uint8Array, length: number): unknown {
  const bytes = frame.subarray(0, length);
  try {
    // Asked for as plain text; should the venue pack it nevertheless, it is unpacked.
    const isPacked = bytes[0] === GZIP[0] && bytes[1] === GZIP[1];
    const plain = isPacked ? gunzipSync(bytes, { maxOutputLength: GUNZIPPED_MAX }) : bytes;
    return JSON.parse(utf8.decode(plain));
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
