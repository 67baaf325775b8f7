/**
 * Bybit's REST dialect: the requests the session needs and what their answers hold. Bodies come
 * parsed, in the venue's envelope `{retCode,retMsg,result,…}`; an answer counts only as a whole.
 */
import { losesPrecision, parseDecimalText } from '../../base/decimal.ts';
import type { Instrument, InstrumentMeta } from '../../model/instrument.ts';
import type {
  DecodeOutcome,
  RestHandler,
  RestRequest,
  TradeMessage,
  TradesWanted,
} from '../contract.ts';
import { type JsonObject, readObject, readTimeMs } from '../kit/json-fields.ts';
import { createTradeMessage } from '../kit/messages.ts';
import { oldestFirst } from '../kit/row-order.ts';
import type { BybitFeed } from './feeds.ts';
import { readInstrument } from './instruments.ts';

const INSTRUMENTS = '/v5/market/instruments-info';
const TRADES = '/v5/market/recent-trade';
const INSTRUMENT_ROWS_MAX = 1000;
/** A list that goes on beyond this goes round in circles. */
const PAGES_MAX = 50;
const ID_LENGTH_MAX = 64;

/** HTTP statuses that codes of the envelope mean; any other code is a wrong request. */
const STATUS_OF_CODE: Readonly<Record<number, number>> = {
  0: 200,
  // "Too many visits": the limit of one endpoint.
  10006: 429,
  10429: 429,
  // The service restarts.
  10016: 503,
};

/** What the envelope says, as an HTTP status; 200 for what is no envelope. */
export function statusOf(body: unknown): number {
  const code = readObject(body)?.retCode;
  return typeof code === 'number' ? (STATUS_OF_CODE[code] ?? 400) : 200;
}

export class RestDialect {
  readonly #feed: BybitFeed;
  readonly #restUrl: string;
  readonly #byIndex = new Map<number, Instrument>();
  readonly #bySymbol = new Map<string, Instrument>();
  /** Instruments of the pages so far. */
  readonly #listed: InstrumentMeta[] = [];
  #pages = 0;
  /** By instrument: the oldest trade of the last page that had older ones behind it. */
  readonly #reachUs = new Map<number, number>();

  constructor(feed: BybitFeed, instruments: readonly Instrument[], restUrl: string) {
    this.#feed = feed;
    this.#restUrl = restUrl;
    for (const each of instruments) {
      this.#byIndex.set(each.index, each);
      this.#bySymbol.set(each.venueSymbol, each);
    }
  }

  instrumentsRequest(cursor?: string): RestRequest {
    const query = new URLSearchParams({ category: this.#feed.category });
    query.set('limit', String(INSTRUMENT_ROWS_MAX));
    if (cursor !== undefined) query.set('cursor', cursor);
    return { url: `${this.#restUrl}${INSTRUMENTS}?${query}`, weight: 1 };
  }

  /** The newest trades, whatever is wanted: the endpoint neither pages nor takes a time. */
  tradesRequest(index: number, { toUs }: TradesWanted): RestRequest | undefined {
    const instrument = this.#byIndex.get(index);
    if (instrument === undefined) return undefined;
    // What a page did not reach back to, no later page will.
    if (toUs <= (this.#reachUs.get(index) ?? Number.NEGATIVE_INFINITY)) return undefined;
    const { category, tradeRowsMax } = this.#feed;
    const symbol = encodeURIComponent(instrument.venueSymbol);
    const query = `category=${category}&symbol=${symbol}&limit=${tradeRowsMax}`;
    return { url: `${this.#restUrl}${TRADES}?${query}`, weight: 1 };
  }

  /** `body` is what JSON.parse made of the answer. */
  decode(url: string, body: unknown, out: RestHandler): DecodeOutcome {
    const split = url.indexOf('?');
    const path = split < 0 ? url : url.slice(0, split);
    const query = new URLSearchParams(split < 0 ? '' : url.slice(split + 1));
    const isInstruments = path.endsWith(INSTRUMENTS);
    if (!isInstruments && !path.endsWith(TRADES)) return 'malformed';
    const answer = readObject(body);
    const result = readObject(answer?.result);
    if (answer?.retCode !== 0 || !Array.isArray(result?.list)) return 'malformed';
    // The same symbol in the other category is another market.
    if (query.get('category') !== this.#feed.category) return 'ignored';
    if (isInstruments) return this.#instruments(result, result.list, query.get('cursor'), out);
    const symbol = query.get('symbol');
    if (symbol === null) return 'malformed';
    const instrument = this.#bySymbol.get(symbol);
    return instrument === undefined ? 'ignored' : this.#tradePage(instrument, result.list, out);
  }

  #instruments(
    result: JsonObject,
    rows: readonly unknown[],
    cursor: string | null,
    out: RestHandler,
  ): DecodeOutcome {
    const { nextPageCursor = '' } = result;
    if (typeof nextPageCursor !== 'string') return 'malformed';
    const page: InstrumentMeta[] = [];
    for (const row of rows) {
      const meta = readInstrument(this.#feed, readObject(row));
      if (meta === 'malformed') return 'malformed';
      if (meta !== undefined) page.push(meta);
    }
    if (cursor === null) {
      this.#listed.length = 0;
      this.#pages = 0;
    }
    this.#listed.push(...page);
    this.#pages += 1;
    const goesOn = nextPageCursor !== '' && nextPageCursor !== cursor && this.#pages < PAGES_MAX;
    // Handed on as a whole: a market that is missing on one page may stand on the next.
    if (goesOn) out.onNextPage?.(this.instrumentsRequest(nextPageCursor));
    else out.onInstruments([...this.#listed]);
    return 'ok';
  }

  #tradePage(instrument: Instrument, rows: readonly unknown[], out: RestHandler): DecodeOutcome {
    const { index, venueSymbol } = instrument;
    const trades: TradeMessage[] = [];
    for (const row of rows) {
      const message = createTradeMessage();
      message.instrument = index;
      if (!readTrade(message, readObject(row), venueSymbol)) return 'malformed';
      trades.push(message);
    }
    const ordered = oldestFirst(trades);
    for (const each of ordered) out.onTrade(each);
    out.onTradesEnd(index, trades.length);
    const oldest = ordered[0];
    if (oldest !== undefined && trades.length >= this.#feed.tradeRowsMax) {
      this.#reachUs.set(index, oldest.tsUs);
    }
    return 'ok';
  }
}

function readTrade(message: TradeMessage, row: JsonObject | undefined, symbol: string): boolean {
  if (row?.symbol !== symbol || (row.side !== 'Buy' && row.side !== 'Sell')) return false;
  const { execId, price, size, isBlockTrade = false } = row;
  if (typeof price !== 'string' || typeof size !== 'string') return false;
  if (typeof execId !== 'string' || execId === '' || execId.length > ID_LENGTH_MAX) return false;
  if (typeof isBlockTrade !== 'boolean') return false;
  // Milliseconds; as text in the documents' example.
  const { time } = row;
  const isText = typeof time === 'string' && /^\d{1,16}$/.test(time);
  message.tsUs = readTimeMs(isText ? Number(time) : time);
  message.price = parseDecimalText(price);
  message.size = parseDecimalText(size);
  message.nativeSize = message.size;
  message.isSell = row.side === 'Sell';
  message.textId.set(execId);
  message.isMarket = !isBlockTrade;
  message.precisionLoss = losesPrecision(price) || losesPrecision(size);
  return message.tsUs >= 0 && message.price > 0 && message.size > 0;
}
