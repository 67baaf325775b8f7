/**
 * Bitget's REST dialect: the requests the session needs and what their answers hold. Bodies come
 * parsed, in the venue's envelope `{code,msg,requestTime,data}`; an answer counts only as a whole.
 */
import { US_PER_MS, US_PER_SECOND } from '../../base/clock.ts';
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
import type { BitgetFeed } from './feeds.ts';
import { readInstrument } from './instruments.ts';

const FINE = '00000';
const TOO_MANY = '429';
/** Rows of a page of trades, at most. */
export const TRADES_LIMIT = 1000;
/** Longest time one request may span. */
const SPAN_US_MAX = 7 * 86_400 * US_PER_SECOND - US_PER_SECOND;
const ID_LENGTH_MAX = 64;

/** What the envelope says, as an HTTP status; 200 for what is no envelope. */
export function statusOf(body: unknown): number {
  const code = readObject(body)?.code;
  if (typeof code !== 'string' || code === FINE) return 200;
  return code === TOO_MANY ? 429 : 400;
}

export class RestDialect {
  readonly #feed: BitgetFeed;
  readonly #restUrl: string;
  readonly #byIndex = new Map<number, Instrument>();
  readonly #bySymbol = new Map<string, Instrument>();

  constructor(feed: BitgetFeed, instruments: readonly Instrument[], restUrl: string) {
    this.#feed = feed;
    this.#restUrl = restUrl;
    for (const each of instruments) {
      this.#byIndex.set(each.index, each);
      this.#bySymbol.set(each.venueSymbol, each);
    }
  }

  instrumentsRequest(): RestRequest {
    const { instrumentsPath, productType } = this.#feed;
    const query = productType === undefined ? '' : `?productType=${productType}`;
    return { url: `${this.#restUrl}${instrumentsPath}${query}`, weight: 1 };
  }

  /**
   * A page around the times wanted, a millisecond wider on both sides, whichever of its ends the
   * venue counts in.
   */
  tradesRequest(index: number, { fromUs, toUs }: TradesWanted): RestRequest | undefined {
    const instrument = this.#byIndex.get(index);
    if (instrument === undefined) return undefined;
    const { tradesPath, productType } = this.#feed;
    const start = Math.floor(Math.max(fromUs, toUs - SPAN_US_MAX) / US_PER_MS) - 1;
    const query = new URLSearchParams({ symbol: instrument.venueSymbol });
    if (productType !== undefined) query.set('productType', productType);
    query.set('startTime', String(start));
    query.set('endTime', String(Math.floor(toUs / US_PER_MS) + 1));
    query.set('limit', String(TRADES_LIMIT));
    return { url: `${this.#restUrl}${tradesPath}?${query}`, weight: 1 };
  }

  /** `body` is what JSON.parse made of the answer. */
  decode(url: string, body: unknown, out: RestHandler): DecodeOutcome {
    const split = url.indexOf('?');
    const path = split < 0 ? url : url.slice(0, split);
    const query = new URLSearchParams(split < 0 ? '' : url.slice(split + 1));
    const { instrumentsPath, tradesPath } = this.#feed;
    const isInstruments = path.endsWith(instrumentsPath);
    if (!isInstruments && !path.endsWith(tradesPath)) return 'malformed';
    const answer = readObject(body);
    if (answer?.code !== FINE || !Array.isArray(answer.data)) return 'malformed';
    if (isInstruments) return this.#instruments(answer.data, out);
    const symbol = query.get('symbol');
    if (symbol === null) return 'malformed';
    const instrument = this.#bySymbol.get(symbol);
    return instrument === undefined ? 'ignored' : tradePage(instrument, answer.data, out);
  }

  #instruments(rows: readonly unknown[], out: RestHandler): DecodeOutcome {
    const list: InstrumentMeta[] = [];
    for (const row of rows) {
      const meta = readInstrument(this.#feed, readObject(row));
      if (meta === 'malformed') return 'malformed';
      if (meta !== undefined) list.push(meta);
    }
    out.onInstruments(list);
    return 'ok';
  }
}

function tradePage(
  instrument: Instrument,
  rows: readonly unknown[],
  out: RestHandler,
): DecodeOutcome {
  const trades: TradeMessage[] = [];
  for (const row of rows) {
    const message = createTradeMessage();
    message.instrument = instrument.index;
    if (!readTrade(message, readObject(row), instrument.venueSymbol)) return 'malformed';
    trades.push(message);
  }
  for (const each of oldestFirst(trades)) out.onTrade(each);
  out.onTradesEnd(instrument.index, trades.length);
  return 'ok';
}

function readTrade(message: TradeMessage, row: JsonObject | undefined, symbol: string): boolean {
  if (row?.symbol !== symbol) return false;
  const { tradeId, price, size, side, ts } = row;
  if (typeof price !== 'string' || typeof size !== 'string') return false;
  // A number of 19 digits is not itself any more once it was parsed.
  if (typeof tradeId !== 'string' || tradeId === '' || tradeId.length > ID_LENGTH_MAX) return false;
  // Capitalised by the futures, not by the stream.
  const taker = typeof side === 'string' ? side.toLowerCase() : '';
  if (taker !== 'buy' && taker !== 'sell') return false;
  if (typeof ts !== 'string' || !/^\d{1,16}$/.test(ts)) return false;
  message.tsUs = readTimeMs(Number(ts));
  message.price = parseDecimalText(price);
  message.size = parseDecimalText(size);
  message.nativeSize = message.size;
  message.isSell = taker === 'sell';
  message.textId.set(tradeId);
  message.precisionLoss = losesPrecision(price) || losesPrecision(size);
  return message.tsUs >= 0 && message.price > 0 && message.size > 0;
}
