/**
 * Hyperliquid's `POST /info` as the embedded exchange answers it: the lists of markets, the newest
 * trades of a coin and its book. How many trades `recentTrades` gives is not documented; few here.
 */
import { US_PER_MS } from '../../base/clock.ts';
import type {
  SimHost,
  SimInstrument,
  SimRestAnswer,
  SimRestRequest,
  SimTrade,
} from '../sim-contract.ts';
import { tradeRow } from './sim-streams.ts';

export const RECENT_TRADES = 10;
const BOOK_LEVELS = 20;
const MALFORMED = '"Failed to deserialize the JSON body into the target type"';
/** Index of each token of the pairs in the list; the first is USDC. */
const TOKEN_STEP = 7;

export class SimRest {
  readonly #byCoin = new Map<string, SimInstrument>();
  readonly #instruments: readonly SimInstrument[];
  readonly #trade: SimTrade = { number: 0, tsUs: 0, ticks: 0, lots: 0, isSell: false };

  constructor(host: SimHost) {
    this.#instruments = host.instruments;
    for (const each of host.instruments) this.#byCoin.set(each.listing.venueSymbol, each);
  }

  weight({ body }: SimRestRequest): number {
    const asked = parse(body);
    if (asked?.type === 'l2Book') return 2;
    return asked?.type === 'recentTrades' ? 20 + Math.ceil(RECENT_TRADES / 20) : 20;
  }

  answer({ method, path, body }: SimRestRequest): SimRestAnswer {
    if (path !== '/info') return { status: 404, body: '' };
    if (method !== 'POST') return { status: 405, body: '' };
    const asked = parse(body);
    switch (asked?.type) {
      case 'meta':
        return ok(this.#meta(asked.dex));
      case 'spotMeta':
        return ok(this.#spotMeta());
      case 'recentTrades':
        return this.#recentTrades(asked.coin);
      case 'l2Book':
        return this.#book(asked.coin);
      default:
        return { status: 422, body: MALFORMED };
    }
  }

  refusal(retryAfterSeconds: number): SimRestAnswer {
    return { status: 429, body: 'null', headers: { 'Retry-After': String(retryAfterSeconds) } };
  }

  /** Newest first. A coin nobody lists: the server errs, without a word. */
  #recentTrades(coin: unknown): SimRestAnswer {
    const instrument = this.#byCoin.get(String(coin));
    if (instrument === undefined) return { status: 500, body: 'null' };
    const rows: string[] = [];
    const newest = instrument.newestTrade();
    for (let number = newest; number >= 0 && rows.length < RECENT_TRADES; number -= 1) {
      instrument.readTrade(number, this.#trade);
      rows.push(tradeRow(instrument, this.#trade));
    }
    return ok(`[${rows.join(',')}]`);
  }

  #book(coin: unknown): SimRestAnswer {
    const instrument = this.#byCoin.get(String(coin));
    if (instrument === undefined) return ok('null');
    const { tsUs, bids, asks } = instrument.snapshot();
    const levels = [bids, asks].map((side) => {
      const rows: object[] = [];
      for (let i = 0; i < Math.min(side.length, 2 * BOOK_LEVELS); i += 2) {
        const px = instrument.priceText(side[i] as number);
        rows.push({ px, sz: instrument.sizeText(side[i + 1] as number), n: 1 });
      }
      return rows;
    });
    return ok(JSON.stringify({ coin, time: Math.floor(tsUs / US_PER_MS), levels }));
  }

  #meta(dex: unknown): string {
    if (dex !== undefined && dex !== '') return 'null';
    const perps = this.#instruments.filter((each) => each.listing.marketType === 'perp');
    return JSON.stringify({
      universe: perps.map(({ listing }) => ({
        szDecimals: listing.lot.decimals,
        name: listing.venueSymbol,
        maxLeverage: 40,
        marginTableId: 56,
      })),
      marginTables: [],
      collateralToken: 0,
    });
  }

  #spotMeta(): string {
    const pairs = this.#instruments.filter((each) => each.listing.marketType === 'spot');
    const usdc = { name: 'USDC', szDecimals: 8, weiDecimals: 8, index: 0, isCanonical: true };
    // Not in the order of their indexes: they are looked up by the field.
    const tokens = pairs.map(({ listing }, i) => ({
      name: listing.base,
      szDecimals: listing.lot.decimals,
      weiDecimals: 8,
      index: (i + 1) * TOKEN_STEP,
      isCanonical: i === 0,
    }));
    const universe = pairs.map(({ listing }, i) => ({
      tokens: [(i + 1) * TOKEN_STEP, 0],
      name: listing.venueSymbol,
      index: Number(/^@(\d+)$/.exec(listing.venueSymbol)?.[1] ?? 0),
      isCanonical: i === 0,
    }));
    return JSON.stringify({ universe, tokens: [...tokens.reverse(), usdc] });
  }
}

export function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function ok(body: string): SimRestAnswer {
  return { status: 200, body };
}
