/**
 * Listings of the embedded exchange made from canonical symbols: the level a price moves around and
 * typical steps. Well-known coins have theirs; any other gets a price from its name, so that every
 * market of a venue's catalogue can be traded. A dialect whose venue differs writes its own.
 */
import { hashText } from '../../base/prng.ts';
import type { SimListing } from '../sim-contract.ts';

interface Coin {
  /** USD. */
  readonly price: number;
  readonly tickDecimals: number;
  readonly spotLotDecimals: number;
  readonly perpLotDecimals: number;
}

/** Steps as venues have them against dollars. The first six are the majors. */
const COINS: Readonly<Record<string, Coin>> = {
  BTC: coin(65_000, 2, 5, 3),
  ETH: coin(3_000, 2, 4, 3),
  SOL: coin(150, 2, 3, 2),
  XRP: coin(0.6, 4, 1, 1),
  DOGE: coin(0.12, 5, 0, 0),
  BNB: coin(580, 2, 3, 2),
  ADA: coin(0.45, 4, 1, 0),
  AVAX: coin(28, 2, 2, 0),
  LINK: coin(14, 2, 2, 2),
  DOT: coin(6.5, 3, 2, 1),
  LTC: coin(82, 2, 3, 3),
  BCH: coin(390, 1, 3, 3),
  TRX: coin(0.13, 4, 1, 0),
  UNI: coin(8.2, 3, 2, 0),
  ATOM: coin(7.4, 3, 2, 2),
  ETC: coin(23, 2, 2, 2),
  NEAR: coin(5.3, 3, 1, 0),
  SUI: coin(1.1, 4, 1, 1),
  AAVE: coin(105, 2, 3, 1),
  SHIB: coin(0.00002, 8, 0, 0),
  PEPE: coin(0.00001, 8, 0, 0),
};
const MAJORS: ReadonlySet<string> = new Set(Object.keys(COINS).slice(0, 6));

/** USD of one unit of the currencies prices are quoted in. */
const QUOTES: Readonly<Record<string, number>> = {
  USDT: 1,
  USDC: 1,
  FDUSD: 1,
  USD: 1,
  BTC: 65_000,
  ETH: 3_000,
  BNB: 580,
  EUR: 1.09,
  TRY: 0.03,
  BRL: 0.18,
  JPY: 0.0067,
};
/** Perpetuals trade a little off the spot price. */
const PERP_BASIS = 1.0004;
/** Digits of a price whose steps are not known. */
const PRICE_DIGITS = 5;
const DECIMALS_MAX = 8;

/** The listing of `base`/`quote`, spot or perpetual, under the name the venue gives it. */
export function listMarket(
  base: string,
  quote: string,
  marketType: 'spot' | 'perp',
  venueSymbol: string,
): SimListing {
  const known = COINS[base];
  const quoteUsd = QUOTES[quote] ?? 1;
  const usd = known?.price ?? usdOfName(base);
  const price = (usd / quoteUsd) * (marketType === 'perp' ? PERP_BASIS : 1);
  const isDollar = quoteUsd === 1;
  const tickDecimals = isDollar && known !== undefined ? known.tickDecimals : stepDecimals(price);
  const lotDecimals = marketType === 'perp' ? known?.perpLotDecimals : known?.spotLotDecimals;
  return {
    symbol: `${base}/${quote}`,
    marketType,
    venueSymbol,
    base,
    quote,
    price,
    tick: { units: 1, decimals: tickDecimals },
    lot: { units: 1, decimals: lotDecimals ?? Math.max(0, wholeDigits(usd)) },
    isMajor: quote === 'USDT' && MAJORS.has(base),
  };
}

function coin(
  price: number,
  tickDecimals: number,
  spotLotDecimals: number,
  perpLotDecimals: number,
): Coin {
  return { price, tickDecimals, spotLotDecimals, perpLotDecimals };
}

/** 0.02 … 20 USD. */
function usdOfName(base: string): number {
  const hash = hashText(base);
  return (0.02 + (hash % 1000) / 500) * ((hash >>> 16) % 2 === 0 ? 1 : 10);
}

/** Digits before the point; negative for zeros after it. */
function wholeDigits(price: number): number {
  let digits = 0;
  for (let rest = price; rest >= 1; rest /= 10) digits += 1;
  for (let rest = price; rest < 0.1; rest *= 10) digits -= 1;
  return digits;
}

function stepDecimals(price: number): number {
  return Math.min(DECIMALS_MAX, Math.max(0, PRICE_DIGITS - wholeDigits(price)));
}
