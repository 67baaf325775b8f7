/**
 * The bundled list of well-known markets of Bybit. USDC perpetuals are `BTCPERP`; everything else
 * is base and quote run together.
 */
import { createMarketList, words } from '../kit/market-list.ts';
import { nativePair } from './native-names.ts';

const MAJORS = words(`BTC ETH SOL XRP DOGE BNB ADA TRX AVAX LINK SUI DOT LTC BCH NEAR UNI APT TON
HBAR ICP ETC FIL ATOM ARB OP INJ AAVE XLM POL TAO`);
const OTHERS = words(`ALGO RENDER FET SEI TIA STX IMX GRT JUP WLD ENA ONDO PENDLE LDO MKR CRV SNX
COMP EGLD SAND MANA AXS GALA CHZ APE FLOW XTZ EOS KAVA MINA DYDX ENS GMX BLUR JTO PYTH STRK ZK ZRO W
ETHFI MANTA ORDI YFI SUSHI 1INCH CELO KSM ZIL CFX AR ARKM BICO CYBER MNT MASK NOT PEOPLE RUNE SSV
TWT VIRTUAL WIF XAI EIGEN KAITO BERA TRUMP HYPE`);
/** Whose price is too small for the tick of a contract: it is of a thousand or ten thousand. */
const TINY = ['1000PEPE', '1000BONK', '1000FLOKI', 'SHIB1000', '1000LUNC', '10000SATS'];

export const SPOT_LIST = createMarketList(
  [
    ['USDT', [...MAJORS, ...OTHERS, 'PEPE', 'BONK', 'FLOKI', 'SHIB', 'USDC']],
    ['USDC', words('BTC ETH SOL XRP DOGE ADA AVAX LINK SUI LTC ARB OP APT TON MNT PEPE')],
    ['BTC', words('ETH SOL XRP LTC')],
    ['EUR', words('BTC ETH SOL XRP DOGE ADA USDT')],
  ],
  (base, quote) => nativePair('spot', base, quote),
);

export const LINEAR_LIST = createMarketList(
  [
    ['USDT', [...MAJORS, ...TINY, ...OTHERS]],
    ['USDC', words('BTC ETH SOL XRP DOGE BNB ADA AVAX LINK SUI LTC ARB OP APT')],
  ],
  (base, quote) => nativePair('linear', base, quote),
);
