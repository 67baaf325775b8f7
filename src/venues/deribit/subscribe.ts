/**
 * Streams of instruments and the frames that (un)subscribe them: many channels in one call, as
 * calls cost credits and too many end the session.
 * https://docs.deribit.com (public/subscribe, public/set_heartbeat)
 */
import type { Instrument } from '../../model/instrument.ts';
import type { ChannelName } from '../../model/record-layout.ts';
import type { Stream, SubscribeFrame } from '../contract.ts';

export const ROUTE = 'ws';

/**
 * Channels in one call. A call costs a tenth of the pool whatever it holds, so few large ones: the
 * frame stays under 12 kB. That a call may have 500 is not confirmed.
 */
export const CHANNELS_PER_CALL = 250;
const HEARTBEAT_SECONDS = 30;

/** `raw` instead of `100ms` would need a login. */
const INTERVAL = '100ms';

/** One stream an instrument and channel; liquidations are marks on trades. */
export function planStreams(
  instruments: readonly Instrument[],
  channels: readonly ChannelName[],
): readonly Stream[] {
  const streams: Stream[] = [];
  for (const { index, venueSymbol, marketType } of instruments) {
    for (const channel of channels) {
      if (channel === 'liquidations' && channels.includes('trades')) continue;
      if (channel === 'derivative' && marketType === 'spot') continue;
      const name = streamName(channel, venueSymbol);
      streams.push({ name, instrument: index, channel, route: ROUTE });
    }
  }
  return streams;
}

function streamName(channel: ChannelName, venueSymbol: string): string {
  switch (channel) {
    case 'quotes':
      return `quote.${venueSymbol}`;
    case 'book':
      return `book.${venueSymbol}.${INTERVAL}`;
    case 'derivative':
      return `ticker.${venueSymbol}.${INTERVAL}`;
    default:
      return `trades.${venueSymbol}.${INTERVAL}`;
  }
}

/** `asksForTests`: the server is to test us first; it forgets that with the connection. */
export function subscribeFrames(
  method: 'subscribe' | 'unsubscribe',
  streams: readonly Stream[],
  nextId: () => number,
  asksForTests = false,
): readonly SubscribeFrame[] {
  if (streams.length === 0) return [];
  const frames: SubscribeFrame[] = [];
  if (asksForTests) {
    const id = nextId();
    const params = { interval: HEARTBEAT_SECONDS };
    frames.push({ requestId: id, text: call(id, 'public/set_heartbeat', params), streams: [] });
  }
  for (let i = 0; i < streams.length; i += CHANNELS_PER_CALL) {
    const batch = streams.slice(i, i + CHANNELS_PER_CALL);
    const id = nextId();
    const params = { channels: batch.map((each) => each.name) };
    frames.push({ requestId: id, text: call(id, `public/${method}`, params), streams: batch });
  }
  return frames;
}

/** A JSON-RPC request. */
export function call(id: number, method: string, params: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}
