/** Protocols of Hyperliquid on a few instruments. */
import type { Instrument } from '../../../../src/model/instrument.ts';
import type { ChannelName } from '../../../../src/model/record-layout.ts';
import type { FeedModule, FeedProtocol } from '../../../../src/venues/contract.ts';
import { venue } from '../../../../src/venues/hyperliquid/venue.ts';
import { Collector, type Decoded } from '../binance/collector.ts';

export const feed = venue.feeds[0] as FeedModule;

/** As a user writes them; the last two are spot pairs. */
export const SYMBOLS = ['BTC/USDC', 'kPEPE/USDC', 'RENDER/USDC', '@142', 'PURR/USDC'];
export const CHANNELS: readonly ChannelName[] = ['trades', 'quotes', 'book', 'derivative'];

export function instruments(symbols: readonly string[]): Instrument[] {
  return symbols.map((text, index) => {
    const parsed = feed.parseSymbol(text);
    if (!parsed.ok) throw new Error(parsed.reason);
    const { symbol, marketType, venueSymbol, base, quote } = parsed;
    const names = { symbol, marketType, venueSymbol, base, quote };
    return { index, venue: feed.venue, feed: feed.id, tape: 'trade', ...names };
  });
}

export function createProtocol(symbols: readonly string[] = SYMBOLS): FeedProtocol {
  const { urls } = feed;
  return feed.createProtocol({ instruments: instruments(symbols), channels: CHANNELS, urls });
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
