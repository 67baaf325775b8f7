/**
 * Streams of instruments, the frames that (un)subscribe them, and the venue's answers. A frame is
 * about one product, as the venue refuses a frame for one wrong name in it; 100 a second are taken.
 * https://docs.cdp.coinbase.com/exchange/websocket-feed/overview
 *
 * Answers carry no id: `subscriptions` lists all there are, `error` says in words what was wrong.
 */
import type { Instrument } from '../../model/instrument.ts';
import type { ChannelName } from '../../model/record-layout.ts';
import type { DecodeOutcome, MessageHandler, Stream, SubscribeFrame } from '../contract.ts';
import { type JsonObject, readObject } from '../kit/json-fields.ts';

const CHANNELS: Readonly<Partial<Record<ChannelName, string>>> = {
  trades: 'matches',
  quotes: 'ticker',
  // Level 2 without login; the plain `level2` wants one.
  book: 'level2_batch',
};
/** Subscribed along with the trades, so that a quiet product's connection is not silent. */
const HEARTBEAT = 'heartbeat';
const PRODUCT = /[A-Z0-9]+-[A-Z0-9]+/g;

export function planStreams(
  instruments: readonly Instrument[],
  channels: readonly ChannelName[],
): readonly Stream[] {
  const streams: Stream[] = [];
  for (const { index, venueSymbol } of instruments) {
    for (const channel of channels) {
      const native = CHANNELS[channel];
      if (native === undefined) continue;
      const name = `${native} ${venueSymbol}`;
      streams.push({ name, instrument: index, channel, route: 'feed' });
    }
  }
  return streams;
}

export function subscribeFrames(
  type: 'subscribe' | 'unsubscribe',
  streams: readonly Stream[],
  nextId: () => number,
): readonly SubscribeFrame[] {
  const byProduct = new Map<string, Stream[]>();
  for (const stream of streams) {
    const [, product] = partsOf(stream);
    const list = byProduct.get(product);
    if (list === undefined) byProduct.set(product, [stream]);
    else list.push(stream);
  }
  return [...byProduct].map(([product, list]) => {
    const channels = list.map((stream) => partsOf(stream)[0]);
    if (type === 'subscribe' && channels.includes('matches')) channels.push(HEARTBEAT);
    const text = JSON.stringify({ type, product_ids: [product], channels });
    return { requestId: nextId(), text, streams: list };
  });
}

/** `{"type":"subscriptions","channels":[{"name":…,"product_ids":[…]},…]}` */
export function decodeSubscriptions(frame: JsonObject, out: MessageHandler): DecodeOutcome {
  if (!Array.isArray(frame.channels)) return 'malformed';
  const names: string[] = [];
  for (const each of frame.channels) {
    const channel = readObject(each);
    if (typeof channel?.name !== 'string' || !Array.isArray(channel.product_ids)) {
      return 'malformed';
    }
    for (const product of channel.product_ids) {
      if (typeof product !== 'string') return 'malformed';
      names.push(`${channel.name} ${product}`);
    }
  }
  for (const name of names) out.onStreamAck(name, undefined);
  return 'ok';
}

/**
 * `{"type":"error","message":…,"reason":…}`: refuses the streams of the products it names, else
 * those of the channels it names. One that names neither is about nothing we know; what it refused
 * stays unanswered and is asked for again later.
 */
export function decodeRefusal(
  frame: JsonObject,
  streams: readonly Stream[],
  out: MessageHandler,
): DecodeOutcome {
  const { message, reason } = frame;
  if (typeof message !== 'string') return 'malformed';
  const text = typeof reason === 'string' ? `${message}: ${reason}` : message;
  const products = new Set(text.match(PRODUCT) ?? []);
  let refused = streams.filter((stream) => products.has(partsOf(stream)[1]));
  if (refused.length === 0) {
    const words = new Set(text.split(/[^\w]+/));
    refused = streams.filter((stream) => words.has(partsOf(stream)[0]));
  }
  if (refused.length === 0) return 'ignored';
  for (const { name } of refused) out.onStreamAck(name, text);
  return 'ok';
}

function partsOf(stream: Stream): readonly [channel: string, product: string] {
  const split = stream.name.indexOf(' ');
  return [stream.name.slice(0, split), stream.name.slice(split + 1)];
}
