/**
 * Streams of instruments, the frames that (un)subscribe them, and the venue's answers to those. A
 * frame is about one channel and any number of symbols; the venue answers once a symbol.
 * https://docs.kraken.com/exchange/api-reference/spot-websocket-v2/
 */
import type { Instrument } from '../../model/instrument.ts';
import type { ChannelName } from '../../model/record-layout.ts';
import type { DecodeOutcome, MessageHandler, Stream, SubscribeFrame } from '../contract.ts';
import { type JsonObject, readId, readObject } from '../kit/json-fields.ts';
import { BOOK_DEPTH } from './book-sync.ts';

/** Not documented; small enough for any server's frame limit. */
const FRAME_LENGTH_MAX = 4096;
/** Requests whose answers are still understood. */
const REMEMBERED_MAX = 1024;

const CHANNELS: Readonly<Partial<Record<ChannelName, string>>> = {
  trades: 'trade',
  quotes: 'ticker',
  book: 'book',
};

/** What the venue wants to know of a channel besides the symbols. */
const PARAMS: Readonly<Record<string, JsonObject>> = {
  // Holes are filled over REST, by id; the backlog of 50 trades would only hide how long they are.
  trade: { snapshot: false },
  // Without this the ticker moves with trades only.
  ticker: { event_trigger: 'bbo', snapshot: true },
  book: { depth: BOOK_DEPTH, snapshot: true },
};

export function streamName(channel: string, symbol: string): string {
  return `${channel} ${symbol}`;
}

export function planStreams(
  instruments: readonly Instrument[],
  channels: readonly ChannelName[],
): readonly Stream[] {
  const streams: Stream[] = [];
  for (const { index, venueSymbol } of instruments) {
    for (const channel of channels) {
      const native = CHANNELS[channel];
      if (native === undefined) continue;
      const name = streamName(native, venueSymbol);
      streams.push({ name, instrument: index, channel, route: 'public' });
    }
  }
  return streams;
}

export class Subscriptions {
  /** Channel of the requests made, oldest first: a refusal does not name it. */
  readonly #channels = new Map<number, string>();

  frames(
    method: 'subscribe' | 'unsubscribe',
    streams: readonly Stream[],
    nextId: () => number,
  ): readonly SubscribeFrame[] {
    const byChannel = new Map<string, Stream[]>();
    for (const stream of streams) {
      const [channel = ''] = stream.name.split(' ', 1);
      const list = byChannel.get(channel);
      if (list === undefined) byChannel.set(channel, [stream]);
      else list.push(stream);
    }
    const frames: SubscribeFrame[] = [];
    for (const [channel, list] of byChannel) {
      for (const part of chunked(list)) {
        const requestId = nextId();
        this.#remember(requestId, channel);
        frames.push({
          requestId,
          text: frameText(method, channel, part, requestId),
          streams: part,
        });
      }
    }
    return frames;
  }

  /** Reads `{"method":"subscribe",…}` and the like. */
  decodeAnswer(frame: JsonObject, out: MessageHandler): DecodeOutcome {
    const { method } = frame;
    if (method !== 'subscribe' && method !== 'unsubscribe') return 'ignored';
    if (typeof frame.success !== 'boolean') return 'malformed';
    const requestId = readId(frame.req_id);
    if (!frame.success) return this.#refusal(method, requestId, frame, out);
    const result = readObject(frame.result);
    if (result === undefined) return 'malformed';
    const { channel, symbol } = result;
    if (typeof channel !== 'string') return 'malformed';
    if (method === 'unsubscribe') {
      if (requestId >= 0) out.onAck(requestId, undefined);
    } else if (typeof symbol === 'string') out.onStreamAck(streamName(channel, symbol), undefined);
    return 'ok';
  }

  #refusal(
    method: string,
    requestId: number,
    frame: JsonObject,
    out: MessageHandler,
  ): DecodeOutcome {
    const { error, symbol } = frame;
    if (typeof error !== 'string') return 'malformed';
    // Too fast is no verdict on the symbol: unanswered, the request is made again later.
    if (method === 'subscribe' && /rate/i.test(error)) return 'ignored';
    const channel = this.#channels.get(requestId);
    const isHere = /already subscribed/i.test(error);
    const reason = isHere ? undefined : error;
    if (method === 'subscribe' && channel !== undefined && typeof symbol === 'string') {
      out.onStreamAck(streamName(channel, symbol), reason);
    } else out.onAck(requestId, method === 'subscribe' ? reason : undefined);
    return 'ok';
  }

  #remember(requestId: number, channel: string): void {
    this.#channels.set(requestId, channel);
    if (this.#channels.size <= REMEMBERED_MAX) return;
    const oldest = this.#channels.keys().next();
    if (oldest.done !== true) this.#channels.delete(oldest.value);
  }
}

function frameText(
  method: string,
  channel: string,
  streams: readonly Stream[],
  requestId: number,
): string {
  const symbol = streams.map(symbolOf);
  const { snapshot, ...params } = PARAMS[channel] ?? {};
  const all = method === 'subscribe' && snapshot !== undefined ? { ...params, snapshot } : params;
  return JSON.stringify({ method, params: { channel, symbol, ...all }, req_id: requestId });
}

function symbolOf(stream: Stream): string {
  return stream.name.slice(stream.name.indexOf(' ') + 1);
}

/** Parts whose symbols fit one frame. */
function* chunked(streams: readonly Stream[]): Generator<readonly Stream[]> {
  const encoder = new TextEncoder();
  const overhead = 200;
  let part: Stream[] = [];
  let length = overhead;
  for (const stream of streams) {
    const own = encoder.encode(symbolOf(stream)).length + 3;
    if (length + own > FRAME_LENGTH_MAX && part.length > 0) {
      yield part;
      part = [];
      length = overhead;
    }
    part.push(stream);
    length += own;
  }
  if (part.length > 0) yield part;
}
