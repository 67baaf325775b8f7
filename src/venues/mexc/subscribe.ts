/**
 * Streams of instruments and the frames that (un)subscribe them. Both feeds ask for one stream a
 * frame: on spot the answer then names just that stream, for contracts there is no other way.
 */
import type { Instrument } from '../../model/instrument.ts';
import type { ChannelName } from '../../model/record-layout.ts';
import type { Stream, SubscribeFrame } from '../contract.ts';

/** Spot's channels in front of the symbol. At 10 ms most quotes would be repeats. */
const SPOT_CHANNELS: Readonly<Partial<Record<ChannelName, string>>> = {
  trades: 'spot@public.aggre.deals.v3.api.pb@100ms@',
  quotes: 'spot@public.aggre.bookTicker.v3.api.pb@100ms@',
  book: 'spot@public.aggre.depth.v3.api.pb@100ms@',
};

/** Contracts' methods without `sub.`; the best bid and offer are the top of a short book. */
const CONTRACT_METHODS: Readonly<Partial<Record<ChannelName, string>>> = {
  trades: 'deal',
  quotes: 'depth.full',
  book: 'depth',
  derivative: 'ticker',
};
/** The shortest book there is. */
const TOP_LEVELS = 5;

export const SPOT_ROUTE = 'ws';
export const CONTRACT_ROUTE = 'edge';

export function planSpotStreams(
  instruments: readonly Instrument[],
  channels: readonly ChannelName[],
): readonly Stream[] {
  return plan(instruments, channels, SPOT_ROUTE, (channel, symbol) => {
    const prefix = SPOT_CHANNELS[channel];
    return prefix === undefined ? undefined : prefix + symbol;
  });
}

export function planContractStreams(
  instruments: readonly Instrument[],
  channels: readonly ChannelName[],
): readonly Stream[] {
  return plan(instruments, channels, CONTRACT_ROUTE, (channel, symbol) => {
    const method = CONTRACT_METHODS[channel];
    return method === undefined ? undefined : contractStreamName(method, symbol);
  });
}

/** `depth.full BTC_USDT`: the venue itself has no name for it. */
export function contractStreamName(method: string, symbol: string): string {
  return `${method} ${symbol}`;
}

/** Method and symbol of a name made by `contractStreamName`. */
export function contractStreamParts(name: string): { readonly method: string; symbol: string } {
  const [method = '', symbol = ''] = name.split(' ');
  return { method, symbol };
}

export function spotFrames(
  method: 'SUBSCRIPTION' | 'UNSUBSCRIPTION',
  streams: readonly Stream[],
  nextId: () => number,
): readonly SubscribeFrame[] {
  return streams.map((stream) => {
    const requestId = nextId();
    const text = JSON.stringify({ method, params: [stream.name], id: requestId });
    return { requestId, text, streams: [stream] };
  });
}

export function contractFrames(
  verb: 'sub' | 'unsub',
  streams: readonly Stream[],
  nextId: () => number,
): readonly SubscribeFrame[] {
  return streams.flatMap((stream) => {
    const { method, symbol } = contractStreamParts(stream.name);
    const param: Record<string, unknown> = { symbol };
    // Merged updates are the venue's default since 2025-04-09; said anyway.
    if (method === 'depth' && verb === 'sub') param.compress = true;
    if (method === 'depth.full') param.limit = TOP_LEVELS;
    // The documents print `usub` once: an unknown method does no harm.
    const verbs = verb === 'unsub' && method === 'depth.full' ? ['unsub', 'usub'] : [verb];
    return verbs.map((each) => ({
      requestId: nextId(),
      text: JSON.stringify({ method: `${each}.${method}`, param, gzip: false }),
      // `rs.sub.deal` … `success` names the method, an error the symbol.
      answeredTo: [`${each}.${method}`, symbol],
      streams: [stream],
    }));
  });
}

function plan(
  instruments: readonly Instrument[],
  channels: readonly ChannelName[],
  route: string,
  nameOf: (channel: ChannelName, symbol: string) => string | undefined,
): readonly Stream[] {
  const streams: Stream[] = [];
  for (const { index, venueSymbol } of instruments) {
    for (const channel of channels) {
      const name = nameOf(channel, venueSymbol);
      if (name !== undefined) streams.push({ name, instrument: index, channel, route });
    }
  }
  return streams;
}
