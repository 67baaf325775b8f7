/** Coinbase's REST as the embedded exchange answers it: products, trades by cursor, book. */
import { isoTimeText } from '../kit/iso-time.ts';
import type {
  SimHost,
  SimInstrument,
  SimRestAnswer,
  SimRestRequest,
  SimTrade,
} from '../sim-contract.ts';

const ROWS_MAX = 1000;
const BOOK_LEVELS = 50;
const TRADES_PATH = /^\/products\/([^/]+)\/(trades|book)$/;

export class SimRest {
  readonly #host: SimHost;
  readonly #byProduct = new Map<string, SimInstrument>();
  readonly #trade: SimTrade = { number: 0, tsUs: 0, ticks: 0, lots: 0, isSell: false };

  constructor(host: SimHost) {
    this.#host = host;
    for (const each of host.instruments) this.#byProduct.set(each.listing.venueSymbol, each);
  }

  answer({ path, query }: SimRestRequest): SimRestAnswer {
    if (path === '/time') return ok(`{"iso":"${isoTimeText(this.#host.nowUs())}"}`);
    if (path === '/products') return ok(this.#products());
    const [, product = '', endpoint] = TRADES_PATH.exec(path) ?? [];
    const instrument = this.#byProduct.get(product);
    if (instrument === undefined) return failure(404, 'NotFound');
    return endpoint === 'trades' ? this.#trades(instrument, query) : this.#book(instrument, query);
  }

  refusal(retryAfterSeconds: number): SimRestAnswer {
    const headers = { 'Retry-After': String(retryAfterSeconds) };
    return { ...failure(429, 'Public rate limit exceeded'), headers };
  }

  #products(): string {
    return JSON.stringify(
      this.#host.instruments.map((instrument) => {
        const { venueSymbol, base, quote } = instrument.listing;
        return {
          id: venueSymbol,
          base_currency: base,
          quote_currency: quote,
          quote_increment: instrument.priceText(1),
          base_increment: instrument.sizeText(1),
          display_name: `${base}-${quote}`,
          min_market_funds: '1',
          margin_enabled: false,
          post_only: false,
          limit_only: false,
          cancel_only: false,
          status: 'online',
          status_message: '',
          trading_disabled: false,
          auction_mode: false,
        };
      }),
    );
  }

  /** Newest first; `after`: older than that trade, `before`: newer. */
  #trades(instrument: SimInstrument, query: URLSearchParams): SimRestAnswer {
    const { idBase } = instrument;
    const limit = Number(query.get('limit') ?? ROWS_MAX);
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= ROWS_MAX)) {
      return failure(400, 'Invalid limit');
    }
    for (const name of ['after', 'before']) {
      if (!/^\d{0,16}$/.test(query.get(name) ?? '')) return failure(400, `Invalid ${name}`);
    }
    const newest = instrument.newestTrade();
    const after = query.get('after');
    const before = query.get('before');
    const last = after === null ? newest : Math.min(newest, Number(after) - idBase - 1);
    const oldest = Math.max(0, before === null ? 0 : Number(before) - idBase + 1);
    const rows: string[] = [];
    let number = last;
    for (; number >= oldest && rows.length < limit; number -= 1) {
      instrument.readTrade(number, this.#trade);
      const { tsUs, ticks, lots, isSell } = this.#trade;
      rows.push(
        `{"trade_id":${idBase + number},"side":"${isSell ? 'buy' : 'sell'}"` +
          `,"size":"${instrument.sizeText(lots)}","price":"${instrument.priceText(ticks)}"` +
          `,"time":"${isoTimeText(tsUs)}"}`,
      );
    }
    const cursors = { 'CB-BEFORE': String(idBase + last), 'CB-AFTER': String(idBase + number + 1) };
    return { status: 200, body: `[${rows.join(',')}]`, headers: cursors };
  }

  #book(instrument: SimInstrument, query: URLSearchParams): SimRestAnswer {
    const count = query.get('level') === '2' ? BOOK_LEVELS : 1;
    const { id, tsUs, bids, asks } = instrument.snapshot();
    const [bidRows, askRows] = [bids, asks].map((side) => {
      const rows: string[] = [];
      for (let i = 0; i < Math.min(side.length, count * 2); i += 2) {
        const price = instrument.priceText(side[i] as number);
        rows.push(`["${price}","${instrument.sizeText(side[i + 1] as number)}",1]`);
      }
      return rows.join(',');
    });
    const time = isoTimeText(tsUs);
    return ok(`{"bids":[${bidRows}],"asks":[${askRows}],"sequence":${id},"time":"${time}"}`);
  }
}

function ok(body: string): SimRestAnswer {
  return { status: 200, body };
}

function failure(status: number, message: string): SimRestAnswer {
  return { status, body: JSON.stringify({ message }) };
}
