/**
 * Instruments: venue + market type + symbol. Symbols are canonical `BASE/QUOTE`; dated contracts
 * add `-YYMMDD` (`BTC/USDT-260925`), options also their strike and kind (`BTC/USD-260925-90000-C`).
 * What the venue itself calls the instrument is `venueSymbol`.
 */

export type MarketType = 'spot' | 'perp' | 'future' | 'option';
export const MARKET_TYPES: readonly MarketType[] = ['spot', 'perp', 'future', 'option'];

/** Which of a venue's trade tapes the trades come from; their id spaces never mix. */
export type TradeTape = 'trade' | 'aggTrade';

/** What identifies an instrument everywhere, in every store and every process. */
export interface InstrumentKey {
  readonly venue: string;
  readonly symbol: string;
  readonly marketType: MarketType;
}

export interface Instrument extends InstrumentKey {
  /** Dense index in this process (0, 1, …): what records carry. Not stable across processes. */
  readonly index: number;
  /** Feed it is recorded from, `binance.spot`. */
  readonly feed: string;
  readonly venueSymbol: string;
  readonly base: string;
  readonly quote: string;
  readonly tape: TradeTape;
}

/** What a venue's instrument list says beyond the names; `null` where it says nothing. */
export interface InstrumentMeta extends InstrumentKey {
  readonly venueSymbol: string;
  readonly base: string;
  readonly quote: string;
  readonly tickSize: number | null;
  readonly lotSize: number | null;
  /**
   * Base units of one contract, quote units of an inverse one; 1 where the venue quotes base units.
   */
  readonly contractSize: number;
  readonly status: string;
}

export function instrumentName(key: InstrumentKey): string {
  return `${key.venue} ${key.symbol} ${key.marketType}`;
}

export interface SymbolParts {
  readonly base: string;
  readonly quote: string;
  /** `YYMMDD` of a dated contract. */
  readonly expiry?: string;
}

const CANONICAL = /^([\p{L}\p{N}._]+)\/([\p{L}\p{N}._]+)(?:-(\d{6}))?$/u;

/** Parts of a canonical symbol, or undefined when `text` is not one. */
export function parseCanonicalSymbol(text: string): SymbolParts | undefined {
  const match = CANONICAL.exec(text);
  const [, base, quote, expiry] = match ?? [];
  if (base === undefined || quote === undefined) return undefined;
  return expiry === undefined ? { base, quote } : { base, quote, expiry };
}

export function canonicalSymbol(parts: SymbolParts): string {
  const pair = `${parts.base}/${parts.quote}`;
  return parts.expiry === undefined ? pair : `${pair}-${parts.expiry}`;
}

export interface OptionParts extends SymbolParts {
  readonly expiry: string;
  /** A decimal: `100000`, `1.02`. */
  readonly strike: string;
  readonly kind: 'C' | 'P';
}

const OPTION = /^(.+-\d{6})-(\d+(?:\.\d+)?)-([CP])$/;

/** Parts of an option's canonical symbol, or undefined when `text` is not one. */
export function parseOptionSymbol(text: string): OptionParts | undefined {
  const [, future = '', strike = '', kind] = OPTION.exec(text) ?? [];
  const parts = parseCanonicalSymbol(future);
  if (parts?.expiry === undefined || (kind !== 'C' && kind !== 'P')) return undefined;
  return { ...parts, expiry: parts.expiry, strike, kind };
}

export function optionSymbol(parts: OptionParts): string {
  return `${canonicalSymbol(parts)}-${parts.strike}-${parts.kind}`;
}
