/** Streams of instruments and the frames that (un)subscribe them. */
import type { Instrument } from '../../model/instrument.ts';
import type { ChannelName } from '../../model/record-layout.ts';
import type { Stream, SubscribeFrame } from '../contract.ts';
import type { BitgetFeed } from './feeds.ts';
import type { WireForm } from './wire-form.ts';

/** Not documented; a well-kept client sends as many. */
export const ARGS_MAX = 5;
export const ROUTE = 'public';

/** What an `arg` names: unique in a feed, for the market is the feed's. */
export function streamName(channel: string, symbol: string): string {
  return `${channel}.${symbol}`;
}

export function planStreams(
  feed: BitgetFeed,
  form: WireForm,
  instruments: readonly Instrument[],
  channels: readonly ChannelName[],
): readonly Stream[] {
  const streams: Stream[] = [];
  for (const { index, venueSymbol } of instruments) {
    for (const channel of channels) {
      const name = form.channels[channel];
      // Spot's ticker has neither mark price nor funding.
      if (name === undefined || (channel === 'derivative' && !feed.isFutures)) continue;
      const stream = streamName(name, venueSymbol);
      streams.push({ name: stream, instrument: index, channel, route: ROUTE });
    }
  }
  return streams;
}

/** The answers name the stream and no request; ids only tell our own frames apart. */
export function subscribeFrames(
  op: 'subscribe' | 'unsubscribe',
  feed: BitgetFeed,
  form: WireForm,
  streams: readonly Stream[],
  nextId: () => number,
): readonly SubscribeFrame[] {
  const frames: SubscribeFrame[] = [];
  for (let i = 0; i < streams.length; i += ARGS_MAX) {
    const batch = streams.slice(i, i + ARGS_MAX);
    const args = batch.map(({ name }) => {
      const [channel, symbol] = name.split('.');
      const instType = feed.instType[form.version];
      return { instType, [form.channelKey]: channel, [form.symbolKey]: symbol };
    });
    frames.push({ requestId: nextId(), text: JSON.stringify({ op, args }), streams: batch });
  }
  return frames;
}
