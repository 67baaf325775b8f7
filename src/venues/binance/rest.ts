/**
 * Binance's REST dialect: the requests the session needs and what their answers hold. Bodies come
 * parsed; every field used is checked, and an answer counts only as a whole.
 */
import { losesPrecision, parseDecimalText } from '../../base/decimal.ts';
import type { Instrument, TradeTape } from '../../model/instrument.ts';
import type {
  DecodeOutcome,
  RestHandler,
  RestPoll,
  RestRequest,
  TradeMessage,
} from '../contract.ts';
import {
  createDepthMessage,
  createDerivativeMessage,
  createTradeMessage,
} from '../kit/messages.ts';
import type { Contracts } from './contracts.ts';
import { readOpenInterest } from './decode-derivative.ts';
import { readLevels } from './decode-slow.ts';
import type { BinanceFeed } from './feeds.ts';
import { decodeInstruments } from './instruments.ts';
import { type JsonObject, readId, readObject, readTimeUs } from './json-fields.ts';

/** Rows of a page of trades, at most. */
export const TRADES_LIMIT = 1000;
const OPEN_INTEREST_EVERY_US = 30_000_000;
/** Scheme and host: answers are matched without them. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i;

interface TradeFields {
  readonly id: string;
  readonly price: string;
  readonly size: string;
  readonly time: string;
  readonly isBuyerMaker: string;
}

const TRADE_FIELDS: Readonly<Record<TradeTape, TradeFields>> = {
  trade: { id: 'id', price: 'price', size: 'qty', time: 'time', isBuyerMaker: 'isBuyerMaker' },
  aggTrade: { id: 'a', price: 'p', size: 'q', time: 'T', isBuyerMaker: 'm' },
};

export class RestDialect {
  readonly #feed: BinanceFeed;
  readonly #restUrl: string;
  readonly #byIndex = new Map<number, Instrument>();
  readonly #bySymbol = new Map<string, Instrument>();
  readonly #contracts: Contracts | undefined;
  readonly #depth = createDepthMessage();
  readonly #derivative = createDerivativeMessage();
  readonly #trades: TradeMessage[] = [];

  constructor(
    feed: BinanceFeed,
    instruments: readonly Instrument[],
    restUrl: string,
    contracts: Contracts | undefined,
  ) {
    this.#feed = feed;
    this.#restUrl = restUrl;
    this.#contracts = contracts;
    for (const each of instruments) {
      this.#byIndex.set(each.index, each);
      this.#bySymbol.set(each.venueSymbol, each);
    }
  }

  instrumentsRequest(): RestRequest {
    const { path, weight } = this.#feed.instruments;
    return { url: `${this.#restUrl}${path}`, weight };
  }

  /** Open interest of each instrument, where the feed has any. */
  polls(): readonly RestPoll[] {
    const { openInterest } = this.#feed;
    if (openInterest === undefined) return [];
    const { path, weight } = openInterest;
    return [...this.#byIndex.values()].map(({ venueSymbol }) => ({
      key: `open interest ${venueSymbol}`,
      everyUs: OPEN_INTEREST_EVERY_US,
      request: {
        url: `${this.#restUrl}${path}?symbol=${encodeURIComponent(venueSymbol)}`,
        weight,
      },
    }));
  }

  bookSnapshotRequest(index: number): RestRequest | undefined {
    const instrument = this.#byIndex.get(index);
    if (instrument === undefined) return undefined;
    const { path, limit, weight } = this.#feed.depth;
    const symbol = encodeURIComponent(instrument.venueSymbol);
    return { url: `${this.#restUrl}${path}?symbol=${symbol}&limit=${limit}`, weight };
  }

  tradesRequest(index: number, fromId: number, toId: number): RestRequest | undefined {
    const instrument = this.#byIndex.get(index);
    if (instrument === undefined) return undefined;
    const { path, weight, takesFromId } = this.#feed.trades[instrument.tape];
    const symbol = encodeURIComponent(instrument.venueSymbol);
    const url = `${this.#restUrl}${path}?symbol=${symbol}`;
    // An endpoint without ids gives the newest page; what it cannot reach stays a gap.
    if (!takesFromId) return { url: `${url}&limit=${TRADES_LIMIT}`, weight };
    const limit = Math.max(1, Math.min(TRADES_LIMIT, toId - fromId + 1));
    return { url: `${url}&fromId=${fromId}&limit=${limit}`, weight };
  }

  /** `body` is what JSON.parse made of the answer. */
  decode(url: string, body: unknown, out: RestHandler): DecodeOutcome {
    const target = url.replace(ORIGIN, '');
    const split = target.indexOf('?');
    const path = split < 0 ? target : target.slice(0, split);
    const query = new URLSearchParams(split < 0 ? '' : target.slice(split + 1));
    const { instruments, depth, trades, openInterest } = this.#feed;
    if (path.endsWith(instruments.path)) return this.#instrumentList(body, out);
    const isDepth = path.endsWith(depth.path);
    const isInterest = openInterest !== undefined && path.endsWith(openInterest.path);
    const tape = tapeOf(path, trades);
    if (!isDepth && !isInterest && tape === undefined) return 'malformed';
    const symbol = query.get('symbol');
    if (symbol === null) return 'malformed';
    const instrument = this.#bySymbol.get(symbol);
    if (instrument === undefined) return 'ignored';
    if (isInterest) return this.#openInterest(instrument, body, out);
    if (tape === undefined) return this.#snapshot(instrument, body, out);
    return this.#tradePage(instrument, tape, body, out);
  }

  #instrumentList(body: unknown, out: RestHandler): DecodeOutcome {
    const answer = decodeInstruments(this.#feed, body);
    if (answer === undefined) return 'malformed';
    this.#contracts?.learn(answer.list);
    out.onInstruments(answer.list);
    if (answer.weightPerMinute !== undefined) out.onRestLimit(answer.weightPerMinute);
    return 'ok';
  }

  #openInterest(instrument: Instrument, body: unknown, out: RestHandler): DecodeOutcome {
    const message = this.#derivative;
    message.instrument = instrument.index;
    if (!readOpenInterest(message, body)) return 'malformed';
    // In contracts it means nothing without a mark price; the next answer will have one.
    if (this.#contracts?.openInterest(message) === false) return 'ignored';
    out.onDerivative(message);
    return 'ok';
  }

  #snapshot(instrument: Instrument, body: unknown, out: RestHandler): DecodeOutcome {
    const answer = readObject(body);
    if (answer === undefined) return 'malformed';
    const message = this.#depth;
    // A market that has never traded stands at -1.
    const id = answer.lastUpdateId === -1 ? -1 : readId(answer.lastUpdateId);
    if (id < 0 && answer.lastUpdateId !== -1) return 'malformed';
    message.instrument = instrument.index;
    message.isSnapshot = true;
    message.firstId = id;
    message.lastId = id;
    message.previousId = Number.NaN;
    message.precisionLoss = false;
    // Spot's snapshot says no time at all.
    message.tsUs = answer.T === undefined ? Number.NaN : readTimeUs(answer.T);
    if (message.tsUs < 0 || !readLevels(message, answer.bids, answer.asks)) return 'malformed';
    if (this.#contracts?.depth(message) === false) return 'malformed';
    out.onBookSnapshot(message);
    return 'ok';
  }

  #tradePage(
    instrument: Instrument,
    tape: TradeTape,
    body: unknown,
    out: RestHandler,
  ): DecodeOutcome {
    if (!Array.isArray(body)) return 'malformed';
    let previousId = -1;
    for (const [i, row] of body.entries()) {
      this.#trades[i] ??= createTradeMessage();
      const message = this.#trades[i];
      message.instrument = instrument.index;
      message.tape = tape;
      if (!readTrade(message, readObject(row), TRADE_FIELDS[tape])) return 'malformed';
      if (message.tradeId <= previousId) return 'malformed';
      if (message.isMarket && this.#contracts?.trade(message) === false) return 'malformed';
      previousId = message.tradeId;
    }
    for (let i = 0; i < body.length; i += 1) out.onTrade(this.#trades[i] as TradeMessage);
    out.onTradesEnd(instrument.index, body.length);
    return 'ok';
  }
}

/** Which tape a path serves; the other paths of the folder end differently. */
function tapeOf(path: string, trades: BinanceFeed['trades']): TradeTape | undefined {
  if (path.endsWith(trades.trade.path)) return 'trade';
  return path.endsWith(trades.aggTrade.path) ? 'aggTrade' : undefined;
}

function readTrade(
  message: TradeMessage,
  row: JsonObject | undefined,
  fields: TradeFields,
): boolean {
  if (row === undefined) return false;
  const price = row[fields.price];
  const size = row[fields.size];
  const isBuyerMaker = row[fields.isBuyerMaker];
  if (typeof price !== 'string' || typeof size !== 'string') return false;
  if (typeof isBuyerMaker !== 'boolean') return false;
  message.tradeId = readId(row[fields.id]);
  message.tsUs = readTimeUs(row[fields.time]);
  message.price = parseDecimalText(price);
  message.size = parseDecimalText(size);
  message.nativeSize = message.size;
  message.isSell = isBuyerMaker;
  message.precisionLoss = losesPrecision(price) || losesPrecision(size);
  // REST rows carry no order type. An empty print takes an id and is no trade of the market.
  message.isMarket = message.price > 0 && message.size > 0;
  if (message.tradeId < 0 || message.tsUs < 0) return false;
  return message.price >= 0 && message.size >= 0;
}
