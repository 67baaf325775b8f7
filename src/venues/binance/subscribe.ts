/**
 * Streams of instruments and the frames that (un)subscribe them.
 * https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams (live subscribing)
 */
import type { Instrument } from '../../model/instrument.ts';
import type { ChannelName } from '../../model/record-layout.ts';
import type { Stream, SubscribeFrame } from '../contract.ts';
import type { BinanceFeed, StreamKind } from './feeds.ts';

/** Not documented; small enough for any server's frame limit, and 100 streams still fit. */
export const FRAME_LENGTH_MAX = 4096;

/** What follows the symbol in a stream's name. */
const SUFFIXES: Readonly<Record<StreamKind, string>> = {
  trade: '@trade',
  aggTrade: '@aggTrade',
  bookTicker: '@bookTicker',
  depth: '@depth@100ms',
  markPrice: '@markPrice@1s',
  forceOrder: '@forceOrder',
};

/** One stream an instrument and channel, in the order given; channels the feed lacks make none. */
export function planStreams(
  feed: BinanceFeed,
  instruments: readonly Instrument[],
  channels: readonly ChannelName[],
): readonly Stream[] {
  const streams: Stream[] = [];
  for (const instrument of instruments) {
    for (const channel of channels) {
      const kind = streamKind(channel, instrument);
      const route = feed.routes[kind];
      if (route === undefined) continue;
      streams.push({
        name: `${instrument.venueSymbol.toLowerCase()}${SUFFIXES[kind]}`,
        instrument: instrument.index,
        channel,
        route,
      });
    }
  }
  return streams;
}

/** Frames for `streams`, as few as their length allows: the venue counts frames, not streams. */
export function subscribeFrames(
  method: 'SUBSCRIBE' | 'UNSUBSCRIBE',
  streams: readonly Stream[],
  nextId: () => number,
): readonly SubscribeFrame[] {
  const encoder = new TextEncoder();
  const overhead = JSON.stringify({ method, params: [], id: Number.MAX_SAFE_INTEGER }).length;
  const frames: SubscribeFrame[] = [];
  let batch: Stream[] = [];
  let length = overhead;
  const flush = () => {
    if (batch.length === 0) return;
    const requestId = nextId();
    const params = batch.map((each) => each.name);
    frames.push({
      requestId,
      text: JSON.stringify({ method, params, id: requestId }),
      streams: batch,
    });
    batch = [];
    length = overhead;
  };
  for (const stream of streams) {
    const nameLength = encoder.encode(stream.name).length + 3;
    if (length + nameLength > FRAME_LENGTH_MAX) flush();
    batch.push(stream);
    length += nameLength;
  }
  flush();
  return frames;
}

function streamKind(channel: ChannelName, instrument: Instrument): StreamKind {
  if (channel === 'trades') return instrument.tape;
  if (channel === 'quotes') return 'bookTicker';
  if (channel === 'book') return 'depth';
  return channel === 'derivative' ? 'markPrice' : 'forceOrder';
}
