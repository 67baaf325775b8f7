/**
 * The bundled list of known markets: what a symbol means where it could be two things, close
 * matches for typing errors, and what the embedded exchange trades. Dated contracts come and go
 * every week, so only which pairs have them is listed.
 */

/** Inverse perpetuals: quoted in USD, settled in the coin. */
const INVERSE = ['BTC', 'ETH'] as const;
/** Linear perpetuals: quoted and settled in USDC. */
const LINEAR =
  'BTC ETH SOL XRP ADA ALGO AVAX BCH BNB DOGE DOT LINK LTC NEAR TRX UNI PAXG TRUMP'.split(' ');
/** Pairs of coins themselves. */
const SPOT = ['BTC/USDC', 'ETH/USDC', 'SOL/USDC', 'XRP/USDC', 'BTC/USDT', 'ETH/USDT', 'ETH/BTC'];

export const PERP_SYMBOLS: readonly string[] = [
  ...INVERSE.map((base) => `${base}/USD`),
  ...LINEAR.map((base) => `${base}/USDC`),
];
export const SPOT_SYMBOLS: readonly string[] = SPOT;

/** Pairs with dated futures and options. */
export const DATED_SYMBOLS: ReadonlySet<string> = new Set([
  'BTC/USD',
  'ETH/USD',
  'BTC/USDC',
  'ETH/USDC',
  'SOL/USDC',
  'XRP/USDC',
]);

/** Canonical symbols, each once; where a spot pair shares its symbol, the perpetual is meant. */
export const SYMBOLS: readonly string[] = [...new Set([...PERP_SYMBOLS, ...SPOT_SYMBOLS])];
