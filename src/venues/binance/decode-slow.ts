/**
 * What a frame of Binance means, given as a parsed JSON value: the definition that the fast path is
 * held against. Every field the documentation lists and we use is checked; extra fields are
 * tolerated, a missing or wrong-typed one makes the frame malformed. Nothing is repaired.
 *
 * Besides the data frames it knows acks, refusals and the shutdown notice.
 */
import { losesPrecision, parseDecimalText } from '../../base/decimal.ts';
import type { Instrument } from '../../model/instrument.ts';
import type { DecodeOutcome, MessageHandler } from '../contract.ts';
import { growLevels } from '../kit/levels.ts';
import { readForceOrder, readMarkPrice } from './decode-derivative.ts';
import { Kind, type Messages } from './decoded.ts';
import type { BinanceFeed } from './feeds.ts';
import { type JsonObject, readId, readObject, readPairs, readTimeUs } from './json-fields.ts';
import { isOwnSettlement } from './settlement.ts';

/** A kind when a message was filled; else what became of the frame. */
export type SlowResult = Exclude<Kind, 0> | DecodeOutcome;

/** Request id of a refusal that does not say which request it is about. */
export const NO_REQUEST_ID = -1;

const STREAM = /^([^@]+)@([A-Za-z]+)(?:@([^@]+))?$/;
/** Kinds of streams we read, with the speeds their names may end with. */
const STREAMS: Readonly<Record<string, { kind: Exclude<Kind, 0>; speed: RegExp }>> = {
  trade: { kind: Kind.trade, speed: /^$/ },
  aggTrade: { kind: Kind.aggTrade, speed: /^$/ },
  bookTicker: { kind: Kind.bookTicker, speed: /^$/ },
  depth: { kind: Kind.depth, speed: /^(?:(?:0|[1-9]\d{0,15})ms)?$/ },
  markPrice: { kind: Kind.markPrice, speed: /^(?:[13]s)?$/ },
  forceOrder: { kind: Kind.forceOrder, speed: /^$/ },
};
const EVENTS: Readonly<Record<string, Exclude<Kind, 0>>> = {
  trade: Kind.trade,
  aggTrade: Kind.aggTrade,
  bookTicker: Kind.bookTicker,
  depthUpdate: Kind.depth,
  markPriceUpdate: Kind.markPrice,
  forceOrder: Kind.forceOrder,
};
const EVENT_NAMES = [
  '',
  'trade',
  'aggTrade',
  'bookTicker',
  'depthUpdate',
  'markPriceUpdate',
  'forceOrder',
] as const;

export class SlowDecoder {
  readonly #feed: BinanceFeed;
  readonly #messages: Messages;
  /** By the name in stream names (`btcusdt`) and by the name in payloads (`BTCUSDT`). */
  readonly #byStream: ReadonlyMap<string, Instrument>;
  readonly #bySymbol: ReadonlyMap<string, Instrument>;

  constructor(feed: BinanceFeed, instruments: readonly Instrument[], messages: Messages) {
    this.#feed = feed;
    this.#messages = messages;
    this.#byStream = new Map(instruments.map((each) => [each.venueSymbol.toLowerCase(), each]));
    this.#bySymbol = new Map(instruments.map((each) => [each.venueSymbol, each]));
  }

  /** `value` is what JSON.parse made of the frame. Control frames go to `out` at once. */
  decode(value: unknown, out: MessageHandler): SlowResult {
    const frame = readObject(value);
    if (frame === undefined) return 'malformed';
    if ('stream' in frame) return this.#combined(frame, out);
    if ('error' in frame || 'code' in frame) return decodeRefusal(frame, out);
    if ('result' in frame) return decodeAck(frame, out);
    return this.#bare(frame, out);
  }

  #combined(frame: JsonObject, out: MessageHandler): SlowResult {
    if (typeof frame.stream !== 'string') return 'malformed';
    const [, symbol = '', name = '', speed = ''] = STREAM.exec(frame.stream) ?? [];
    const stream = Object.hasOwn(STREAMS, name) ? STREAMS[name] : undefined;
    const data = readObject(frame.data);
    if (stream?.speed.test(speed) !== true || !this.#reads(stream.kind)) {
      // Not a stream we ask for; of these only the notice matters, whatever stream brings it.
      if (frame.data === undefined) return 'malformed';
      return data === undefined ? 'ignored' : decodeNotice(data, out);
    }
    if (data === undefined) return 'malformed';
    const instrument = this.#byStream.get(symbol);
    if (instrument === undefined) return 'ignored';
    // A stream of one instrument that carries another's data is no data at all.
    if (symbolOf(stream.kind, data) !== instrument.venueSymbol) return 'malformed';
    return this.#data(stream.kind, data, instrument);
  }

  /** Spot has neither mark prices nor liquidations. */
  #reads(kind: Exclude<Kind, 0>): boolean {
    return this.#feed.isFutures || (kind !== Kind.markPrice && kind !== Kind.forceOrder);
  }

  /** The payload alone, as the raw endpoint sends it. */
  #bare(data: JsonObject, out: MessageHandler): SlowResult {
    // The spot quote has no event type; it is known by its documented fields.
    const isSpotQuote = data.e === undefined && 'b' in data && 'B' in data && 'u' in data;
    const event = isSpotQuote && !this.#feed.quoteHasTime ? 'bookTicker' : data.e;
    if (event === undefined) return 'ignored';
    if (typeof event !== 'string') return 'malformed';
    const kind = Object.hasOwn(EVENTS, event) ? EVENTS[event] : undefined;
    if (kind === undefined || !this.#reads(kind)) return decodeNotice(data, out);
    const symbol = symbolOf(kind, data);
    if (typeof symbol !== 'string') return 'malformed';
    const instrument = this.#bySymbol.get(symbol);
    return instrument === undefined ? 'ignored' : this.#data(kind, data, instrument);
  }

  #data(kind: Exclude<Kind, 0>, data: JsonObject, instrument: Instrument): SlowResult {
    const isUntitled = kind === Kind.bookTicker && !this.#feed.quoteHasTime;
    if (data.e !== EVENT_NAMES[kind] && !(isUntitled && data.e === undefined)) return 'malformed';
    if (!this.#read(kind, data, instrument.index)) return 'malformed';
    const { st } = data;
    if (st === undefined) return kind;
    if (typeof st !== 'number') return 'malformed';
    return isOwnSettlement(st, this.#feed.settlements) ? kind : 'ignored';
  }

  #read(kind: Exclude<Kind, 0>, data: JsonObject, instrument: number): boolean {
    const { derivative, liquidation } = this.#messages;
    switch (kind) {
      case Kind.bookTicker:
        return this.#quote(data, instrument);
      case Kind.depth:
        return this.#depth(data, instrument);
      case Kind.markPrice:
        derivative.instrument = instrument;
        return readMarkPrice(derivative, data);
      case Kind.forceOrder:
        liquidation.instrument = instrument;
        return readForceOrder(liquidation, data);
      default:
        return this.#trade(kind, data, instrument);
    }
  }

  #trade(kind: Exclude<Kind, 0>, data: JsonObject, instrument: number): boolean {
    const message = this.#messages.trade;
    const isAgg = kind === Kind.aggTrade;
    message.instrument = instrument;
    message.tape = isAgg ? 'aggTrade' : 'trade';
    message.tradeId = readId(isAgg ? data.a : data.t);
    message.tsUs = readTimeUs(data.T);
    message.isMarket = true;
    if (message.tradeId < 0 || message.tsUs < 0 || readTimeUs(data.E) < 0) return false;
    if (isAgg && (readId(data.f) < 0 || readId(data.l) < 0)) return false;
    if (this.#feed.tradeHasOrderType && !isAgg) {
      if (typeof data.X !== 'string') return false;
      message.isMarket = data.X === 'MARKET';
    }
    if (typeof data.p !== 'string' || typeof data.q !== 'string') return false;
    if (typeof data.m !== 'boolean') return false;
    message.isSell = data.m;
    message.price = parseDecimalText(data.p);
    message.size = parseDecimalText(data.q);
    message.nativeSize = message.size;
    message.precisionLoss = losesPrecision(data.p) || losesPrecision(data.q);
    if (message.isMarket) return message.price > 0 && message.size > 0;
    return message.price >= 0 && message.size >= 0;
  }

  #quote(data: JsonObject, instrument: number): boolean {
    const message = this.#messages.quote;
    message.instrument = instrument;
    message.sequence = readId(data.u);
    message.tsUs = Number.NaN;
    if (message.sequence < 0) return false;
    if (this.#feed.quoteHasTime) {
      message.tsUs = readTimeUs(data.T);
      if (message.tsUs < 0 || readTimeUs(data.E) < 0) return false;
    }
    const { b, B, a, A } = data;
    if (typeof b !== 'string' || typeof B !== 'string') return false;
    if (typeof a !== 'string' || typeof A !== 'string') return false;
    message.bidPrice = parseDecimalText(b);
    message.bidSize = parseDecimalText(B);
    message.askPrice = parseDecimalText(a);
    message.askSize = parseDecimalText(A);
    message.precisionLoss = [b, B, a, A].some(losesPrecision);
    if (!(message.bidPrice >= 0 && message.bidSize >= 0)) return false;
    return message.askPrice >= 0 && message.askSize >= 0;
  }

  #depth(data: JsonObject, instrument: number): boolean {
    const message = this.#messages.depth;
    message.instrument = instrument;
    message.isSnapshot = false;
    message.firstId = readId(data.U);
    message.lastId = readId(data.u);
    message.previousId = Number.NaN;
    message.tsUs = readTimeUs(data.E);
    message.precisionLoss = false;
    if (message.firstId < 0 || message.lastId < message.firstId || message.tsUs < 0) return false;
    if (this.#feed.depthHasPrevious) {
      message.previousId = readId(data.pu);
      message.tsUs = readTimeUs(data.T);
      if (message.previousId < 0 || message.tsUs < 0) return false;
    }
    return readLevels(message, data.b, data.a);
  }
}

/** The payload's own symbol; a liquidation has it in its order. */
function symbolOf(kind: Kind, data: JsonObject): unknown {
  return kind === Kind.forceOrder ? readObject(data.o)?.s : data.s;
}

/** Fills both sides from parsed `[["price","size"],…]`; false when a level is none. */
export function readLevels(message: Messages['depth'], bids: unknown, asks: unknown): boolean {
  const bidPairs = readPairs(bids);
  const askPairs = readPairs(asks);
  if (bidPairs === undefined || askPairs === undefined) return false;
  message.bidCount = bidPairs.length;
  message.askCount = askPairs.length;
  growLevels(message, bidPairs.length + askPairs.length);
  let index = 0;
  for (const pairs of [bidPairs, askPairs]) {
    for (const [price, size] of pairs) {
      const priceValue = parseDecimalText(price);
      const sizeValue = parseDecimalText(size);
      if (Number.isNaN(priceValue) || Number.isNaN(sizeValue)) return false;
      message.prices[index] = priceValue;
      message.sizes[index] = sizeValue;
      if (losesPrecision(price) || losesPrecision(size)) message.precisionLoss = true;
      index += 1;
    }
  }
  return true;
}

function decodeNotice(data: JsonObject, out: MessageHandler): DecodeOutcome {
  if (data.e !== 'serverShutdown') return 'ignored';
  out.onShutdownNotice();
  return 'ok';
}

/** `{"result":null,"id":1}`; a list as result answers LIST_SUBSCRIPTIONS, an ack as well. */
function decodeAck(frame: JsonObject, out: MessageHandler): DecodeOutcome {
  const id = readId(frame.id);
  if (id < 0) return 'ignored';
  out.onAck(id, undefined);
  return 'ok';
}

/** `{"code":2,"msg":"…","id":1}` or `{"error":{"code":2,"msg":"…"},"id":1}`. */
function decodeRefusal(frame: JsonObject, out: MessageHandler): DecodeOutcome {
  const error = 'error' in frame ? readObject(frame.error) : frame;
  if (error === undefined || typeof error.msg !== 'string') return 'malformed';
  if (!Number.isSafeInteger(error.code)) return 'malformed';
  const id = readId(frame.id);
  out.onAck(id < 0 ? NO_REQUEST_ID : id, `${String(error.code)} ${error.msg}`);
  return 'ok';
}
