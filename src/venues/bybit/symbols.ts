/**
 * Symbols, ours and Bybit's: `BTC/USDT` is `BTCUSDT` in both feeds, `BTC/USDC` of linear is
 * `BTCPERP`, the dated `BTC/USDC-251226` is `BTC-26DEC25`. A name without separator is understood
 * only where the catalogue (or, in REST answers, the venue's own base and quote) says where to cut.
 */
import { canonicalSymbol, type MarketType, parseCanonicalSymbol } from '../../model/instrument.ts';
import type { SymbolResult } from '../contract.ts';
import { isExpiry } from '../kit/expiry-date.ts';
import type { MarketList } from '../kit/market-list.ts';
import type { BybitFeed } from './feeds.ts';
import { nativeDated, nativePair, parseDated } from './native-names.ts';

/** 400 streams of the longest names stay below the 21,000 characters of a connection. */
export const NAME_LENGTH_MAX = 30;
const NATIVE = /^[A-Z0-9]+(?:-[A-Z0-9]+)?$/;

/**
 * Understands `BTC/USDT`, `BTCUSDT`, `BTCPERP`, `BTC/USDC-251226`, `BTC-26DEC25`, in either case.
 */
export function parseSymbol(feed: BybitFeed, list: MarketList, text: string): SymbolResult {
  const upper = text.trim().toUpperCase();
  const parts = parseCanonicalSymbol(upper);
  if (parts !== undefined) return describe(feed, list, parts.base, parts.quote, parts.expiry);
  if (!NATIVE.test(upper)) return refuse(feed, text, 'write it as BASE/QUOTE, like BTC/USDT');
  const dated = parseDated(upper);
  if (dated !== undefined) return describeDated(feed, list, dated.pair, dated.expiry, text);
  const market = list.byNative.get(upper);
  if (market === undefined) {
    return refuse(feed, text, 'the bundled list does not have it: write it as BASE/QUOTE');
  }
  return describe(feed, list, market.base, market.quote, undefined);
}

/** `BTC-26DEC25` is in USDC; before a date in USDT stands the perpetual's name. */
function describeDated(
  feed: BybitFeed,
  list: MarketList,
  pair: string,
  expiry: string,
  text: string,
): SymbolResult {
  const market = list.byNative.get(pair);
  if (market?.quote === 'USDT') return describe(feed, list, market.base, market.quote, expiry);
  if (list.byNative.has(`${pair}PERP`)) return describe(feed, list, pair, 'USDC', expiry);
  return refuse(feed, text, 'the bundled list does not have it: write it as BASE/QUOTE-YYMMDD');
}

function describe(
  feed: BybitFeed,
  list: MarketList,
  base: string,
  quote: string,
  expiry: string | undefined,
): SymbolResult {
  const name = `${base}/${quote}`;
  if (!/^[A-Z0-9]+$/.test(base + quote)) {
    return refuse(feed, name, 'Bybit names have letters and digits only');
  }
  if (expiry !== undefined && !feed.isDerivative) {
    return refuse(feed, `${name}-${expiry}`, 'spot has no dated contracts');
  }
  if (expiry !== undefined && !isExpiry(expiry)) {
    return refuse(feed, `${name}-${expiry}`, `${expiry} is no date (YYMMDD)`);
  }
  const pair = nativePair(feed.category, base, quote);
  const venueSymbol = expiry === undefined ? pair : nativeDated(base, quote, expiry);
  if (venueSymbol.length > NAME_LENGTH_MAX) return refuse(feed, name, 'its name is too long');
  const market = list.byNative.get(pair);
  const marketType: MarketType = !feed.isDerivative ? 'spot' : expiry ? 'future' : 'perp';
  return {
    ok: true,
    symbol: canonicalSymbol(expiry === undefined ? { base, quote } : { base, quote, expiry }),
    marketType,
    venueSymbol,
    base,
    quote,
    // The list cannot know dates to come; no more than a few coins have dated contracts.
    listed: market?.base === base && market.quote === quote && isDatedBase(base, expiry),
  };
}

function isDatedBase(base: string, expiry: string | undefined): boolean {
  return expiry === undefined || base === 'BTC' || base === 'ETH';
}

function refuse(feed: BybitFeed, text: string, why: string): SymbolResult {
  return { ok: false, reason: `${feed.id} does not know the symbol "${text}": ${why}` };
}
