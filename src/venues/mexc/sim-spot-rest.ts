/**
 * MEXC spot's REST as the embedded exchange answers it: market list, book snapshots, trades of a
 * time without their ids, as the venue has them.
 */
import { US_PER_MS } from '../../base/clock.ts';
import type {
  SimHost,
  SimInstrument,
  SimRestAnswer,
  SimRestRequest,
  SimTrade,
} from '../sim-contract.ts';
import { DEALS, dealLots } from './sim-ids.ts';

const PREFIX = '/api/v3/';
const TRADES_MAX = 1000;
const TRADES_DEFAULT = 500;
const DEPTH_MAX = 5000;
const DEPTH_DEFAULT = 100;
const BAD_SYMBOL = '{"code":10007,"msg":"bad symbol"}';

export class SpotSimRest {
  readonly #host: SimHost;
  readonly #bySymbol: ReadonlyMap<string, SimInstrument>;
  readonly #trade: SimTrade = { number: 0, tsUs: 0, ticks: 0, lots: 0, isSell: false };

  constructor(host: SimHost) {
    this.#host = host;
    this.#bySymbol = new Map(host.instruments.map((each) => [each.listing.venueSymbol, each]));
  }

  weight({ path }: SimRestRequest): number {
    return path.endsWith('/exchangeInfo') ? 10 : 5;
  }

  answer({ path, query }: SimRestRequest): SimRestAnswer {
    const endpoint = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : '';
    const nowMs = Math.floor(this.#host.nowUs() / US_PER_MS);
    if (endpoint === 'ping') return { status: 200, body: '{}' };
    if (endpoint === 'time') return { status: 200, body: `{"serverTime":${nowMs}}` };
    if (endpoint === 'exchangeInfo') return { status: 200, body: this.#info(nowMs) };
    if (endpoint !== 'depth' && endpoint !== 'aggTrades') {
      return { status: 404, body: '{"code":404,"msg":"Not Found"}' };
    }
    const instrument = this.#bySymbol.get(query.get('symbol') ?? '');
    if (instrument === undefined) return { status: 400, body: BAD_SYMBOL };
    const body = endpoint === 'depth' ? depth(instrument, query) : this.#trades(instrument, query);
    return body === undefined
      ? { status: 400, body: '{"code":700004,"msg":"Param missing or illegal"}' }
      : { status: 200, body };
  }

  refusal(retryAfterSeconds: number): SimRestAnswer {
    return {
      status: 429,
      body: '{"code":429,"msg":"Too Many Requests"}',
      headers: { 'Retry-After': String(retryAfterSeconds) },
    };
  }

  /** Both ends of the time are wanted, or neither: then the newest. The oldest come first. */
  #trades(instrument: SimInstrument, query: URLSearchParams): string | undefined {
    const start = query.get('startTime');
    const end = query.get('endTime');
    if ((start === null) !== (end === null)) return undefined;
    const limit = Math.min(TRADES_MAX, Number(query.get('limit') ?? TRADES_DEFAULT));
    const newest = instrument.newestTrade();
    const fewest = Math.ceil(limit / DEALS);
    const from =
      start === null
        ? Math.max(0, newest - fewest + 1)
        : instrument.tradeFrom(Number(start) * US_PER_MS);
    const last =
      end === null
        ? newest
        : Math.min(newest, instrument.tradeFrom((Number(end) + 1) * US_PER_MS) - 1);
    const rows: string[] = [];
    for (let number = from; number <= last && rows.length < limit; number += 1) {
      instrument.readTrade(number, this.#trade);
      const { ticks, tsUs, isSell } = this.#trade;
      for (const lots of dealLots(this.#trade)) {
        if (rows.length === limit) break;
        rows.push(
          `{"a":null,"f":null,"l":null,"p":"${instrument.priceText(ticks)}"` +
            `,"q":"${instrument.sizeText(lots)}","T":${tsUs / US_PER_MS},"m":${isSell},"M":true}`,
        );
      }
    }
    return `[${rows.join(',')}]`;
  }

  #info(nowMs: number): string {
    return JSON.stringify({
      timezone: 'CST',
      serverTime: nowMs,
      rateLimits: [],
      exchangeFilters: [],
      symbols: this.#host.instruments.map(({ listing }) => ({
        symbol: listing.venueSymbol,
        status: '1',
        baseAsset: listing.base,
        baseAssetPrecision: listing.lot.decimals,
        quoteAsset: listing.quote,
        quotePrecision: listing.tick.decimals,
        quoteAssetPrecision: listing.tick.decimals,
        baseSizePrecision: '0',
        quoteAmountPrecision: '1',
        orderTypes: ['LIMIT', 'MARKET'],
        isSpotTradingAllowed: true,
        permissions: ['SPOT'],
        filters: [],
      })),
    });
  }
}

function depth(instrument: SimInstrument, query: URLSearchParams): string {
  const limit = Math.min(DEPTH_MAX, Number(query.get('limit') ?? DEPTH_DEFAULT));
  const { id, tsUs, bids, asks } = instrument.snapshot();
  const sides = [bids, asks].map((side) => {
    const rows: string[] = [];
    for (let i = 0; i < Math.min(side.length, limit * 2); i += 2) {
      const price = instrument.priceText(side[i] as number);
      rows.push(`["${price}","${instrument.sizeText(side[i + 1] as number)}"]`);
    }
    return rows.join(',');
  });
  const timestamp = Math.floor(tsUs / US_PER_MS);
  const levels = `"bids":[${sides[0]}],"asks":[${sides[1]}]`;
  return `{"lastUpdateId":${id},${levels},"timestamp":${timestamp}}`;
}
