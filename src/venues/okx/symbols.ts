/**
 * Symbols, ours and OKX's:
 *
 * ```text
 *  BTC/USDT          BTC-USDT          spot
 *  BTC/USDT:USDT     BTC-USDT-SWAP     perpetual, settled in the quote (linear)
 *  BTC/USD:BTC       BTC-USD-SWAP      perpetual, settled in the base (inverse)
 *  BTC/USDT-260925   BTC-USDT-260925   dated
 * ```
 *
 * `BTC/USDT` alone is the spot market: the perpetual has the same canonical symbol and another
 * market type. Options are not recorded.
 */
import { canonicalSymbol, type MarketType, parseCanonicalSymbol } from '../../model/instrument.ts';
import type { SymbolResult } from '../contract.ts';
import { CATALOGUE } from './catalogue.ts';
import { FEED_ID } from './feeds.ts';

const NATIVE = /^([A-Z0-9]+)-([A-Z0-9_]+)(?:-(SWAP|\d{6}))?$/;
const OPTION = /^[A-Z0-9]+-[A-Z0-9_]+-\d{6}-[\d.]+-[CP]$/;
const SETTLED = /^([^/:]+)\/([^/:]+):([^/:]+)$/;
const NAME = /^[A-Z0-9]+$/;
const QUOTE_NAME = /^[A-Z0-9]+(?:_[A-Z0-9]+)?$/;
const SWAP = 'SWAP';

export interface NativeParts {
  readonly base: string;
  readonly quote: string;
  readonly marketType: MarketType;
  readonly expiry: string | undefined;
}

/** What an `instId` says of itself; undefined for options and strange names. */
export function nativeParts(instId: string): NativeParts | undefined {
  const [, base, quote, suffix] = NATIVE.exec(instId) ?? [];
  if (base === undefined || quote === undefined) return undefined;
  if (suffix === undefined) return { base, quote, marketType: 'spot', expiry: undefined };
  if (suffix === SWAP) return { base, quote, marketType: 'perp', expiry: undefined };
  return isDate(suffix) ? { base, quote, marketType: 'future', expiry: suffix } : undefined;
}

/** The canonical symbol of what an `instId` says. */
export function symbolOf({ base, quote, expiry }: NativeParts): string {
  return canonicalSymbol(expiry === undefined ? { base, quote } : { base, quote, expiry });
}

export function parseSymbol(input: string): SymbolResult {
  const text = input.trim().toUpperCase();
  if (OPTION.test(text)) return refuse(input, 'options are not recorded');
  const settled = SETTLED.exec(text);
  if (settled !== null) {
    const [, base = '', quote = '', settle] = settled;
    const isSettled = settle === quote || settle === base;
    if (!isSettled) return refuse(input, 'perpetuals settle in their quote or in their base');
    return describe(input, { base, quote, marketType: 'perp', expiry: undefined });
  }
  const canonical = parseCanonicalSymbol(text);
  if (canonical !== undefined) {
    const { base, quote, expiry } = canonical;
    return describe(input, {
      base,
      quote,
      marketType: expiry === undefined ? 'spot' : 'future',
      expiry,
    });
  }
  const native = nativeParts(text);
  if (native !== undefined) return describe(input, native);
  return refuse(input, 'write it as BASE/QUOTE, like BTC/USDT, or as BTC-USDT-SWAP');
}

function describe(input: string, parts: NativeParts): SymbolResult {
  const { base, quote, marketType, expiry } = parts;
  if (!NAME.test(base) || !QUOTE_NAME.test(quote)) {
    return refuse(input, 'names have letters and digits only');
  }
  if (expiry !== undefined && !isDate(expiry)) {
    return refuse(input, `${expiry} is no date (YYMMDD)`);
  }
  const suffix = marketType === 'perp' ? `-${SWAP}` : expiry === undefined ? '' : `-${expiry}`;
  return {
    ok: true,
    symbol: symbolOf(parts),
    marketType,
    venueSymbol: `${base}-${quote}${suffix}`,
    base,
    quote,
    // The list cannot know dates to come; it knows which pairs have dated contracts.
    listed: CATALOGUE[marketType]?.has(`${base}/${quote}`) ?? false,
  };
}

function refuse(text: string, why: string): SymbolResult {
  return { ok: false, reason: `${FEED_ID} does not know the symbol "${text}": ${why}` };
}

function isDate(yymmdd: string): boolean {
  const year = 2000 + Number(yymmdd.slice(0, 2));
  const month = Number(yymmdd.slice(2, 4));
  const day = Number(yymmdd.slice(4, 6));
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
