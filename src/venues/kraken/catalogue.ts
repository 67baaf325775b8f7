/**
 * The bundled list of well-known markets: close matches for typing errors, where to cut a spelling
 * without separator, and the markets of the embedded exchange. It is not the venue's list: a market
 * that is missing here can be recorded under its canonical name, and one that is here may have been
 * delisted since; the venue's own answer at start decides.
 */
import { assert } from '../../base/assert.ts';
import { oldAsset } from './assets.ts';

export interface Market {
  readonly base: string;
  readonly quote: string;
}

export interface Catalogue {
  /** Canonical symbols, the most traded first. */
  readonly symbols: readonly string[];
  readonly listed: ReadonlySet<string>;
  /** By every spelling that has no separator. */
  readonly byNative: ReadonlyMap<string, Market>;
}

const MAJORS = words(`BTC ETH SOL XRP DOGE ADA AVAX LINK DOT LTC BCH TRX UNI ATOM NEAR SUI AAVE SHIB
PEPE XLM TON ETC FIL ARB OP INJ TAO APT`);
const OTHERS =
  words(`ALGO XTZ XMR ZEC DASH EOS GRT MANA SAND CRV COMP SNX MKR YFI KSM FLOW ICP IMX LDO
RUNE TIA SEI JUP WIF BONK FLOKI ENA ONDO PENDLE RENDER FET STX MINA KAVA LRC BAT ENJ CHZ APE GALA
AXS ANKR STORJ 1INCH BAND KNC OCEAN PAXG BNB POL HBAR WLD PYTH STRK ZRO ETHFI EIGEN PENGU TRUMP`);

/** Assets that REST's keys write with a letter for their kind in front. */
const X_ASSETS = new Set(words('XBT ETH XRP XLM LTC XMR ZEC ETC XDG'));
const Z_ASSETS = new Set(words('USD EUR GBP CAD JPY AUD'));

export const CATALOGUE = createCatalogue([
  ['USD', [...MAJORS, ...OTHERS, 'USDT', 'USDC', 'EUR', 'GBP']],
  ['EUR', [...MAJORS, 'ALGO', 'XTZ', 'XMR', 'GRT', 'ICP', 'BNB', 'HBAR', 'USDT', 'USDC']],
  ['USDT', words('BTC ETH SOL XRP DOGE ADA AVAX LINK DOT LTC BCH SHIB ATOM BNB TON')],
  ['USDC', words('BTC ETH SOL XRP DOGE ADA LTC DOT')],
  ['GBP', words('BTC ETH SOL XRP ADA DOGE LTC LINK DOT')],
  ['BTC', words('ETH SOL XRP DOGE ADA LTC BCH DOT LINK XLM XMR ATOM')],
  ['ETH', words('SOL XRP ADA DOT LINK')],
  ['CAD', words('BTC ETH SOL XRP')],
  ['JPY', words('BTC ETH XRP')],
]);

function createCatalogue(
  lists: readonly (readonly [quote: string, bases: readonly string[]])[],
): Catalogue {
  const symbols: string[] = [];
  const byNative = new Map<string, Market>();
  for (const [quote, bases] of lists) {
    for (const base of bases) {
      symbols.push(`${base}/${quote}`);
      for (const native of spellings(base, quote)) {
        const known = byNative.get(native);
        const isSame = known === undefined || (known.base === base && known.quote === quote);
        assert(isSame, `Invariant: ${native} is one market of the catalogue`);
        byNative.set(native, { base, quote });
      }
    }
  }
  const listed = new Set(symbols);
  assert(listed.size === symbols.length, 'Invariant: a market stands in the catalogue once');
  return { symbols, listed, byNative };
}

function spellings(base: string, quote: string): readonly string[] {
  const [b, q] = [oldAsset(base), oldAsset(quote)];
  return [`${base}${quote}`, `${b}${q}`, `${key(b)}${key(q)}`];
}

function key(asset: string): string {
  if (X_ASSETS.has(asset)) return `X${asset}`;
  return Z_ASSETS.has(asset) ? `Z${asset}` : asset;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
