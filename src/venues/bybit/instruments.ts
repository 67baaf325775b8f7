/** Rows of `instruments-info`: what the venue says of its markets. */
import { canonicalSymbol, type InstrumentMeta, type MarketType } from '../../model/instrument.ts';
import { type JsonObject, readDecimalText, readObject } from '../kit/json-fields.ts';
import type { BybitFeed } from './feeds.ts';
import { parseDated } from './native-names.ts';

interface MarketKind {
  readonly marketType: MarketType;
  readonly expiry: string | undefined;
}

/** Undefined for a kind of contract we have no name for. */
export function readInstrument(
  feed: BybitFeed,
  row: JsonObject | undefined,
): InstrumentMeta | 'malformed' | undefined {
  if (row === undefined) return 'malformed';
  const { symbol, baseCoin, quoteCoin, status } = row;
  if (typeof symbol !== 'string' || typeof status !== 'string') return 'malformed';
  if (typeof baseCoin !== 'string' || typeof quoteCoin !== 'string') return 'malformed';
  const kind = marketKind(feed, row.contractType, symbol);
  if (kind === undefined || baseCoin === '' || quoteCoin === '') return undefined;
  const parts = { base: baseCoin, quote: quoteCoin };
  const { expiry, marketType } = kind;
  const lot = readObject(row.lotSizeFilter);
  return {
    venue: 'bybit',
    symbol: canonicalSymbol(expiry === undefined ? parts : { ...parts, expiry }),
    marketType,
    venueSymbol: symbol,
    base: baseCoin,
    quote: quoteCoin,
    tickSize: positive(readObject(row.priceFilter)?.tickSize),
    lotSize: positive(feed.isDerivative ? lot?.qtyStep : lot?.basePrecision),
    // Linear sizes are in base units.
    contractSize: 1,
    status,
  };
}

function marketKind(feed: BybitFeed, type: unknown, symbol: string): MarketKind | undefined {
  if (!feed.isDerivative) return { marketType: 'spot', expiry: undefined };
  if (type === 'LinearPerpetual') return { marketType: 'perp', expiry: undefined };
  const expiry = parseDated(symbol)?.expiry;
  if (type !== 'LinearFutures' || expiry === undefined) return undefined;
  return { marketType: 'future', expiry };
}

function positive(value: unknown): number | null {
  const number = readDecimalText(value);
  return number > 0 ? number : null;
}
