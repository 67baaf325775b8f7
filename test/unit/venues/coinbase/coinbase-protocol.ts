/** Coinbase's protocol on a few instruments. */
import type { Instrument } from '../../../../src/model/instrument.ts';
import type { ChannelName } from '../../../../src/model/record-layout.ts';
import { venue } from '../../../../src/venues/coinbase/venue.ts';
import type { FeedModule, FeedProtocol } from '../../../../src/venues/contract.ts';

export const feed = venue.feeds[0] as FeedModule;
export const SYMBOLS = ['BTC/USD', 'ETH/USD', 'ETH/BTC'];

export function instruments(symbols: readonly string[]): Instrument[] {
  return symbols.map((text, index) => {
    const parsed = feed.parseSymbol(text);
    if (!parsed.ok) throw new Error(parsed.reason);
    const { symbol, marketType, venueSymbol, base, quote } = parsed;
    const names = { venue: 'coinbase', feed: 'coinbase', symbol, marketType, venueSymbol };
    return { index, ...names, base, quote, tape: 'trade' };
  });
}

export function createProtocol(
  symbols: readonly string[] = SYMBOLS,
  channels: readonly ChannelName[] = ['trades', 'quotes', 'book'],
): FeedProtocol {
  return feed.createProtocol({ instruments: instruments(symbols), channels, urls: feed.urls });
}
