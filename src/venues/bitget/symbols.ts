/**
 * Symbols, ours and Bitget's: `BTC/USDT` is `BTCUSDT` in both feeds, which are different markets.
 * The venue's spelling has no separator, so it is understood only where the catalogue (or, in REST
 * answers, the venue's own base and quote) says where to cut.
 */
import { parseCanonicalSymbol } from '../../model/instrument.ts';
import type { SymbolResult } from '../contract.ts';
import type { MarketList } from '../kit/market-list.ts';
import type { BitgetFeed } from './feeds.ts';

const NATIVE = /^[A-Z0-9]+$/;

/** Understands `BTC/USDT` and `BTCUSDT`, in either case. */
export function parseSymbol(feed: BitgetFeed, list: MarketList, text: string): SymbolResult {
  const upper = text.trim().toUpperCase();
  const parts = parseCanonicalSymbol(upper) ?? list.byNative.get(upper);
  if (parts === undefined) {
    return refuse(feed, text, 'the bundled list does not have it: write it as BASE/QUOTE');
  }
  const { base, quote } = parts;
  const symbol = `${base}/${quote}`;
  if ('expiry' in parts && parts.expiry !== undefined) {
    return refuse(feed, text, 'its dated contracts are not recorded');
  }
  const venueSymbol = `${base}${quote}`;
  if (!NATIVE.test(venueSymbol)) {
    return refuse(feed, text, 'Bitget names have letters and digits only');
  }
  if (feed.isFutures && quote !== 'USDT') {
    return refuse(feed, symbol, 'this feed has contracts in USDT only');
  }
  const market = list.byNative.get(venueSymbol);
  return {
    ok: true,
    symbol,
    marketType: feed.isFutures ? 'perp' : 'spot',
    venueSymbol,
    base,
    quote,
    listed: market?.base === base && market.quote === quote,
  };
}

function refuse(feed: BitgetFeed, text: string, why: string): SymbolResult {
  return { ok: false, reason: `${feed.id} does not know the symbol "${text}": ${why}` };
}
