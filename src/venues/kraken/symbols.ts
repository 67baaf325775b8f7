/**
 * Symbols: ours and those of WebSocket v2 are the same, `BTC/USD`. Elsewhere the venue has three
 * more spellings: REST keys (`XXBTZUSD`), REST short names (`XBTUSD`) and the old socket's
 * (`XBT/USD`), with XBT for BTC and XDG for DOGE. Those without a separator are understood only
 * where the catalogue says where to cut.
 */
import { canonicalSymbol, parseCanonicalSymbol } from '../../model/instrument.ts';
import type { SymbolResult } from '../contract.ts';
import { modernAsset, oldAsset } from './assets.ts';
import { CATALOGUE } from './catalogue.ts';

/** REST's short name of a pair as far as it can be made: `XBTUSD`. */
export function restPair(base: string, quote: string): string {
  return `${oldAsset(base)}${oldAsset(quote)}`;
}

/** Understands `BTC/USD`, `XBT/USD`, `BTCUSD`, `XBTUSD` and `XXBTZUSD`, in either case. */
export function parseSymbol(text: string): SymbolResult {
  const upper = text.trim().toUpperCase();
  const parts = parseCanonicalSymbol(upper);
  if (parts?.expiry !== undefined) return refuse(text, 'spot has no dated contracts');
  if (parts !== undefined) return describe(modernAsset(parts.base), modernAsset(parts.quote));
  const market = CATALOGUE.byNative.get(upper);
  if (market !== undefined) return describe(market.base, market.quote);
  return refuse(text, 'write it as BASE/QUOTE, like BTC/USD');
}

function describe(base: string, quote: string): SymbolResult {
  const symbol = canonicalSymbol({ base, quote });
  const listed = CATALOGUE.listed.has(symbol);
  return { ok: true, symbol, marketType: 'spot', venueSymbol: symbol, base, quote, listed };
}

function refuse(text: string, why: string): SymbolResult {
  return { ok: false, reason: `kraken does not know the symbol "${text}": ${why}` };
}
