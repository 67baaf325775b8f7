/**
 * The venue's lists of markets: `meta` of the main dex and of each builder dex in use, `spotMeta`
 * for the pairs. Each is an answer of its own; what the session gets is all of them together, so
 * nothing is handed on before the last came.
 *
 * A name can mean another market than was asked for: `@107` is another pair on the test network,
 * and a builder's dex may be settled in another coin. Such an instrument is left out of the list,
 * which the session reports, and its frames are refused: silence is better than another's trades.
 */
import {
  canonicalSymbol,
  type Instrument,
  type InstrumentMeta,
  parseCanonicalSymbol,
} from '../../model/instrument.ts';
import { type JsonObject, readId, readObject } from '../kit/json-fields.ts';
import { PERP_QUOTE } from './catalogue.ts';
import { dexOf, perpBase } from './symbols.ts';

/** `''` is the main dex, `spot` cannot be one: dex names are told by the venue, in lower case. */
export type ListKey = `dex:${string}` | 'spot';

/** USDC, in which the main dex settles. */
const MAIN_COLLATERAL = 0;
const SIZE_DECIMALS_MAX = 22;

interface Perps {
  readonly collateral: number;
  readonly markets: readonly {
    readonly name: string;
    readonly lotSize: number;
    readonly status: string;
  }[];
}

interface Spot {
  /** By the token's own index, which is not its place in the list. */
  readonly tokens: ReadonlyMap<number, string>;
  readonly pairs: readonly InstrumentMeta[];
}

export class MarketLists {
  readonly keys: readonly ListKey[];
  readonly #instruments: readonly Instrument[];
  readonly #perps = new Map<string, Perps>();
  #spot: Spot | undefined;

  constructor(instruments: readonly Instrument[]) {
    this.#instruments = instruments;
    const perps = instruments.filter((each) => each.marketType === 'perp');
    const dexes = new Set(perps.map((each) => dexOf(each.venueSymbol)));
    const keys = [...dexes].sort().map((dex): ListKey => `dex:${dex}`);
    // Collateral is named by token index, and only the spot list has the tokens' names.
    const needsTokens = perps.length < instruments.length || [...dexes].some((dex) => dex !== '');
    this.keys = needsTokens ? [...keys, 'spot'] : keys;
  }

  /** Takes one list; false when it is not one. */
  take(key: ListKey, body: unknown): boolean {
    const answer = readObject(body);
    if (answer === undefined) return false;
    if (key === 'spot') {
      const spot = readSpot(answer);
      if (spot !== undefined) this.#spot = spot;
      return spot !== undefined;
    }
    const perps = readPerps(answer);
    if (perps !== undefined) this.#perps.set(key.slice('dex:'.length), perps);
    return perps !== undefined;
  }

  /** All markets by the names the venue gives them; undefined until every list is there. */
  all(): readonly InstrumentMeta[] | undefined {
    if (this.keys.includes('spot') && this.#spot === undefined) return undefined;
    const list: InstrumentMeta[] = [...(this.#spot?.pairs ?? [])];
    for (const key of this.keys) {
      if (key === 'spot') continue;
      const dex = this.#perps.get(key.slice('dex:'.length));
      if (dex === undefined) return undefined;
      const quote = this.#collateralName(dex.collateral);
      if (quote === undefined) continue;
      for (const { name, lotSize, status } of dex.markets) {
        const base = perpBase(name);
        const meta = describe(name, base, quote, 'perp', lotSize, status);
        if (meta !== undefined) list.push(meta);
      }
    }
    return list;
  }

  /** Recorded instruments whose name is another market's in `list`. */
  misnamed(list: readonly InstrumentMeta[]): readonly Instrument[] {
    const symbols = new Map(list.map((meta) => [meta.venueSymbol, meta.symbol]));
    return this.#instruments.filter(({ venueSymbol, symbol }) => {
      const listed = symbols.get(venueSymbol);
      return listed !== undefined && listed !== symbol;
    });
  }

  #collateralName(token: number): string | undefined {
    return token === MAIN_COLLATERAL ? PERP_QUOTE : this.#spot?.tokens.get(token);
  }
}

function readPerps(answer: JsonObject): Perps | undefined {
  const { universe, collateralToken = MAIN_COLLATERAL } = answer;
  const collateral = readId(collateralToken);
  if (!Array.isArray(universe) || collateral < 0) return undefined;
  const markets: Perps['markets'][number][] = [];
  for (const row of universe) {
    const market = readObject(row);
    const lotSize = readLotSize(market?.szDecimals);
    if (market === undefined || typeof market.name !== 'string' || lotSize < 0) return undefined;
    // The flag is absent or null where it does not hold.
    const status = market.isDelisted === true ? 'delisted' : 'active';
    markets.push({ name: market.name, lotSize, status });
  }
  return { collateral, markets };
}

function readSpot(answer: JsonObject): Spot | undefined {
  if (!Array.isArray(answer.tokens) || !Array.isArray(answer.universe)) return undefined;
  const tokens = new Map<number, string>();
  const lotSizes = new Map<number, number>();
  for (const row of answer.tokens) {
    const token = readObject(row);
    const index = readId(token?.index);
    const lotSize = readLotSize(token?.szDecimals);
    if (typeof token?.name !== 'string' || index < 0 || lotSize < 0) return undefined;
    tokens.set(index, token.name);
    lotSizes.set(index, lotSize);
  }
  const pairs: InstrumentMeta[] = [];
  for (const row of answer.universe) {
    const pair = readObject(row);
    if (typeof pair?.name !== 'string' || !Array.isArray(pair.tokens)) return undefined;
    const [baseIndex, quoteIndex] = pair.tokens.map(readId);
    const base = tokens.get(baseIndex ?? -1);
    const quote = tokens.get(quoteIndex ?? -1);
    const lotSize = lotSizes.get(baseIndex ?? -1);
    if (base === undefined || quote === undefined || lotSize === undefined) return undefined;
    const meta = describe(pair.name, base, quote, 'spot', lotSize, 'active');
    if (meta !== undefined) pairs.push(meta);
  }
  return { tokens, pairs };
}

/** 10^-szDecimals, else -1. */
function readLotSize(szDecimals: unknown): number {
  const decimals = readId(szDecimals);
  return decimals < 0 || decimals > SIZE_DECIMALS_MAX ? -1 : Number(`1e-${decimals}`);
}

/** Undefined for a market whose names make no canonical symbol. */
function describe(
  venueSymbol: string,
  base: string,
  quote: string,
  marketType: 'perp' | 'spot',
  lotSize: number,
  status: string,
): InstrumentMeta | undefined {
  const symbol = canonicalSymbol({ base, quote });
  if (parseCanonicalSymbol(symbol) === undefined) return undefined;
  return {
    venue: 'hyperliquid',
    symbol,
    marketType,
    venueSymbol,
    base,
    quote,
    // Five significant digits and a limit of decimals: there is no fixed tick.
    tickSize: null,
    lotSize,
    contractSize: 1,
    status,
  };
}
