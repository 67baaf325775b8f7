/** `exchangeInfo`: what the venue says of its markets and of its REST budget. */
import { parseDecimalText } from '../../base/decimal.ts';
import { canonicalSymbol, type InstrumentMeta, type MarketType } from '../../model/instrument.ts';
import type { BinanceFeed } from './feeds.ts';
import { type JsonObject, readObject } from './json-fields.ts';
import { expiryOf } from './symbols.ts';

const PERPETUAL: ReadonlySet<unknown> = new Set(['PERPETUAL', 'TRADIFI_PERPETUAL']);
const DATED: ReadonlySet<unknown> = new Set(['CURRENT_QUARTER', 'NEXT_QUARTER']);
const MINUTES: Readonly<Record<string, number>> = {
  SECOND: 1 / 60,
  MINUTE: 1,
  HOUR: 60,
  DAY: 1440,
};

export interface InstrumentList {
  readonly list: readonly InstrumentMeta[];
  /** The REST budget the venue states, if it does. */
  readonly weightPerMinute: number | undefined;
}

/** All markets of the answer that we have a market type for; undefined when it is none. */
export function decodeInstruments(feed: BinanceFeed, body: unknown): InstrumentList | undefined {
  const answer = readObject(body);
  if (answer === undefined || !Array.isArray(answer.symbols)) return undefined;
  const list: InstrumentMeta[] = [];
  for (const row of answer.symbols) {
    const market = readObject(row);
    if (market === undefined) return undefined;
    const { symbol, baseAsset, quoteAsset } = market;
    // COIN-M has a name of its own for it.
    const status = market.status ?? market.contractStatus;
    if (typeof symbol !== 'string' || typeof status !== 'string') return undefined;
    if (typeof baseAsset !== 'string' || typeof quoteAsset !== 'string') return undefined;
    const kind = marketKind(feed, market, symbol);
    if (kind === undefined) continue;
    const contractSize = feed.isInverse ? market.contractSize : 1;
    if (typeof contractSize !== 'number' || !(contractSize > 0)) return undefined;
    const parts = { base: baseAsset, quote: quoteAsset };
    const { expiry } = kind;
    list.push({
      venue: 'binance',
      symbol: canonicalSymbol(expiry === undefined ? parts : { ...parts, expiry }),
      marketType: kind.marketType,
      venueSymbol: symbol,
      base: baseAsset,
      quote: quoteAsset,
      tickSize: filterValue(market, 'PRICE_FILTER', 'tickSize'),
      lotSize: filterValue(market, 'LOT_SIZE', 'stepSize'),
      contractSize,
      status,
    });
  }
  return { list, weightPerMinute: weightPerMinute(answer.rateLimits) };
}

interface MarketKind {
  readonly marketType: MarketType;
  readonly expiry: string | undefined;
}

/** Undefined for contract types we have no name for (a futures listing announced without type). */
function marketKind(feed: BinanceFeed, market: JsonObject, symbol: string): MarketKind | undefined {
  if (!feed.isFutures) return { marketType: 'spot', expiry: undefined };
  if (PERPETUAL.has(market.contractType)) return { marketType: 'perp', expiry: undefined };
  const expiry = expiryOf(symbol);
  if (!DATED.has(market.contractType) || expiry === undefined) return undefined;
  return { marketType: 'future', expiry };
}

/** Value of a market's filter; null when it is absent, or zero, by which the venue means "none". */
function filterValue(market: JsonObject, filterType: string, field: string): number | null {
  if (!Array.isArray(market.filters)) return null;
  for (const each of market.filters) {
    const filter = readObject(each);
    if (filter?.filterType !== filterType) continue;
    const text = filter[field];
    const value = typeof text === 'string' ? parseDecimalText(text) : Number.NaN;
    return value > 0 ? value : null;
  }
  return null;
}

/** REQUEST_WEIGHT of the list, per minute; the tightest when there are several. */
function weightPerMinute(rateLimits: unknown): number | undefined {
  if (!Array.isArray(rateLimits)) return undefined;
  let tightest: number | undefined;
  for (const each of rateLimits) {
    const rule = readObject(each);
    if (rule?.rateLimitType !== 'REQUEST_WEIGHT' || typeof rule.interval !== 'string') continue;
    const minutes = Object.hasOwn(MINUTES, rule.interval) ? MINUTES[rule.interval] : undefined;
    const { intervalNum, limit } = rule;
    if (minutes === undefined || typeof intervalNum !== 'number' || typeof limit !== 'number') {
      continue;
    }
    const perMinute = Math.floor(limit / (minutes * intervalNum));
    if (perMinute > 0) tightest = Math.min(tightest ?? perMinute, perMinute);
  }
  return tightest;
}
