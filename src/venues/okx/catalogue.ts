/**
 * The bundled list of well-known markets: close matches for typing errors, and the markets of the
 * embedded exchange. It is not the venue's list: names have separators here, so any market can be
 * recorded under its name, and the venue's own answer at start decides.
 */
import type { MarketType } from '../../model/instrument.ts';

const MAJORS = `BTC ETH SOL XRP DOGE BNB ADA TRX AVAX LINK SUI DOT LTC BCH NEAR UNI APT TON HBAR
ICP ETC FIL ATOM ARB OP INJ AAVE XLM POL`;
const OTHERS = `OKB SHIB PEPE BONK FLOKI WIF ALGO RENDER SEI TIA STX IMX GRT THETA JUP WLD ENA ONDO
PENDLE LDO CRV SNX COMP EGLD SAND MANA AXS GALA CHZ APE FLOW XTZ NEO IOTA MINA DYDX ENS GMX BLUR
JTO PYTH STRK ZK ZRO W ETHFI ORDI TRB YFI SUSHI 1INCH BAT ZRX CELO ONE KSM ZIL ICX ONT QTUM CFX
AGLD API3 AR BICO GLM JOE LPT LQTY LUNA LUNC MAGIC MASK METIS NMR NOT PEOPLE PNUT RSR RVN SATS SSV
TURBO UMA VIRTUAL WOO YGG MOVE EIGEN CATI HMSTR SCR ACT ME PENGU BERA LAYER TRUMP KAITO BIGTIME
CRO HYPE MORPHO PI XAUT`;
const USD_PAIRS = 'BTC ETH SOL XRP DOGE ADA AVAX LINK DOT LTC BCH UNI ETC FIL ATOM TRX XLM';

const majors = words(MAJORS);
const others = words(OTHERS);

const SPOT = pairs([
  ['USDT', [...majors, ...others, 'USDC']],
  ['USDC', [...majors, ...words('OKB SHIB PEPE BONK WIF ENA ONDO WLD TIA SEI')]],
  ['USD', words(USD_PAIRS)],
  ['EUR', words('BTC ETH SOL XRP DOGE ADA USDT USDC')],
  ['BTC', words('ETH SOL XRP LTC BCH ADA LINK DOT AVAX OKB WBTC')],
  ['ETH', words('SOL LTC LINK BETH STETH')],
]);
const PERPS = pairs([
  ['USDT', [...majors, ...others]],
  ['USDC', words('BTC ETH SOL XRP DOGE')],
  ['USD', words(USD_PAIRS)],
]);
/** Pairs with weekly and quarterly contracts. */
const DATED = pairs([
  ['USDT', words('BTC ETH')],
  ['USD', words('BTC ETH')],
]);

export const CATALOGUE: Readonly<Partial<Record<MarketType, ReadonlySet<string>>>> = {
  spot: new Set(SPOT),
  perp: new Set(PERPS),
  future: new Set(DATED),
};

export const SPOT_PAIRS: readonly string[] = SPOT;
export const PERP_PAIRS: readonly string[] = PERPS;
/** Canonical symbols, each once, the most traded first. */
export const SYMBOLS: readonly string[] = [...new Set([...SPOT, ...PERPS])];

function pairs(lists: readonly (readonly [quote: string, bases: readonly string[]])[]): string[] {
  return lists.flatMap(([quote, bases]) => bases.map((base) => `${base}/${quote}`));
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
