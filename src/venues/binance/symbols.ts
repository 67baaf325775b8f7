/**
 * Symbols, ours and Binance's: `BTC/USDT` is `BTCUSDT`, the dated contract `BTC/USDT-260925` is
 * `BTCUSDT_260925`; of COIN-M, `BTC/USD` is `BTCUSD_PERP`. The venue's spelling has no separator
 * between base and quote, so it is understood only where the catalogue (or, in REST answers, the
 * venue's own base and quote) says where to cut.
 */
import { canonicalSymbol, type MarketType, parseCanonicalSymbol } from '../../model/instrument.ts';
import type { SymbolResult } from '../contract.ts';
import type { Catalogue } from './catalogue.ts';
import type { BinanceFeed } from './feeds.ts';

const DATED = /^(.+)_(\d{6})$/;
const NATIVE = /^[\p{L}\p{N}]+(?:_\d{6})?$/u;
/** Ends the names of COIN-M's perpetuals. */
const PERPETUAL = '_PERP';

/** The venue's name of a pair, dated when `expiry` (YYMMDD) is given. */
export function nativeSymbol(base: string, quote: string, expiry?: string): string {
  return expiry === undefined ? `${base}${quote}` : `${base}${quote}_${expiry}`;
}

/** `YYMMDD` of a dated contract's native symbol, or undefined. */
export function expiryOf(native: string): string | undefined {
  const expiry = DATED.exec(native)?.[2];
  return expiry !== undefined && isDate(expiry) ? expiry : undefined;
}

/** Understands `BTC/USDT`, `BTCUSDT`, `BTC/USDT-260925`, `BTCUSDT_260925`, in either case. */
export function parseSymbol(feed: BinanceFeed, catalogue: Catalogue, text: string): SymbolResult {
  const typed = upperAscii(text.trim());
  const parts = parseCanonicalSymbol(typed);
  if (parts !== undefined) {
    return describe(feed, catalogue, parts.base, parts.quote, parts.expiry);
  }
  const isNamedPerpetual = feed.isInverse && typed.endsWith(PERPETUAL);
  const upper = isNamedPerpetual ? typed.slice(0, -PERPETUAL.length) : typed;
  if (!NATIVE.test(upper) || (isNamedPerpetual && upper.includes('_'))) {
    return refuse(feed, text, 'write it as BASE/QUOTE, like BTC/USDT');
  }
  const [, pair = upper, expiry] = DATED.exec(upper) ?? [];
  if (feed.isInverse && !isNamedPerpetual && expiry === undefined) {
    return refuse(feed, text, `${pair} is a pair there: write ${pair}${PERPETUAL}, or a date`);
  }
  const market = catalogue.byNative.get(pair);
  if (market === undefined) {
    return refuse(feed, text, 'the bundled list does not have it: write it as BASE/QUOTE');
  }
  return describe(feed, catalogue, market.base, market.quote, expiry);
}

function describe(
  feed: BinanceFeed,
  catalogue: Catalogue,
  base: string,
  quote: string,
  expiry: string | undefined,
): SymbolResult {
  if (/[._]/.test(base + quote)) {
    return refuse(feed, `${base}/${quote}`, 'Binance names have letters and digits only');
  }
  const pair = nativeSymbol(base, quote);
  if (feed.isInverse && quote !== 'USD') {
    return refuse(feed, `${base}/${quote}`, 'its contracts are quoted in USD');
  }
  if (expiry === undefined) {
    const marketType: MarketType = feed.isFutures ? 'perp' : 'spot';
    const symbol = canonicalSymbol({ base, quote });
    const market = catalogue.byNative.get(pair);
    const listed = market?.base === base && market.quote === quote;
    const venueSymbol = feed.isInverse ? `${pair}${PERPETUAL}` : pair;
    return { ok: true, symbol, marketType, venueSymbol, base, quote, listed };
  }
  const symbol = canonicalSymbol({ base, quote, expiry });
  if (!feed.isFutures) return refuse(feed, symbol, 'spot has no dated contracts');
  if (!isDate(expiry)) return refuse(feed, symbol, `${expiry} is no date (YYMMDD)`);
  return {
    ok: true,
    symbol,
    marketType: 'future',
    venueSymbol: nativeSymbol(base, quote, expiry),
    base,
    quote,
    // The list cannot know dates to come; it knows which pairs have quarterly contracts.
    listed: catalogue.dated.has(pair),
  };
}

function refuse(feed: BinanceFeed, text: string, why: string): SymbolResult {
  return { ok: false, reason: `${feed.id} does not know the symbol "${text}": ${why}` };
}

/** Upper case of ASCII letters only: Binance lists symbols in other scripts, byte for byte. */
function upperAscii(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

function isDate(yymmdd: string): boolean {
  const year = 2000 + Number(yymmdd.slice(0, 2));
  const month = Number(yymmdd.slice(2, 4));
  const day = Number(yymmdd.slice(4, 6));
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
