/**
 * Symbols, ours and Deribit's. One feed has four kinds of market:
 *
 * ```text
 *  BTC/USD                   BTC-PERPETUAL             inverse perpetual, amounts in USD
 *  BTC/USDC                  BTC_USDC-PERPETUAL        linear perpetual, amounts in BTC
 *  BTC/USD-261225            BTC-25DEC26               inverse future, amounts in USD
 *  BTC/USDC-261225           BTC_USDC-25DEC26          linear future
 *  BTC/USD-261225-100000-C   BTC-25DEC26-100000-C      option, amounts in BTC
 *  XRP/USDC-260630-1.02-P    XRP_USDC-30JUN26-1d02-P   option; the d is the point of the strike
 *  ETH/BTC                   ETH_BTC                   spot pair
 * ```
 *
 * A spot pair whose symbol a perpetual has too is meant by its own name: `BTC_USDC`. The price of
 * an inverse option is in the coin, though its symbol names the currency of the strike.
 */
import {
  canonicalSymbol,
  type MarketType,
  optionSymbol,
  parseCanonicalSymbol,
  parseOptionSymbol,
} from '../../model/instrument.ts';
import type { SymbolResult } from '../contract.ts';
import { expiryText, isExpiry } from '../kit/expiry-date.ts';
import { DATED_SYMBOLS, PERP_SYMBOLS, SPOT_SYMBOLS } from './catalogue.ts';

/** What a name of the venue says. */
export interface Market {
  readonly marketType: MarketType;
  readonly base: string;
  readonly quote: string;
  /** `YYMMDD` of a dated contract. */
  readonly expiry: string;
  /** With a point, as in canonical symbols; '' where there is none. */
  readonly strike: string;
  readonly kind: 'C' | 'P' | '';
}

const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const PAIR = '([A-Z0-9]+)(?:_([A-Z0-9]+))?';
const DATED = '(\\d{1,2})([A-Z]{3})(\\d{2})(?:-(\\d+(?:d\\d+)?)-([CP]))?';
const NATIVE = new RegExp(`^${PAIR}(?:-(PERPETUAL|${DATED}))?$`);
/** `BTC/USD:BTC`, `BTC/USDC:USDC`: settled in something, so a perpetual. */
const SETTLED = /^([^/:]+\/[^/:]+):([^/:]+)$/;

/** The market a name of the venue means; undefined for combos and for what is no name. */
export function parseNative(name: string): Market | undefined {
  const match = NATIVE.exec(name);
  if (match === null) return undefined;
  const [, base = '', second, contract, day, month, year, strike, kind] = match;
  const none = { expiry: '', strike: '', kind: '' } as const;
  if (contract === undefined) {
    return second === undefined ? undefined : { marketType: 'spot', base, quote: second, ...none };
  }
  const quote = second ?? 'USD';
  if (contract === 'PERPETUAL') return { marketType: 'perp', base, quote, ...none };
  const expiry = expiryText(Number(year), MONTHS.indexOf(month ?? '') + 1, Number(day));
  if (expiry === undefined) return undefined;
  if (kind !== 'C' && kind !== 'P') {
    return { marketType: 'future', base, quote, expiry, strike: '', kind: '' };
  }
  const point = (strike ?? '').replace('d', '.');
  return { marketType: 'option', base, quote, expiry, strike: point, kind };
}

/** The venue's name of a market. */
export function nativeName({ marketType, base, quote, expiry, strike, kind }: Market): string {
  if (marketType === 'spot') return `${base}_${quote}`;
  const pair = quote === 'USD' ? base : `${base}_${quote}`;
  if (marketType === 'perp') return `${pair}-PERPETUAL`;
  const [year, month, day] = [0, 2, 4].map((at) => expiry.slice(at, at + 2));
  // Days have no leading zero: 5JUN26.
  const date = `${Number(day)}${MONTHS[Number(month) - 1]}${year}`;
  return marketType === 'future'
    ? `${pair}-${date}`
    : `${pair}-${date}-${strike.replace('.', 'd')}-${kind}`;
}

export function canonicalName({ base, quote, expiry, strike, kind }: Market): string {
  if (kind !== '') return optionSymbol({ base, quote, expiry, strike, kind });
  return canonicalSymbol(expiry === '' ? { base, quote } : { base, quote, expiry });
}

/** Amounts are in quote units: of perpetuals and futures that settle in their coin. */
export function isInverse(marketType: MarketType, venueSymbol: string): boolean {
  const isContract = marketType === 'perp' || marketType === 'future';
  return isContract && !venueSymbol.includes('_');
}

/** Understands canonical symbols and the venue's names, in either case. */
export function parseSymbol(input: string): SymbolResult {
  const text = input.trim().toUpperCase();
  const native = parseNative(text.replace(/-(\d+)D(\d+)-([CP])$/, '-$1d$2-$3'));
  if (native !== undefined) return accept(native);
  const option = parseOptionSymbol(text);
  if (option !== undefined) return dated(input, { ...option, marketType: 'option' });
  const [, pair, settle] = SETTLED.exec(text) ?? [];
  const parts = parseCanonicalSymbol(pair ?? text);
  if (parts === undefined || /[^A-Z0-9]/.test(parts.base + parts.quote)) {
    return refuse(input, 'write it as BASE/QUOTE, like BTC/USD, or as Deribit does; no combos');
  }
  const { base, quote, expiry } = parts;
  const none = { expiry: '', strike: '', kind: '' } as const;
  if (expiry !== undefined) {
    return dated(input, { marketType: 'future', base, quote, ...none, expiry });
  }
  if (settle !== undefined) {
    const right = quote === 'USD' ? base : quote;
    if (settle !== right) return refuse(input, `${base}/${quote} settles in ${right}`);
    return accept({ marketType: 'perp', base, quote, ...none });
  }
  const symbol = `${base}/${quote}`;
  const isListedSpot = SPOT_SYMBOLS.includes(symbol) && !PERP_SYMBOLS.includes(symbol);
  const isPerp = (quote === 'USD' || quote === 'USDC') && !isListedSpot;
  return accept({ marketType: isPerp ? 'perp' : 'spot', base, quote, ...none });
}

function dated(input: string, market: Market): SymbolResult {
  if (!isExpiry(market.expiry)) return refuse(input, `${market.expiry} is no date (YYMMDD)`);
  return accept(market);
}

function accept(market: Market): SymbolResult {
  const { marketType, base, quote } = market;
  const pair = `${base}/${quote}`;
  const isListed = {
    perp: PERP_SYMBOLS.includes(pair),
    spot: SPOT_SYMBOLS.includes(pair),
    // The list cannot know dates and strikes; it knows which pairs have some.
    future: DATED_SYMBOLS.has(pair),
    option: DATED_SYMBOLS.has(pair),
  };
  return {
    ok: true,
    symbol: canonicalName(market),
    marketType,
    venueSymbol: nativeName(market),
    base,
    quote,
    listed: isListed[marketType],
  };
}

function refuse(text: string, why: string): SymbolResult {
  return { ok: false, reason: `deribit does not know the symbol "${text}": ${why}` };
}
