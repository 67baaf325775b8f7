/**
 * The bundled list of well-known markets: what `BTCUSDT` means without asking the venue, close
 * matches for typing errors, and the markets of the embedded exchange. It is not the venue's list:
 * a market that is missing here can be recorded under its canonical name, and one that is here may
 * have been delisted since; the venue's own answer at start decides.
 */
import { assert } from '../../base/assert.ts';

export interface Market {
  readonly base: string;
  readonly quote: string;
}

export interface Catalogue {
  /** Canonical symbols, the most traded first. */
  readonly symbols: readonly string[];
  readonly byNative: ReadonlyMap<string, Market>;
  /** Native pairs that have quarterly contracts. */
  readonly dated: ReadonlySet<string>;
}

const MAJORS = `BTC ETH SOL XRP BNB DOGE ADA TRX AVAX LINK SUI DOT LTC BCH NEAR UNI APT TON HBAR
ICP ETC FIL ATOM ARB OP INJ AAVE XLM POL TAO`;
const OTHERS = `ALGO VET RENDER FET SEI TIA STX IMX GRT THETA JUP WLD ENA ONDO PENDLE LDO MKR CRV
SNX COMP RUNE EGLD SAND MANA AXS GALA CHZ APE FLOW XTZ EOS NEO IOTA KAVA MINA QNT DYDX ENS GMX
BLUR JTO PYTH STRK ZK ZRO W ETHFI ALT MANTA DYM AXL ORDI TRB YFI SUSHI 1INCH BAT ZRX CELO ONE ROSE
KSM ZIL ICX ONT QTUM RVN IOST ZEC DASH ENJ LRC ANKR SKL STORJ BAND CELR COTI CTSI CKB CFX ACH AGLD
API3 AR ARKM ARPA ASTR AUCTION BICO C98 CAKE CHR CYBER DENT DUSK EDU GAS GLM GMT HIGH HOOK HOT ID
IO JASMY JOE KNC LPT LQTY LUNA MAGIC MASK MAV METIS MOVE NFP NMR NOT OGN OM PAXG PEOPLE PHB PNUT
RAY RLC RPL RSR SAGA SSV SUPER SXP SYS TNSR TURBO TWT USUAL VANRY VIRTUAL WIF XAI XVS YGG
EIGEN CATI HMSTR SCR DOGS BOME ACT ME PENGU KAITO BERA LAYER TRUMP`;
/** Whose spot price is too small for the futures' tick: the contract is a thousand of them. */
const TINY = 'SHIB PEPE BONK FLOKI LUNC XEC SATS RATS';

const majors = words(MAJORS);
const others = words(OTHERS);
const tiny = words(TINY);

export const SPOT_CATALOGUE = createCatalogue(
  [
    ['USDT', [...majors, ...tiny, ...others, 'FDUSD', 'USDC', 'EUR', 'WBTC', 'WBETH']],
    ['USDC', [...majors, 'PEPE', 'SHIB', 'BONK', 'WIF', 'ENA', 'ONDO', 'WLD', 'TIA', 'SEI']],
    ['FDUSD', words('BTC ETH SOL XRP BNB DOGE ADA AVAX LINK SUI LTC PEPE WIF ENA TRX')],
    ['BTC', [...majors.filter((each) => each !== 'BTC'), 'WBTC', 'ZEC', 'DASH', 'RUNE', 'VET']],
    ['ETH', words('BNB SOL XRP ADA LINK LTC TRX XLM VET ETC SSV WBTC WBETH')],
    ['BNB', words('SOL XRP ADA AVAX LINK DOT LTC NEAR TRX BCH HBAR')],
    ['EUR', words('BTC ETH SOL XRP BNB DOGE ADA AVAX LINK LTC DOT SHIB PEPE SUI TRX')],
    ['TRY', words('BTC ETH SOL XRP BNB DOGE ADA AVAX LINK SHIB PEPE USDT SUI TRX ARB OP')],
    ['BRL', words('BTC ETH SOL XRP BNB DOGE ADA LINK LTC')],
    ['JPY', words('BTC ETH SOL XRP BNB DOGE ADA SHIB')],
  ],
  [],
);

export const USDM_CATALOGUE = createCatalogue(
  [
    ['USDT', [...majors, ...tiny.map((each) => `1000${each}`), ...others]],
    [
      'USDC',
      words(`BTC ETH SOL XRP BNB DOGE ADA AVAX LINK SUI LTC BCH NEAR ARB FIL WIF ENA ORDI TIA
        1000PEPE 1000SHIB 1000BONK WLD CRV ETHFI UNI AAVE`),
    ],
  ],
  ['BTCUSDT', 'ETHUSDT'],
);

export const COINM_CATALOGUE = createCatalogue(
  [
    [
      'USD',
      words(`BTC ETH SOL XRP BNB DOGE ADA LINK LTC AVAX DOT BCH TRX UNI ETC FIL NEAR ATOM SUI
        AAVE APT ALGO AXS EGLD EOS GALA ICP MANA OP SAND THETA VET XLM XTZ WLD`),
    ],
  ],
  ['BTCUSD', 'ETHUSD'],
);

function createCatalogue(
  lists: readonly (readonly [quote: string, bases: readonly string[]])[],
  dated: readonly string[],
): Catalogue {
  const symbols: string[] = [];
  const byNative = new Map<string, Market>();
  for (const [quote, bases] of lists) {
    for (const base of bases) {
      // Two pairs that run together into one word would make the native spelling a guess.
      const native = base + quote;
      assert(!byNative.has(native), `Invariant: ${native} stands in the catalogue once`);
      byNative.set(native, { base, quote });
      symbols.push(`${base}/${quote}`);
    }
  }
  return { symbols, byNative, dated: new Set(dated) };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
