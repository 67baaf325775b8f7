/**
 * Bitget's REST as the embedded exchange answers it: market lists, and trades of any time of the
 * past week, newest first. Spot and futures write some values differently.
 */
import { US_PER_MS, US_PER_SECOND } from '../../base/clock.ts';
import type {
  SimHost,
  SimInstrument,
  SimRestAnswer,
  SimRestRequest,
  SimTrade,
} from '../sim-contract.ts';
import { type FillRow, fillRows } from './sim-trades.ts';

export type Market = 'spot' | 'usdt';

const ROWS_MAX = 1_000;
const WEEK_US = 7 * 86_400 * US_PER_SECOND;
const PARAMETER_ERROR = '40034';
const PRODUCT = 'USDT-FUTURES';

export class SimRest {
  readonly #host: SimHost;
  readonly #market: Market;
  readonly #bySymbol = new Map<string, SimInstrument>();
  readonly #trade: SimTrade = { number: 0, tsUs: 0, ticks: 0, lots: 0, isSell: false };

  constructor(host: SimHost, market: Market) {
    this.#host = host;
    this.#market = market;
    for (const each of host.instruments) this.#bySymbol.set(each.listing.venueSymbol, each);
  }

  answer({ path, query }: SimRestRequest): SimRestAnswer {
    const isSpot = this.#market === 'spot';
    if (!isSpot && query.get('productType') !== PRODUCT) return this.#wrong('productType');
    const instruments = isSpot ? '/api/v2/spot/public/symbols' : '/api/v2/mix/market/contracts';
    if (path === instruments) {
      const rows = this.#host.instruments.map(isSpot ? describeSpot : describeFutures);
      return this.#fine(rows);
    }
    const trades = isSpot ? '/api/v2/spot/market/' : '/api/v2/mix/market/';
    if (path !== `${trades}fills-history`) return { status: 404, body: 'Not Found' };
    const instrument = this.#bySymbol.get(query.get('symbol') ?? '');
    if (instrument === undefined) return this.#wrong('symbol');
    return this.#trades(instrument, query);
  }

  #trades(instrument: SimInstrument, query: URLSearchParams): SimRestAnswer {
    const limit = Number(query.get('limit') ?? '500');
    const nowMs = this.#host.nowUs() / US_PER_MS;
    const endMs = Number(query.get('endTime') ?? nowMs);
    const startMs = Number(query.get('startTime') ?? endMs - WEEK_US / US_PER_MS);
    if (!(limit >= 1 && limit <= ROWS_MAX)) return this.#wrong('limit');
    if (!(endMs >= startMs) || (endMs - startMs) * US_PER_MS > WEEK_US) {
      return this.#wrong('startTime');
    }
    const first = instrument.tradeFrom(startMs * US_PER_MS);
    const last = Math.min(
      instrument.newestTrade(),
      instrument.tradeFrom((Math.floor(endMs) + 1) * US_PER_MS) - 1,
    );
    const { venueSymbol: symbol } = instrument.listing;
    const rows: (FillRow | object)[] = [];
    for (let n = last; n >= first && rows.length < limit; n -= 1) {
      instrument.readTrade(n, this.#trade);
      for (const row of fillRows(this.#market, instrument, this.#trade)) {
        const isBuy = row.side === 'buy';
        const capital = isBuy ? 'Buy' : 'Sell';
        if (rows.length < limit) {
          rows.push({ ...row, symbol, side: this.#market === 'spot' ? row.side : capital });
        }
      }
    }
    return this.#fine(rows);
  }

  #fine(data: unknown): SimRestAnswer {
    return { status: 200, body: this.#envelope('00000', 'success', data) };
  }

  #wrong(name: string): SimRestAnswer {
    const body = this.#envelope(PARAMETER_ERROR, `Parameter ${name} error`, null);
    return { status: 400, body };
  }

  #envelope(code: string, msg: string, data: unknown): string {
    const requestTime = Math.floor(this.#host.nowUs() / US_PER_MS);
    return JSON.stringify({ code, msg, requestTime, data });
  }
}

function describeSpot({ listing }: SimInstrument): object {
  return {
    symbol: listing.venueSymbol,
    baseCoin: listing.base,
    quoteCoin: listing.quote,
    pricePrecision: String(listing.tick.decimals),
    quantityPrecision: String(listing.lot.decimals),
    minTradeUSDT: '1',
    status: 'online',
  };
}

function describeFutures(instrument: SimInstrument): object {
  const { venueSymbol, base, quote, tick, lot } = instrument.listing;
  return {
    symbol: venueSymbol,
    baseCoin: base,
    quoteCoin: quote,
    pricePlace: String(tick.decimals),
    priceEndStep: String(tick.units),
    volumePlace: String(lot.decimals),
    sizeMultiplier: instrument.sizeText(1),
    minTradeNum: instrument.sizeText(1),
    fundInterval: '8',
    symbolType: 'perpetual',
    symbolStatus: 'normal',
  };
}
