/**
 * Coinbase's REST dialect: products, and trades by id. Bodies come parsed; an answer counts only as
 * a whole. https://docs.cdp.coinbase.com/exchange/rest-api
 *
 * Trades come newest first. `after` is a cursor into that order: rows OLDER than the trade with
 * that id. So the page of the ids x to y ends before y + 1 and is as long as y - x + 1.
 */
import { parseDecimalText } from '../../base/decimal.ts';
import type { Instrument, InstrumentMeta } from '../../model/instrument.ts';
import type {
  DecodeOutcome,
  RestHandler,
  RestRequest,
  TradeMessage,
  TradesWanted,
} from '../contract.ts';
import { type JsonObject, readObject } from '../kit/json-fields.ts';
import { createTradeMessage } from '../kit/messages.ts';
import { readMatch } from './decode.ts';

const TRADES_LIMIT = 1000;
/** Scheme and host: answers are matched without them. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i;
const PRODUCTS_PATH = /\/products$/;
const TRADES_PATH = /\/products\/([^/]+)\/trades$/;

export class RestDialect {
  readonly #restUrl: string;
  readonly #byIndex = new Map<number, Instrument>();
  readonly #byProduct = new Map<string, Instrument>();
  readonly #trades: TradeMessage[] = [];

  constructor(instruments: readonly Instrument[], restUrl: string) {
    this.#restUrl = restUrl;
    for (const each of instruments) {
      this.#byIndex.set(each.index, each);
      this.#byProduct.set(each.venueSymbol, each);
    }
  }

  instrumentsRequest(): RestRequest {
    return { url: `${this.#restUrl}/products`, weight: 1 };
  }

  tradesRequest(index: number, { fromId, toId }: TradesWanted): RestRequest | undefined {
    const instrument = this.#byIndex.get(index);
    if (instrument === undefined || !(toId >= fromId)) return undefined;
    const limit = Math.min(TRADES_LIMIT, toId - fromId + 1);
    const path = `/products/${instrument.venueSymbol}/trades`;
    return { url: `${this.#restUrl}${path}?limit=${limit}&after=${fromId + limit}`, weight: 1 };
  }

  /** `body` is the parsed answer. */
  decode(url: string, body: unknown, out: RestHandler): DecodeOutcome {
    const [path = ''] = url.replace(ORIGIN, '').split('?', 1);
    if (!Array.isArray(body)) return 'malformed';
    if (PRODUCTS_PATH.test(path)) return decodeProducts(body, out);
    const product = TRADES_PATH.exec(path)?.[1];
    if (product === undefined) return 'malformed';
    const instrument = this.#byProduct.get(product);
    return instrument === undefined ? 'ignored' : this.#tradePage(instrument.index, body, out);
  }

  #tradePage(index: number, rows: readonly unknown[], out: RestHandler): DecodeOutcome {
    let previousId = Number.POSITIVE_INFINITY;
    for (const [i, each] of rows.entries()) {
      this.#trades[i] ??= createTradeMessage();
      const message = this.#trades[i];
      const row = readObject(each);
      if (row === undefined || !readMatch(message, row, index)) return 'malformed';
      if (message.tradeId >= previousId) return 'malformed';
      previousId = message.tradeId;
    }
    for (let i = rows.length - 1; i >= 0; i -= 1) out.onTrade(this.#trades[i] as TradeMessage);
    out.onTradesEnd(index, rows.length);
    return 'ok';
  }
}

function decodeProducts(rows: readonly unknown[], out: RestHandler): DecodeOutcome {
  const list: InstrumentMeta[] = [];
  for (const each of rows) {
    const product = readObject(each);
    const meta = product === undefined ? undefined : describeProduct(product);
    if (meta === undefined) return 'malformed';
    list.push(meta);
  }
  out.onInstruments(list);
  return 'ok';
}

function describeProduct(product: JsonObject): InstrumentMeta | undefined {
  const { id, base_currency: base, quote_currency: quote, status } = product;
  if (typeof id !== 'string' || typeof base !== 'string' || typeof quote !== 'string') {
    return undefined;
  }
  const isDisabled = product.trading_disabled === true;
  return {
    venue: 'coinbase',
    symbol: `${base}/${quote}`,
    marketType: 'spot',
    venueSymbol: id,
    base,
    quote,
    tickSize: readStep(product.quote_increment),
    lotSize: readStep(product.base_increment),
    contractSize: 1,
    status: isDisabled ? 'trading_disabled' : typeof status === 'string' ? status : 'unknown',
  };
}

function readStep(value: unknown): number | null {
  const step = typeof value === 'string' ? parseDecimalText(value) : Number.NaN;
  return step > 0 ? step : null;
}
