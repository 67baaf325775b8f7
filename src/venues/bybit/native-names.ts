/**
 * How Bybit spells markets: `BTCUSDT` (spot and perpetual alike), `BTCPERP` (perpetual in USDC),
 * `BTC-26DEC25` (dated, in USDC), `BTCUSDT-26DEC25` (dated, in USDT).
 */
import { expiryText } from '../kit/expiry-date.ts';

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DATED = /^([^-]+)-(\d{1,2})([A-Z]{3})(\d{2})$/;
const USDC = 'USDC';

export function nativePair(category: 'spot' | 'linear', base: string, quote: string): string {
  return category === 'linear' && quote === USDC ? `${base}PERP` : `${base}${quote}`;
}

/** The name of a dated contract; `expiry` is `YYMMDD`. */
export function nativeDated(base: string, quote: string, expiry: string): string {
  const month = MONTHS[Number(expiry.slice(2, 4)) - 1] ?? '';
  const pair = quote === USDC ? base : `${base}${quote}`;
  return `${pair}-${Number(expiry.slice(4, 6))}${month}${expiry.slice(0, 2)}`;
}

export interface DatedName {
  /** What stands before the date: `BTC` or `BTCUSDT`. */
  readonly pair: string;
  /** `YYMMDD`. */
  readonly expiry: string;
}

/** Parts of a dated contract's name, or undefined when it is none. */
export function parseDated(native: string): DatedName | undefined {
  const [, pair, day, month = '', year] = DATED.exec(native) ?? [];
  const expiry = expiryText(Number(year), MONTHS.indexOf(month) + 1, Number(day));
  return pair === undefined || expiry === undefined ? undefined : { pair, expiry };
}
