/**
 * Symbols, ours and MEXC's: `BTC/USDT` is `BTCUSDT` on spot and `BTC_USDT` as a contract. Spot's
 * spelling has no separator and any of many quote currencies, so it is understood only where the
 * catalogue (or, in REST answers, the venue's own base and quote) says where to cut.
 */
import { canonicalSymbol, parseCanonicalSymbol } from '../../model/instrument.ts';
import type { SymbolResult } from '../contract.ts';
import type { MarketList } from '../kit/market-list.ts';

const NAME = /^[\p{L}\p{N}]+$/u;

/** Base and quote of `BTC_USDT`, or undefined when it is no pair. */
export function pairOf(native: string): { base: string; quote: string } | undefined {
  const [base = '', quote = '', ...more] = native.split('_');
  return base !== '' && quote !== '' && more.length === 0 ? { base, quote } : undefined;
}

export function parseSpotSymbol(catalogue: MarketList, text: string): SymbolResult {
  const upper = upperAscii(text.trim());
  const parts = parseCanonicalSymbol(upper);
  if (parts === undefined) {
    const market = catalogue.byNative.get(upper);
    if (market === undefined) return refuse('mexc.spot', text, 'write it as BASE/QUOTE');
    return describe(market.base, market.quote, 'spot', upper, true);
  }
  const { base, quote, expiry } = parts;
  if (expiry !== undefined) return refuse('mexc.spot', text, 'spot has no dated contracts');
  if (!NAME.test(base) || !NAME.test(quote)) {
    return refuse('mexc.spot', text, 'its names have letters and digits only');
  }
  const native = base + quote;
  const known = catalogue.byNative.get(native);
  return describe(base, quote, 'spot', native, known?.base === base && known.quote === quote);
}

export function parseContractSymbol(catalogue: MarketList, text: string): SymbolResult {
  const upper = upperAscii(text.trim());
  const parts = parseCanonicalSymbol(upper) ?? pairOf(upper);
  if (parts === undefined) {
    return refuse('mexc.contract', text, 'write it as BASE/QUOTE, or as the venue: BTC_USDT');
  }
  if ('expiry' in parts && parts.expiry !== undefined) {
    return refuse('mexc.contract', text, 'dated contracts are not recorded');
  }
  const { base, quote } = parts;
  if (!NAME.test(base) || !NAME.test(quote)) {
    return refuse('mexc.contract', text, 'its names have letters and digits only');
  }
  const native = `${base}_${quote}`;
  return describe(base, quote, 'perp', native, catalogue.byNative.has(native));
}

function describe(
  base: string,
  quote: string,
  marketType: 'spot' | 'perp',
  venueSymbol: string,
  listed: boolean,
): SymbolResult {
  const symbol = canonicalSymbol({ base, quote });
  return { ok: true, symbol, marketType, venueSymbol, base, quote, listed };
}

function refuse(feed: string, text: string, why: string): SymbolResult {
  return { ok: false, reason: `${feed} does not know the symbol "${text}": ${why}` };
}

function upperAscii(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}
