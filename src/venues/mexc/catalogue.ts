/** Well-known markets of MEXC, from memory; the venue's own lists at start decide. */
import { createMarketList, words } from '../kit/market-list.ts';

const MAJORS = words(`BTC ETH SOL XRP BNB DOGE ADA TRX AVAX LINK SUI DOT LTC BCH NEAR UNI APT TON
HBAR ICP ETC FIL ATOM ARB OP INJ AAVE XLM POL TAO`);
const OTHERS = words(`MX KAS SHIB PEPE BONK FLOKI WIF ENA ONDO WLD TIA SEI JUP PYTH STRK ZK W ORDI
FET RENDER GRT CRV LDO MKR SNX COMP RUNE SAND MANA AXS GALA CHZ APE FLOW XTZ NEO IOTA KAVA QNT DYDX
ENS GMX BLUR JTO ALGO VET STX IMX THETA PENDLE EIGEN TRUMP VIRTUAL PNUT PENGU BERA KAITO`);

export const SPOT_CATALOGUE = createMarketList(
  [
    ['USDT', [...MAJORS, ...OTHERS, 'USDC', 'EUR']],
    ['USDC', [...MAJORS.slice(0, 20), 'MX', 'KAS', 'PEPE', 'SHIB', 'WIF']],
    ['BTC', words('ETH SOL XRP BNB ADA LINK LTC BCH')],
    ['ETH', words('XRP LTC TRX')],
    ['EUR', words('BTC ETH SOL XRP')],
  ],
  (base, quote) => base + quote,
);

export const CONTRACT_CATALOGUE = createMarketList(
  [
    ['USDT', [...MAJORS, ...OTHERS.filter((each) => each !== 'MX')]],
    ['USDC', words('BTC ETH SOL XRP DOGE SUI')],
    // Settled in the coin: contracts of so many dollars.
    ['USD', words('BTC ETH SOL XRP')],
  ],
  (base, quote) => `${base}_${quote}`,
);
