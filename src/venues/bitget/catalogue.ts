/** The bundled list of well-known markets of Bitget: base and quote run together in both feeds. */
import { createMarketList, words } from '../kit/market-list.ts';

const MAJORS = words(`BTC ETH SOL XRP DOGE BNB ADA TRX AVAX LINK SUI DOT LTC BCH NEAR UNI APT TON
HBAR ICP ETC FIL ATOM ARB OP INJ AAVE XLM POL TAO BGB`);
const OTHERS = words(`ALGO RENDER FET SEI TIA STX IMX GRT JUP WLD ENA ONDO PENDLE LDO CRV SNX COMP
EGLD SAND MANA AXS GALA CHZ APE XTZ EOS KAVA DYDX ENS GMX BLUR JTO PYTH STRK ZK ZRO W ETHFI ORDI YFI
SUSHI 1INCH KSM ZIL CFX AR MASK NOT PEOPLE RUNE VIRTUAL WIF EIGEN KAITO BERA TRUMP HYPE PEPE SHIB
BONK FLOKI PENGU`);

const nativeOf = (base: string, quote: string) => `${base}${quote}`;

export const SPOT_LIST = createMarketList(
  [
    ['USDT', [...MAJORS, ...OTHERS, 'USDC']],
    ['USDC', words('BTC ETH SOL XRP DOGE ADA LINK SUI LTC PEPE')],
    ['BTC', words('ETH')],
    ['EUR', words('BTC ETH')],
  ],
  nativeOf,
);

export const USDT_LIST = createMarketList([['USDT', [...MAJORS, ...OTHERS]]], nativeOf);
