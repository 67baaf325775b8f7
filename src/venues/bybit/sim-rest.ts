/**
 * Bybit's REST as the embedded exchange answers it: market list in pages, newest trades, book,
 * time. Refusals are inside a 200, as the venue's envelope has them.
 */
import { US_PER_MS, US_PER_SECOND } from '../../base/clock.ts';
import type {
  SimHost,
  SimInstrument,
  SimRestAnswer,
  SimRestRequest,
  SimTrade,
} from '../sim-contract.ts';
import { FILLS, fillId } from './sim-ids.ts';
import type { Category } from './sim-streams.ts';

const TRADE_ROWS_MAX: Readonly<Record<Category, number>> = { spot: 60, linear: 1000 };
/** Fewer than asked for, so that the list has pages. */
const INSTRUMENT_ROWS = 40;
const BOOK_ROWS_MAX = 1000;
const PARAMETER_ERROR = 10001;

export class SimRest {
  readonly #host: SimHost;
  readonly #category: Category;
  readonly #bySymbol = new Map<string, SimInstrument>();
  readonly #trade: SimTrade = { number: 0, tsUs: 0, ticks: 0, lots: 0, isSell: false };

  constructor(host: SimHost, category: Category) {
    this.#host = host;
    this.#category = category;
    for (const each of host.instruments) this.#bySymbol.set(each.listing.venueSymbol, each);
  }

  answer({ path, query }: SimRestRequest): SimRestAnswer {
    if (path === '/v5/market/time') {
      const second = Math.floor(this.#host.nowUs() / US_PER_SECOND);
      return this.#fine({ timeSecond: String(second), timeNano: `${second}000000000` });
    }
    const category = query.get('category');
    if (category !== this.#category) return this.#wrong('Illegal category');
    if (path === '/v5/market/instruments-info') return this.#instruments(query);
    const instrument = this.#bySymbol.get(query.get('symbol') ?? '');
    if (instrument === undefined) return this.#wrong('params error: symbol invalid');
    const limit = Number(query.get('limit') ?? '60');
    if (!(limit >= 1)) return this.#wrong('params error: limit invalid');
    if (path === '/v5/market/recent-trade') return this.#trades(instrument, limit);
    if (path === '/v5/market/orderbook') return this.#book(instrument, limit);
    return { status: 404, body: 'Not Found' };
  }

  refusal(): SimRestAnswer {
    const headers = { 'X-Bapi-Limit': '50', 'X-Bapi-Limit-Status': '0' };
    return { ...this.#envelope(10006, 'Too many visits!', {}), headers };
  }

  #trades(instrument: SimInstrument, limit: number): SimRestAnswer {
    const { venueSymbol } = instrument.listing;
    const count = Math.min(limit, TRADE_ROWS_MAX[this.#category]);
    const list: object[] = [];
    const trade = this.#trade;
    // Newest first.
    let fill = (instrument.newestTrade() + 1) * FILLS - 1;
    for (; fill >= 0 && list.length < count; fill -= 1) {
      instrument.readTrade(Math.floor(fill / FILLS), trade);
      const first = Math.floor(trade.lots / FILLS);
      list.push({
        execId: fillId(this.#category, instrument, fill),
        symbol: venueSymbol,
        price: instrument.priceText(trade.ticks),
        size: instrument.sizeText(fill % FILLS === 0 ? first : trade.lots - first),
        side: trade.isSell ? 'Sell' : 'Buy',
        time: String(trade.tsUs / US_PER_MS),
        isBlockTrade: false,
        isRPITrade: trade.number % 3 === 0,
        seq: String(trade.number),
      });
    }
    return this.#fine({ category: this.#category, list });
  }

  #book(instrument: SimInstrument, limit: number): SimRestAnswer {
    const { id, tsUs, bids, asks } = instrument.snapshot();
    const side = (levels: readonly number[]) => {
      const rows: [string, string][] = [];
      for (let i = 0; i < Math.min(levels.length, 2 * Math.min(limit, BOOK_ROWS_MAX)); i += 2) {
        const price = instrument.priceText(levels[i] as number);
        rows.push([price, instrument.sizeText(levels[i + 1] as number)]);
      }
      return rows;
    };
    const ms = Math.floor(tsUs / US_PER_MS);
    const { venueSymbol: s } = instrument.listing;
    return this.#fine({ s, b: side(bids), a: side(asks), ts: ms, u: ms, seq: id, cts: ms });
  }

  /** Spot ignores paging. */
  #instruments(query: URLSearchParams): SimRestAnswer {
    const all = this.#host.instruments;
    const category = this.#category;
    if (category === 'spot') {
      return this.#fine({ category, list: all.map((each) => describe(each, category)) });
    }
    const limit = Math.min(INSTRUMENT_ROWS, Number(query.get('limit') ?? '500'));
    const from = Number(/^first=(\d+)$/.exec(query.get('cursor') ?? '')?.[1] ?? 0);
    const list = all.slice(from, from + limit).map((each) => describe(each, category));
    const nextPageCursor = from + limit < all.length ? `first=${from + limit}` : '';
    return this.#fine({ category, list, nextPageCursor });
  }

  #wrong(message: string): SimRestAnswer {
    return this.#envelope(PARAMETER_ERROR, message, {});
  }

  #fine(result: object): SimRestAnswer {
    return this.#envelope(0, 'OK', result);
  }

  #envelope(retCode: number, retMsg: string, result: object): SimRestAnswer {
    const time = Math.floor(this.#host.nowUs() / US_PER_MS);
    const body = JSON.stringify({ retCode, retMsg, result, retExtInfo: {}, time });
    return { status: 200, body };
  }
}

function describe(instrument: SimInstrument, category: Category): object {
  const { venueSymbol, base, quote } = instrument.listing;
  const tickSize = instrument.priceText(1);
  const step = instrument.sizeText(1);
  const names = { symbol: venueSymbol, baseCoin: base, quoteCoin: quote, status: 'Trading' };
  if (category === 'spot') {
    return {
      ...names,
      lotSizeFilter: { basePrecision: step, quotePrecision: '0.0000001', minOrderAmt: '5' },
      priceFilter: { tickSize },
    };
  }
  return {
    ...names,
    contractType: 'LinearPerpetual',
    settleCoin: quote,
    launchTime: '1584230400000',
    deliveryTime: '0',
    fundingInterval: 480,
    priceFilter: { minPrice: tickSize, maxPrice: '1999999.98', tickSize },
    lotSizeFilter: { minOrderQty: step, qtyStep: step, minNotionalValue: '5' },
  };
}
