/**
 * Symbols: `BTC/USD` is `BTC-USD`. Both have a separator, so both are understood without a list.
 */
import { canonicalSymbol, parseCanonicalSymbol } from '../../model/instrument.ts';
import type { SymbolResult } from '../contract.ts';
import { CATALOGUE } from './catalogue.ts';

const NATIVE = /^([A-Z0-9]+)-([A-Z0-9]+)$/;
const ASSET = /^[A-Z0-9]+$/;

const listed: ReadonlySet<string> = new Set(CATALOGUE);

/** Understands `BTC/USD` and `BTC-USD`, in either case. */
export function parseSymbol(text: string): SymbolResult {
  const upper = text.trim().toUpperCase();
  const parts = parseCanonicalSymbol(upper);
  if (parts?.expiry !== undefined) return refuse(text, 'spot has no dated contracts');
  const [, base = parts?.base, quote = parts?.quote] = NATIVE.exec(upper) ?? [];
  if (base === undefined || quote === undefined) {
    return refuse(text, 'write it as BASE/QUOTE, like BTC/USD');
  }
  if (!ASSET.test(base) || !ASSET.test(quote)) {
    return refuse(text, 'Coinbase names have letters and digits only');
  }
  const symbol = canonicalSymbol({ base, quote });
  return {
    ok: true,
    symbol,
    marketType: 'spot',
    venueSymbol: `${base}-${quote}`,
    base,
    quote,
    listed: listed.has(symbol),
  };
}

function refuse(text: string, why: string): SymbolResult {
  return { ok: false, reason: `coinbase does not know the symbol "${text}": ${why}` };
}
