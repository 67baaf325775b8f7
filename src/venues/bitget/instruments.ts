/** Rows of the market lists: what the venue says of its markets. */
import { canonicalSymbol, type InstrumentMeta } from '../../model/instrument.ts';
import { type JsonObject, readDecimalText } from '../kit/json-fields.ts';
import type { BitgetFeed } from './feeds.ts';

const PLACES_MAX = 20;

/** Undefined for a kind of market that is not recorded. */
export function readInstrument(
  feed: BitgetFeed,
  row: JsonObject | undefined,
): InstrumentMeta | 'malformed' | undefined {
  if (row === undefined) return 'malformed';
  const { symbol, baseCoin: base, quoteCoin: quote } = row;
  const status = feed.isFutures ? row.symbolStatus : row.status;
  if (typeof symbol !== 'string' || typeof status !== 'string') return 'malformed';
  if (typeof base !== 'string' || typeof quote !== 'string') return 'malformed';
  if (base === '' || quote === '' || (feed.isFutures && row.symbolType !== 'perpetual')) {
    return undefined;
  }
  return {
    venue: 'bitget',
    symbol: canonicalSymbol({ base, quote }),
    marketType: feed.isFutures ? 'perp' : 'spot',
    venueSymbol: symbol,
    base,
    quote,
    tickSize: feed.isFutures ? futuresTick(row) : stepOf(row.pricePrecision, 1),
    lotSize: feed.isFutures ? positive(row.sizeMultiplier) : stepOf(row.quantityPrecision, 1),
    // Sizes are in base units.
    contractSize: 1,
    status,
  };
}

/** `priceEndStep` units of the last of `pricePlace` decimals. */
function futuresTick(row: JsonObject): number | null {
  const units = positive(row.priceEndStep);
  return units === null ? null : stepOf(row.pricePlace, units);
}

function stepOf(places: unknown, units: number): number | null {
  const count = readDecimalText(places);
  if (!Number.isInteger(count) || count > PLACES_MAX) return null;
  return units / 10 ** count;
}

function positive(value: unknown): number | null {
  const number = readDecimalText(value);
  return number > 0 ? number : null;
}
