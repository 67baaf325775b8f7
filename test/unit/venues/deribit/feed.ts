/** Protocols of Deribit on a few instruments. */
import type { Instrument } from '../../../../src/model/instrument.ts';
import type { ChannelName } from '../../../../src/model/record-layout.ts';
import type { FeedModule, FeedProtocol } from '../../../../src/venues/contract.ts';
import { venue } from '../../../../src/venues/deribit/venue.ts';
import { Collector, type Decoded } from '../binance/collector.ts';

export const feed = venue.feeds[0] as FeedModule;

export const SYMBOLS = [
  ...['BTC/USD', 'ETH/USD', 'BTC/USDC', 'BTC/USD-261225', 'BTC/USD-261225-100000-C'],
];
export const CHANNELS: readonly ChannelName[] = [
  ...(['trades', 'quotes', 'book', 'derivative', 'liquidations'] as const),
];

export function instruments(symbols: readonly string[]): Instrument[] {
  return symbols.map((text, index) => {
    const parsed = feed.parseSymbol(text);
    if (!parsed.ok) throw new Error(parsed.reason);
    const { symbol, marketType, venueSymbol, base, quote } = parsed;
    const names = { symbol, marketType, venueSymbol, base, quote };
    return { index, venue: feed.venue, feed: feed.id, tape: 'trade', ...names };
  });
}

export function createProtocol(
  symbols: readonly string[] = SYMBOLS,
  channels: readonly ChannelName[] = CHANNELS,
): FeedProtocol {
  return feed.createProtocol({ instruments: instruments(symbols), channels, urls: feed.urls });
}

export function decode(protocol: FeedProtocol, frame: string | object): Decoded {
  const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
  const bytes = new TextEncoder().encode(text);
  const out = new Collector();
  return { outcome: protocol.decode(bytes, bytes.length, out), messages: out.messages };
}

export function answer(protocol: FeedProtocol, url: string, body: unknown): Decoded {
  const out = new Collector();
  const outcome = protocol.decodeRest(url, JSON.stringify(body), out);
  return { outcome, messages: out.messages };
}

/** Ids 1, 2, 3 … as the session gives them. */
export function ids(): () => number {
  let id = 0;
  return () => {
    id += 1;
    return id;
  };
}
