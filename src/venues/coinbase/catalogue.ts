/**
 * The bundled list of well-known markets, canonical, the most traded first: for close matches and
 * for the embedded exchange. It is not the venue's list: a market that is missing here can be
 * recorded under its canonical name, and one that is here may have been delisted since; the venue's
 * own answer at start decides.
 */
import { assert } from '../../base/assert.ts';

const MAJORS = words(`BTC ETH SOL XRP DOGE ADA AVAX LINK DOT LTC BCH SHIB UNI ATOM NEAR SUI AAVE XLM
ETC FIL ARB OP INJ APT HBAR ICP PEPE`);
const OTHERS = words(`ALGO XTZ ZEC DASH EOS GRT MANA SAND CRV COMP SNX MKR YFI FLOW IMX LDO
TIA SEI WIF BONK FLOKI ENA ONDO PENDLE RENDER FET STX MINA KAVA LRC BAT CHZ APE GALA AXS ANKR
STORJ 1INCH BAND KNC NMR SKL NU SUSHI UMA ZRX BAL BNT CTSI ENS ROSE RPL JASMY JTO PYTH STRK
ZRO ETHFI EIGEN PENGU TRUMP`);

export const CATALOGUE: readonly string[] = createCatalogue([
  ['USD', [...MAJORS, ...OTHERS, 'USDT']],
  ['USDT', words('BTC ETH SOL XRP DOGE ADA AVAX LINK DOT LTC BCH SHIB')],
  ['EUR', words('BTC ETH SOL XRP DOGE ADA LTC LINK DOT BCH UNI XLM ATOM AVAX CRV NMR')],
  ['GBP', words('BTC ETH SOL XRP DOGE ADA LTC LINK DOT BCH NU SKL BAND')],
  ['BTC', words('ETH SOL LTC BCH LINK DOT ADA UNI ATOM YFI DASH BAND SKL')],
  ['ETH', words('SOL LINK')],
]);

function createCatalogue(
  lists: readonly (readonly [quote: string, bases: readonly string[]])[],
): readonly string[] {
  const symbols = lists.flatMap(([quote, bases]) => bases.map((base) => `${base}/${quote}`));
  const isUnique = new Set(symbols).size === symbols.length;
  assert(isUnique, 'Invariant: a market stands in the catalogue once');
  return symbols;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
