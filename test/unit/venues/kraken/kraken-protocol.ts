/** Kraken's protocol on a few instruments, and frames in its shape. */
import type { Instrument } from '../../../../src/model/instrument.ts';
import type { ChannelName } from '../../../../src/model/record-layout.ts';
import type { FeedModule, FeedProtocol } from '../../../../src/venues/contract.ts';
import { venue } from '../../../../src/venues/kraken/venue.ts';

export const feed = venue.feeds[0] as FeedModule;
export const SYMBOLS = ['BTC/USD', 'ETH/USD', 'DOGE/USD'];

export function createProtocol(
  symbols: readonly string[] = SYMBOLS,
  channels: readonly ChannelName[] = ['trades', 'quotes', 'book'],
): FeedProtocol {
  const instruments = symbols.map((text, index): Instrument => {
    const parsed = feed.parseSymbol(text);
    if (!parsed.ok) throw new Error(parsed.reason);
    const { symbol, marketType, venueSymbol, base, quote } = parsed;
    const names = { venue: 'kraken', feed: 'kraken', symbol, marketType, venueSymbol };
    return { index, ...names, base, quote, tape: 'trade' };
  });
  return feed.createProtocol({ instruments, channels, urls: feed.urls });
}

/** The venue's list with one pair, BTC/USD, of these decimals. */
export function pairList(priceDecimals: number, sizeDecimals: number): string {
  const pair = {
    altname: 'XBTUSD',
    wsname: 'XBT/USD',
    pair_decimals: priceDecimals,
    lot_decimals: sizeDecimals,
    tick_size: '0.1',
    status: 'online',
  };
  return JSON.stringify({ error: [], result: { XXBTZUSD: pair } });
}

export const PAIRS_URL = 'https://api.kraken.com/0/public/AssetPairs';

export type LevelTexts = readonly (readonly [price: string, size: string])[];

/** A book frame of BTC/USD whose numbers are these texts. */
export function bookFrame(
  type: 'snapshot' | 'update',
  bids: LevelTexts,
  asks: LevelTexts,
  checksum: number,
): Uint8Array {
  const side = (levels: LevelTexts) =>
    levels.map(([price, size]) => `{"price":${price},"qty":${size}}`).join(',');
  const text =
    `{"channel":"book","type":"${type}","data":[{"symbol":"BTC/USD","bids":[${side(bids)}]` +
    `,"asks":[${side(asks)}],"checksum":${checksum},"timestamp":"2023-10-06T17:35:55.440295Z"}]}`;
  return new TextEncoder().encode(text);
}
