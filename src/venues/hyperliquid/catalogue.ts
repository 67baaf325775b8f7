/**
 * The bundled list of known markets: what symbols are understood offline, close matches, and what
 * the embedded exchange trades. The venue lists markets every week; `spotMeta` and `meta` are the
 * truth, this is only what the names mean before the venue was asked.
 */

/** Perpetuals of the main dex, in the venue's spelling; `k…` are thousands of a coin. */
const PERPS =
  'BTC ETH SOL XRP DOGE HYPE ATOM DYDX BNB APE OP LTC ARB INJ SUI CRV LDO LINK STX APT AAVE COMP ' +
  'WLD UNI SEI MKR AVAX ADA NEAR DOT BCH TRX TIA ENA TRUMP WIF FARTCOIN PENGU SPX ZEC FET TAO ' +
  'RENDER JUP PENDLE ONDO XLM ICP TON FIL SAND JTO PYTH IMX GALA STRK ETHFI ENS EIGEN kPEPE ' +
  'kSHIB kBONK kFLOKI kLUNC kDOGS kNEIRO';

/**
 * Spot pairs by the `index` of the main network's `spotMeta`, which is not the token's index and
 * differs on the test network. Only the first pair has a name of its own.
 */
const SPOT: readonly (readonly [coin: string, base: string, quote: string])[] = [
  ['PURR/USDC', 'PURR', 'USDC'],
  ['@107', 'HYPE', 'USDC'],
  ['@142', 'UBTC', 'USDC'],
  ['@151', 'UETH', 'USDC'],
  ['@156', 'USOL', 'USDC'],
  ['@182', 'XAUT0', 'USDC'],
];

export interface SpotPair {
  /** What the venue calls it: `@107`. */
  readonly coin: string;
  readonly base: string;
  readonly quote: string;
}

export const PERP_QUOTE = 'USDC';
export const PERP_NAMES: readonly string[] = PERPS.split(' ');
export const SPOT_PAIRS: readonly SpotPair[] = SPOT.map(([coin, base, quote]) => ({
  coin,
  base,
  quote,
}));

/** By the name in capitals, as users type it; the venue's own names mind the case. */
const perpsByCapitals = new Map(PERP_NAMES.map((name) => [name.toUpperCase(), name]));

/** The venue's spelling of a perpetual's name, or undefined when the list does not have it. */
export function listedPerp(name: string): string | undefined {
  if (PERP_NAMES.includes(name)) return name;
  const capitals = name.toUpperCase();
  // Other venues call a thousand of a coin `1000PEPE`.
  const thousands = /^1000(.+)$/.exec(capitals)?.[1];
  return perpsByCapitals.get(thousands === undefined ? capitals : `K${thousands}`);
}

/** Canonical symbols, each once: a spot pair that shares its symbol with a perpetual is by `@`. */
export const SYMBOLS: readonly string[] = [
  ...new Set([
    ...PERP_NAMES.map((name) => `${name}/${PERP_QUOTE}`),
    ...SPOT_PAIRS.map(({ base, quote }) => `${base}/${quote}`),
  ]),
];
