/** MEXC's lists of markets: spot's `exchangeInfo`, the contracts' `detail`. */
import { parseDecimalText } from '../../base/decimal.ts';
import { canonicalSymbol, type InstrumentMeta } from '../../model/instrument.ts';
import { type JsonObject, readId, readNumber, readObject } from '../kit/json-fields.ts';
import { linearUnits } from './contract-size.ts';
import { pairOf } from './symbols.ts';

/** Spot says its states by number; the document's own sample prints a word. */
const SPOT_STATES: Readonly<Record<string, string>> = { 1: 'online', 2: 'paused', 3: 'offline' };
const CONTRACT_STATES = ['enabled', 'delivery', 'delivered', 'offline', 'paused'];
const DECIMALS_MAX = 22;

/** Undefined when the answer is no such list. */
export function decodeSpotInstruments(body: unknown): InstrumentMeta[] | undefined {
  const symbols = readObject(body)?.symbols;
  if (!Array.isArray(symbols)) return undefined;
  const list: InstrumentMeta[] = [];
  for (const row of symbols) {
    const market = readObject(row);
    if (market === undefined) return undefined;
    const { symbol, baseAsset: base, quoteAsset: quote } = market;
    const status = String(market.status);
    if (typeof symbol !== 'string' || typeof base !== 'string' || typeof quote !== 'string') {
      return undefined;
    }
    list.push({
      venue: 'mexc',
      symbol: canonicalSymbol({ base, quote }),
      marketType: 'spot',
      venueSymbol: symbol,
      base,
      quote,
      tickSize: stepOf(market.quotePrecision),
      lotSize: spotLot(market),
      contractSize: 1,
      status: Object.hasOwn(SPOT_STATES, status) ? (SPOT_STATES[status] ?? status) : status,
    });
  }
  return list;
}

export interface ContractList {
  readonly list: readonly InstrumentMeta[];
  /** Native names of inverse contracts: their size is in the quote currency. */
  readonly inverse: ReadonlySet<string>;
}

/** `data` is an array, or one market alone where a symbol was asked for. */
export function decodeContracts(data: unknown): ContractList | undefined {
  const rows: readonly unknown[] = Array.isArray(data) ? data : [data];
  const list: InstrumentMeta[] = [];
  const inverse = new Set<string>();
  for (const row of rows) {
    const market = readObject(row);
    if (market === undefined) return undefined;
    const { symbol, baseCoin: base, quoteCoin: quote, settleCoin } = market;
    const contractSize = readNumber(market.contractSize);
    if (typeof symbol !== 'string' || typeof base !== 'string' || typeof quote !== 'string') {
      return undefined;
    }
    if (!(contractSize > 0)) return undefined;
    // Names of more parts than a pair (dated contracts) are none that we have a name for.
    if (pairOf(symbol) === undefined) continue;
    const isInverse = settleCoin === base;
    if (isInverse) inverse.add(symbol);
    const lot = readNumber(market.volUnit);
    const tick = readNumber(market.priceUnit);
    const state = readId(market.state);
    list.push({
      venue: 'mexc',
      symbol: canonicalSymbol({ base, quote }),
      marketType: 'perp',
      venueSymbol: symbol,
      base,
      quote,
      tickSize: tick > 0 ? tick : null,
      lotSize: lot > 0 ? (isInverse ? lot : linearUnits(lot, contractSize)) : null,
      contractSize,
      status: CONTRACT_STATES[state] ?? String(market.state),
    });
  }
  return { list, inverse };
}

/** The least quantity where the venue states one, else its digits: a rule of clients. */
function spotLot(market: JsonObject): number | null {
  const { baseSizePrecision } = market;
  const least = typeof baseSizePrecision === 'string' ? parseDecimalText(baseSizePrecision) : 0;
  return least > 0 ? least : stepOf(market.baseAssetPrecision);
}

function stepOf(decimals: unknown): number | null {
  const count = readId(decimals);
  return count >= 0 && count <= DECIMALS_MAX ? Number(`1e-${count}`) : null;
}
