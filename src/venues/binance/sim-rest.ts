/**
 * Binance's REST as the embedded exchange answers it: market list, book snapshots, trades of any id
 * of the past, klines. Weights, limits and error bodies are those of the documents.
 */
import { US_PER_MS, US_PER_SECOND } from '../../base/clock.ts';
import type {
  SimHost,
  SimInstrument,
  SimListing,
  SimRestAnswer,
  SimRestRequest,
  SimTrade,
} from '../sim-contract.ts';
import { nameOf, priceOf, type SimFlavour, type SimNaming, sizeOf } from './sim-flavour.ts';
import { klineRows } from './sim-klines.ts';

const ROWS_MAX = 1000;
const ROWS_DEFAULT = 500;
const DAY_US = 86_400 * US_PER_SECOND;
const HOUR_US = 3600 * US_PER_SECOND;

class RestError {
  readonly code: number;
  readonly msg: string;

  constructor(code: number, msg: string) {
    this.code = code;
    this.msg = msg;
  }
}

type Body = string | RestError;

export class SimRest {
  readonly #host: SimHost;
  readonly #flavour: SimFlavour;
  readonly #isFutures: boolean;
  readonly #bySymbol = new Map<string, SimNaming>();
  readonly #trade: SimTrade = { number: 0, tsUs: 0, ticks: 0, lots: 0, isSell: false };
  #exchangeInfo: string | undefined;

  constructor(host: SimHost, flavour: SimFlavour) {
    this.#host = host;
    this.#flavour = flavour;
    this.#isFutures = flavour.isFutures;
    for (const each of host.instruments) {
      this.#bySymbol.set(each.listing.venueSymbol, nameOf(each, flavour));
    }
  }

  weight(request: SimRestRequest): number {
    const isFutures = this.#isFutures;
    const limit = Number(request.query.get('limit') ?? ROWS_DEFAULT);
    switch (this.#endpoint(request)) {
      case 'exchangeInfo':
        return isFutures ? 1 : 20;
      case 'depth':
        if (isFutures) return limit <= 50 ? 2 : limit <= 100 ? 5 : limit <= 500 ? 10 : 20;
        return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250;
      case 'historicalTrades':
        return isFutures ? 20 : 25;
      case 'trades':
        return isFutures ? 5 : 25;
      case 'aggTrades':
        return isFutures ? 20 : 4;
      case 'klines':
        if (!isFutures) return 2;
        return limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1000 ? 5 : 10;
      default:
        return 1;
    }
  }

  answer(request: SimRestRequest, usedWeight: number): SimRestAnswer {
    const headers = { 'X-MBX-USED-WEIGHT-1M': String(usedWeight) };
    const body = this.#body(request);
    if (typeof body === 'string') return { status: 200, body, headers };
    const status = body.code === -1 ? 404 : body.code === -2014 ? 401 : 400;
    return { status, body: JSON.stringify({ code: body.code, msg: body.msg }), headers };
  }

  refusal(retryAfterSeconds: number): SimRestAnswer {
    return {
      status: 429,
      body: '{"code":-1003,"msg":"Too many requests; the limit of request weight is exceeded."}',
      headers: { 'Retry-After': String(retryAfterSeconds) },
    };
  }

  #endpoint(request: SimRestRequest): string {
    const { path } = request;
    const { restPrefix } = this.#flavour;
    return path.startsWith(restPrefix) ? path.slice(restPrefix.length) : '';
  }

  #body(request: SimRestRequest): Body {
    const { query } = request;
    const endpoint = this.#endpoint(request);
    if (endpoint === 'ping') return '{}';
    if (endpoint === 'time') return `{"serverTime":${this.#nowMs()}}`;
    if (endpoint === 'exchangeInfo') return this.#info();
    if (!this.#endpoints().includes(endpoint)) {
      return new RestError(-1, 'Path not found.');
    }
    const symbol = query.get('symbol');
    if (symbol === null) {
      return new RestError(-1102, "Mandatory parameter 'symbol' was not sent, was empty/null.");
    }
    const naming = this.#bySymbol.get(symbol);
    if (naming === undefined) return new RestError(-1121, 'Invalid symbol.');
    for (const name of ['limit', 'fromId', 'startTime', 'endTime']) {
      const text = query.get(name);
      if (text !== null && !/^\d{1,16}$/.test(text)) {
        return new RestError(-1100, `Illegal characters found in parameter '${name}'.`);
      }
    }
    if (endpoint === 'historicalTrades' && this.#isFutures) {
      // Spot gives it to anyone, futures to holders of a key only; nobody has one here.
      return new RestError(-2014, 'API-key format invalid.');
    }
    switch (endpoint) {
      case 'depth':
        return this.#depth(naming, Number(query.get('limit') ?? (this.#isFutures ? 500 : 100)));
      case 'aggTrades':
        return this.#aggTrades(naming, query);
      case 'klines':
        return klineRows(naming.instrument, query, this.#host.nowUs(), [
          naming.pricePad,
          naming.sizePad,
        ]);
      case 'openInterest':
        return this.#openInterest(naming);
      default:
        return this.#trades(naming, query, endpoint === 'historicalTrades');
    }
  }

  /** Klines of COIN-M have their volume the other way round; nobody asks for them here. */
  #endpoints(): readonly string[] {
    const { isFutures, isInverse } = this.#flavour;
    const all = ['depth', 'historicalTrades', 'trades', 'aggTrades'];
    if (isFutures) all.push('openInterest');
    return isInverse ? all : [...all, 'klines'];
  }

  #openInterest({ instrument, symbol, pair, isInverse }: SimNaming): Body {
    // Any number will do that moves and has the unit of sizes.
    const lots = 1_000_000 + (instrument.newestTrade() % 1_000);
    const value = isInverse ? String(lots) : instrument.sizeText(lots);
    const more = isInverse ? `,"pair":"${pair}","contractType":"PERPETUAL"` : '';
    return `{"symbol":"${symbol}","openInterest":"${value}","time":${this.#nowMs()}${more}}`;
  }

  #depth(naming: SimNaming, limit: number): Body {
    const { id, tsUs, bids, asks } = naming.instrument.snapshot();
    const ms = Math.floor(tsUs / US_PER_MS);
    const times = this.#isFutures ? `"E":${ms},"T":${ms},` : '';
    const sides = [bids, asks].map((side) => {
      const rows: string[] = [];
      for (let i = 0; i < Math.min(side.length, limit * 2); i += 2) {
        const price = priceOf(naming, side[i] as number);
        rows.push(`["${price}","${sizeOf(naming, side[i + 1] as number)}"]`);
      }
      return `[${rows.join(',')}]`;
    });
    return `{"lastUpdateId":${id},${times}"bids":${sides[0]},"asks":${sides[1]}}`;
  }

  /** Ids are those of fills: two a trade for futures. */
  #trades(naming: SimNaming, query: URLSearchParams, takesFromId: boolean): Body {
    const { instrument, isInverse } = naming;
    const limit = rowLimit(query);
    const perTrade = this.#isFutures ? 2 : 1;
    const base = instrument.idBase * perTrade;
    const newest = (instrument.newestTrade() + 1) * perTrade - 1 + base;
    const fromId = takesFromId ? query.get('fromId') : null;
    const from = Math.max(base, fromId === null ? newest - limit + 1 : Number(fromId));
    const rows: string[] = [];
    for (let id = from; id <= newest && rows.length < limit; id += 1) {
      const trade = this.#read(instrument, Math.floor((id - base) / perTrade));
      const first = Math.floor(trade.lots / 2);
      const lots = perTrade === 1 ? trade.lots : id % 2 === 0 ? first : trade.lots - first;
      // COIN-M says what the contracts are in base units where the others say the notional.
      const worth = isInverse
        ? `"baseQty":"${instrument.baseSize(lots, trade.ticks).toFixed(8)}"`
        : `"quoteQty":"${product(trade.ticks, lots, instrument.listing)}"`;
      const match = this.#isFutures ? '' : ',"isBestMatch":true';
      rows.push(
        `{"id":${id},"price":"${priceOf(naming, trade.ticks)}"` +
          `,"qty":"${sizeOf(naming, lots)}",${worth}` +
          `,"time":${trade.tsUs / US_PER_MS},"isBuyerMaker":${trade.isSell}${match}}`,
      );
    }
    return `[${rows.join(',')}]`;
  }

  #aggTrades(naming: SimNaming, query: URLSearchParams): Body {
    const { instrument, isInverse } = naming;
    const { idBase } = instrument;
    const limit = rowLimit(query);
    const newest = instrument.newestTrade();
    const startTime = query.get('startTime');
    const endTime = query.get('endTime');
    const fromId = query.get('fromId');
    const endUs = endTime === null ? this.#host.nowUs() : Number(endTime) * US_PER_MS;
    const last = Math.min(newest, instrument.tradeFrom(endUs + US_PER_MS) - 1);
    let from = Math.max(0, last - limit + 1);
    if (fromId !== null) from = Math.max(0, Number(fromId) - idBase);
    else if (startTime !== null) {
      const startUs = Number(startTime) * US_PER_MS;
      if (this.#isFutures && endTime !== null && endUs - startUs > HOUR_US) {
        return new RestError(-1127, 'More than 1 hours between startTime and endTime.');
      }
      from = instrument.tradeFrom(startUs);
    }
    // The code is not documented; that older ones are refused is.
    const oldest = this.#isFutures ? instrument.tradeFrom(this.#host.nowUs() - DAY_US) : 0;
    if (from < oldest) return new RestError(-4166, 'Search window is restricted to 24 hours.');
    const to = Math.min(fromId !== null ? newest : last, from + limit - 1);
    const rows: string[] = [];
    for (let number = from; number <= to; number += 1) {
      const trade = this.#read(instrument, number);
      const a = idBase + number;
      const ids = this.#isFutures ? `"f":${2 * a},"l":${2 * a + 1}` : `"f":${a},"l":${a}`;
      const size = sizeOf(naming, trade.lots);
      const retail = this.#isFutures && !isInverse ? `,"nq":"${size}"` : '';
      const match = this.#isFutures ? '' : ',"M":true';
      rows.push(
        `{"a":${a},"p":"${priceOf(naming, trade.ticks)}","q":"${size}"${retail}` +
          `,${ids},"T":${trade.tsUs / US_PER_MS},"m":${trade.isSell}${match}}`,
      );
    }
    return `[${rows.join(',')}]`;
  }

  #read(instrument: SimInstrument, number: number): SimTrade {
    instrument.readTrade(number, this.#trade);
    return this.#trade;
  }

  #info(): string {
    this.#exchangeInfo ??= JSON.stringify({
      timezone: 'UTC',
      serverTime: this.#nowMs(),
      rateLimits: [
        {
          rateLimitType: 'REQUEST_WEIGHT',
          interval: 'MINUTE',
          intervalNum: 1,
          limit: this.#host.restWeightPerMinute,
        },
      ],
      exchangeFilters: [],
      symbols: [...this.#bySymbol.values()].map((each) => this.#describe(each)),
    });
    return this.#exchangeInfo;
  }

  #describe(naming: SimNaming): object {
    const { venueSymbol, base, quote, tick, lot, marketType, inverseValue } =
      naming.instrument.listing;
    const { isInverse, pair } = naming;
    const tickSize = priceOf(naming, 1);
    const stepSize = sizeOf(naming, 1);
    const names = { symbol: venueSymbol, baseAsset: base, quoteAsset: quote };
    const filters = [
      { filterType: 'PRICE_FILTER', minPrice: tickSize, maxPrice: '1000000.00', tickSize },
      { filterType: 'LOT_SIZE', minQty: stepSize, maxQty: '9000000.00', stepSize },
    ];
    if (!this.#isFutures) {
      return { ...names, status: 'TRADING', baseAssetPrecision: 8, quotePrecision: 8, filters };
    }
    const state = isInverse
      ? { contractStatus: 'TRADING', contractSize: inverseValue, marginAsset: base }
      : { status: 'TRADING', marginAsset: quote };
    return {
      ...names,
      ...state,
      pair,
      contractType: marketType === 'future' ? 'CURRENT_QUARTER' : 'PERPETUAL',
      deliveryDate: 4_133_404_800_000,
      onboardDate: 1_569_398_400_000,
      pricePrecision: tick.decimals,
      quantityPrecision: isInverse ? 0 : lot.decimals,
      filters,
    };
  }

  #nowMs(): number {
    return Math.floor(this.#host.nowUs() / US_PER_MS);
  }
}

function rowLimit(query: URLSearchParams): number {
  const limit = Number(query.get('limit') ?? ROWS_DEFAULT);
  return Math.min(ROWS_MAX, Math.max(1, limit));
}

/** Price × size with all its digits; both are whole steps, so only the point must be set. */
function product(ticks: number, lots: number, { tick, lot }: SimListing): string {
  const scale = tick.decimals + lot.decimals;
  return ((ticks * tick.units * lots * lot.units) / 10 ** scale).toFixed(8);
}
