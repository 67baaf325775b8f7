/**
 * Symbols, ours and Hyperliquid's. Perpetuals and spot pairs live in one feed:
 *
 * ```text
 *  BTC/USDC  BTC/USDC:USDC  BTC        perpetual BTC
 *  kPEPE/USDC  1000PEPE/USDC  kPEPE    perpetual of 1000 PEPE; the small k is the venue's
 *  xyz.TSLA/USDC  xyz:TSLA             perpetual of the builder dex xyz
 *  UBTC/USDC  @142                     spot pair; PURR/USDC is the only one with a name
 *  HYPE/USDC                           the perpetual; its spot pair of the same name is @107
 * ```
 *
 * Names mind the case. The number behind `@` is the pair's on the main network.
 */
import { canonicalSymbol, parseCanonicalSymbol } from '../../model/instrument.ts';
import type { SymbolResult } from '../contract.ts';
import { listedPerp, PERP_QUOTE, SPOT_PAIRS, type SpotPair } from './catalogue.ts';

const NAME = /^[\p{L}\p{N}]+$/u;
/** `dex:COIN`, as builder perpetuals are called. */
const BUILDER = /^([a-z0-9]+):([\p{L}\p{N}_]+)$/u;
/** In canonical symbols a dot stands for the colon, which they do not have. */
const BUILDER_BASE = /^([a-z0-9]+)\.([\p{L}\p{N}_]+)$/u;
/** `BTC/USDC:USDC`: settled in the quote, so a perpetual. */
const SETTLED = /^([^/:]+)\/([^/:]+):([^/:]+)$/;

export function parseSymbol(input: string): SymbolResult {
  const text = input.trim();
  const pair = SPOT_PAIRS.find(({ coin }) => coin === text.toUpperCase());
  if (pair !== undefined) return spot(pair);
  if (text.startsWith('@')) {
    return refuse(text, 'which pair that is differs by network, and the bundled list has it not');
  }
  if (text.startsWith('#')) return refuse(text, 'outcome tokens are not recorded');
  const settled = SETTLED.exec(text);
  if (settled !== null) {
    const [, base = '', quote = '', settle] = settled;
    if (quote !== settle) return refuse(text, 'perpetuals settle in their quote');
    return perp(text, base, quote);
  }
  const builder = BUILDER.exec(text);
  if (builder !== null) return builderPerp(builder[1] ?? '', builder[2] ?? '', PERP_QUOTE);
  const parts = parseCanonicalSymbol(text);
  if (parts === undefined) {
    if (NAME.test(text)) return perp(text, text, PERP_QUOTE);
    return refuse(text, 'write it as BASE/QUOTE, like BTC/USDC');
  }
  if (parts.expiry !== undefined) return refuse(text, 'there are no dated contracts');
  return pairOrPerp(text, parts.base, parts.quote);
}

/** A perpetual where the list knows one, else a listed spot pair, else a perpetual not listed. */
function pairOrPerp(text: string, base: string, quote: string): SymbolResult {
  const isPerpQuote = quote.toUpperCase() === PERP_QUOTE;
  if (isPerpQuote && listedPerp(base) !== undefined) return perp(text, base, quote);
  const pair = SPOT_PAIRS.find(
    (each) => each.base === base.toUpperCase() && each.quote === quote.toUpperCase(),
  );
  return pair === undefined ? perp(text, base, quote) : spot(pair);
}

function perp(text: string, base: string, quote: string): SymbolResult {
  const builder = BUILDER_BASE.exec(base);
  if (builder !== null) return builderPerp(builder[1] ?? '', builder[2] ?? '', quote);
  if (quote.toUpperCase() !== PERP_QUOTE) {
    return refuse(text, `perpetuals are against ${PERP_QUOTE}; name spot pairs by their @number`);
  }
  if (!NAME.test(base)) return refuse(text, 'names of perpetuals have letters and digits only');
  const known = listedPerp(base);
  const name = known ?? base;
  return {
    ok: true,
    symbol: canonicalSymbol({ base: name, quote: PERP_QUOTE }),
    marketType: 'perp',
    venueSymbol: name,
    base: name,
    quote: PERP_QUOTE,
    listed: known !== undefined,
  };
}

/** The collateral of a builder's dex may be another than USDC: the venue's list is asked. */
function builderPerp(dex: string, coin: string, quote: string): SymbolResult {
  const base = `${dex}.${coin}`;
  return {
    ok: true,
    symbol: canonicalSymbol({ base, quote }),
    marketType: 'perp',
    venueSymbol: `${dex}:${coin}`,
    base,
    quote,
    listed: false,
  };
}

function spot({ coin, base, quote }: SpotPair): SymbolResult {
  return {
    ok: true,
    symbol: canonicalSymbol({ base, quote }),
    marketType: 'spot',
    venueSymbol: coin,
    base,
    quote,
    listed: true,
  };
}

/** Dex of a builder perpetual's name, '' for the main one. */
export function dexOf(venueSymbol: string): string {
  return BUILDER.exec(venueSymbol)?.[1] ?? '';
}

/** Canonical base of a perpetual's name. */
export function perpBase(venueSymbol: string): string {
  return venueSymbol.replace(':', '.');
}

function refuse(text: string, why: string): SymbolResult {
  return { ok: false, reason: `hyperliquid does not know the symbol "${text}": ${why}` };
}
