/**
 * Streams of instruments and the frames that (un)subscribe them: one subscription a frame, there is
 * no batch form. Acks echo the subscription, with fields added, so type and coin are what counts.
 * https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/websocket/subscriptions
 */
import type { Instrument } from '../../model/instrument.ts';
import type { ChannelName } from '../../model/record-layout.ts';
import type { Stream, SubscribeFrame } from '../contract.ts';

/** What a subscription's `type` is for each channel; the venue publishes no liquidations. */
const TYPES: Readonly<Partial<Record<ChannelName, string>>> = {
  trades: 'trades',
  quotes: 'bbo',
  book: 'l2Book',
  derivative: 'activeAssetCtx',
};

export const ROUTE = 'ws';

export function streamName(type: string, coin: string): string {
  return `${type}:${coin}`;
}

/** One stream an instrument and channel; spot pairs have no funding and no open interest. */
export function planStreams(
  instruments: readonly Instrument[],
  channels: readonly ChannelName[],
): readonly Stream[] {
  const streams: Stream[] = [];
  for (const { index, venueSymbol, marketType } of instruments) {
    for (const channel of channels) {
      const type = TYPES[channel];
      if (type === undefined || (channel === 'derivative' && marketType === 'spot')) continue;
      const name = streamName(type, venueSymbol);
      streams.push({ name, instrument: index, channel, route: ROUTE });
    }
  }
  return streams;
}

/** `isFast`: books of 5 levels every half second instead of 20 every few seconds. */
export function subscribeFrames(
  method: 'subscribe' | 'unsubscribe',
  streams: readonly Stream[],
  nextId: () => number,
  isFast: boolean,
): readonly SubscribeFrame[] {
  return streams.map((stream) => {
    const split = stream.name.indexOf(':');
    const type = stream.name.slice(0, split);
    const coin = stream.name.slice(split + 1);
    const fast = type === 'l2Book' && isFast ? { fast: true } : {};
    const text = JSON.stringify({ method, subscription: { type, coin, ...fast } });
    // The venue knows no request ids: the number only serves the session.
    return { requestId: nextId(), text, streams: [stream] };
  });
}
