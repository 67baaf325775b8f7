/**
 * What a frame of Bybit v5 means, given as a parsed JSON value: the definition that the fast path
 * is held against. Fields may come in any order (the documents' examples differ by product). Every
 * field used is checked, others are tolerated; nothing is repaired.
 */
import { losesPrecision, parseDecimalText } from '../../base/decimal.ts';
import type { Instrument } from '../../model/instrument.ts';
import type { DecodeOutcome, MessageHandler, TradeMessage } from '../contract.ts';
import {
  type JsonObject,
  readDecimalText,
  readId,
  readObject,
  readTimeMs,
} from '../kit/json-fields.ts';
import { readLevels } from '../kit/level-read.ts';
import { Kind, type Messages, tradeAt } from './decoded.ts';
import { BOOK_DEPTH, parseTopic, type Topic } from './subscribe.ts';
import { TickerStates } from './ticker-state.ts';

/** A kind when messages were filled; else what became of the frame. */
export type SlowResult = Exclude<Kind, 0> | DecodeOutcome;

/** Request id of a refusal that does not say which request it is about. */
export const NO_REQUEST_ID = -1;
/** As long as a store's column. */
const ID_LENGTH_MAX = 64;

export class SlowDecoder {
  readonly #messages: Messages;
  readonly #bySymbol: ReadonlyMap<string, Instrument>;
  readonly #tickers = new TickerStates();
  /** Replay: the depth of the first book frame of each instrument; a capture may have another. */
  readonly #depths = new Map<number, number>();
  readonly #anyDepth: boolean;

  constructor(instruments: readonly Instrument[], messages: Messages, anyDepth: boolean) {
    this.#messages = messages;
    this.#bySymbol = new Map(instruments.map((each) => [each.venueSymbol, each]));
    this.#anyDepth = anyDepth;
  }

  /** `value` is what JSON.parse made of the frame. Control frames go to `out` at once. */
  decode(value: unknown, out: MessageHandler): SlowResult {
    const frame = readObject(value);
    if (frame === undefined) return 'malformed';
    if ('op' in frame) return decodeControl(frame, out);
    if (frame.topic === undefined) return 'ignored';
    if (typeof frame.topic !== 'string') return 'malformed';
    const topic = parseTopic(frame.topic);
    if (topic === undefined) return 'ignored';
    const instrument = this.#bySymbol.get(topic.symbol);
    if (instrument === undefined) return 'ignored';
    return this.#data(frame, topic, instrument);
  }

  /** False for a book of another depth than the one that is followed. */
  takesDepth(instrument: number, depth: number): boolean {
    if (!this.#anyDepth) return depth === BOOK_DEPTH;
    const first = this.#depths.get(instrument) ?? depth;
    this.#depths.set(instrument, first);
    return depth === first;
  }

  #data(frame: JsonObject, topic: Topic, instrument: Instrument): SlowResult {
    switch (topic.channel) {
      case 'trades':
        return this.#trades(frame, instrument);
      case 'liquidations':
        return this.#liquidations(frame, instrument);
      case 'derivative':
        return this.#ticker(frame, instrument);
      case 'quotes':
        return this.#book(frame, instrument) && this.#quote(frame) ? Kind.quote : 'malformed';
      case 'book':
        if (!this.#book(frame, instrument)) return 'malformed';
        return this.takesDepth(instrument.index, topic.depth) ? Kind.depth : 'ignored';
    }
  }

  #trades(frame: JsonObject, instrument: Instrument): SlowResult {
    const { data } = frame;
    if (frame.type !== 'snapshot' || !Array.isArray(data)) return 'malformed';
    const messages = this.#messages;
    for (const [i, row] of data.entries()) {
      const message = tradeAt(messages, i);
      message.instrument = instrument.index;
      if (!readTrade(message, readObject(row), instrument.venueSymbol)) return 'malformed';
    }
    messages.tradeCount = data.length;
    return data.length === 0 ? 'ignored' : Kind.trades;
  }

  #liquidations(frame: JsonObject, instrument: Instrument): SlowResult {
    const { data } = frame;
    if (frame.type !== 'snapshot' || !Array.isArray(data)) return 'malformed';
    const { liquidations } = this.#messages;
    liquidations.length = 0;
    for (const each of data) {
      const row = readObject(each);
      if (row?.s !== instrument.venueSymbol || (row.S !== 'Buy' && row.S !== 'Sell')) {
        return 'malformed';
      }
      const tsUs = readTimeMs(row.T);
      const size = readDecimalText(row.v);
      const price = readDecimalText(row.p);
      if (tsUs < 0 || !(size > 0) || !(price > 0)) return 'malformed';
      liquidations.push({
        instrument: instrument.index,
        tsUs,
        price,
        size,
        nativeSize: size,
        // `S` is the side of the position: a long ("Buy") is liquidated by selling it.
        isSell: row.S === 'Buy',
      });
    }
    return liquidations.length === 0 ? 'ignored' : Kind.liquidations;
  }

  #ticker(frame: JsonObject, instrument: Instrument): SlowResult {
    const data = readObject(frame.data);
    const tsUs = readTimeMs(frame.ts);
    if (data === undefined || tsUs < 0 || data.symbol !== instrument.venueSymbol) {
      return 'malformed';
    }
    const { type } = frame;
    if (type !== 'snapshot' && type !== 'delta') return 'malformed';
    const { derivative } = this.#messages;
    derivative.instrument = instrument.index;
    derivative.tsUs = tsUs;
    const change = this.#tickers.update(derivative, data, type === 'snapshot');
    if (change === 'malformed') return 'malformed';
    return change === 'changed' ? Kind.derivative : 'ignored';
  }

  /** Depth 1 and the deeper ones have one shape. */
  #book(frame: JsonObject, instrument: Instrument): boolean {
    const data = readObject(frame.data);
    if (data?.s !== instrument.venueSymbol) return false;
    const { type } = frame;
    if (type !== 'snapshot' && type !== 'delta') return false;
    const message = this.#messages.depth;
    message.instrument = instrument.index;
    message.isSnapshot = type === 'snapshot';
    message.lastId = readId(data.u);
    message.firstId = message.lastId;
    message.previousId = Number.NaN;
    message.checksum = Number.NaN;
    // `cts` is the engine's time and compares with trades; `ts` is when the frame was pushed.
    message.tsUs = readTimeMs(frame.cts ?? frame.ts);
    message.precisionLoss = false;
    if (message.lastId < 0 || message.tsUs < 0) return false;
    return readLevels(message, data.b, data.a);
  }

  /** The book of depth 1, just read into the depth message, as a quote. */
  #quote({ type }: JsonObject): boolean {
    const { depth, quote } = this.#messages;
    // Of depth 1 only snapshots exist, and so at most one level a side.
    return type === 'snapshot' && fillQuote(quote, depth);
  }
}

/** False when a side has more than its best level. */
export function fillQuote(quote: Messages['quote'], depth: Messages['depth']): boolean {
  const { prices, sizes, bidCount, askCount } = depth;
  if (bidCount > 1 || askCount > 1) return false;
  quote.instrument = depth.instrument;
  quote.tsUs = depth.tsUs;
  quote.bidPrice = bidCount === 0 ? 0 : (prices[0] as number);
  quote.bidSize = bidCount === 0 ? 0 : (sizes[0] as number);
  quote.askPrice = askCount === 0 ? 0 : (prices[bidCount] as number);
  quote.askSize = askCount === 0 ? 0 : (sizes[bidCount] as number);
  // Its `u` counts the frames of this stream alone: it is no id of the deeper book.
  quote.sequence = Number.NaN;
  quote.precisionLoss = depth.precisionLoss;
  return true;
}

function readTrade(message: TradeMessage, row: JsonObject | undefined, symbol: string): boolean {
  if (row?.s !== symbol || (row.S !== 'Buy' && row.S !== 'Sell')) return false;
  const { p, v, i, BT = false } = row;
  if (typeof p !== 'string' || typeof v !== 'string' || typeof BT !== 'boolean') return false;
  if (typeof i !== 'string' || i.length === 0 || i.length > ID_LENGTH_MAX) return false;
  message.tape = 'trade';
  message.tsUs = readTimeMs(row.T);
  message.price = parseDecimalText(p);
  message.size = parseDecimalText(v);
  message.nativeSize = message.size;
  // `S` is the taker's side.
  message.isSell = row.S === 'Sell';
  message.tradeId = Number.NaN;
  message.textId.set(i);
  message.firstTradeId = Number.NaN;
  // A block trade was agreed on beside the book. RPI prints are matched in it.
  message.isMarket = !BT;
  message.precisionLoss = losesPrecision(p) || losesPrecision(v);
  return message.tsUs >= 0 && message.price > 0 && message.size > 0;
}

/**
 * Answers to requests and pings. A pong says `op` "ping" (spot, linear) or "pong" (others); a
 * request is known by its `req_id`.
 */
function decodeControl(frame: JsonObject, out: MessageHandler): DecodeOutcome {
  const { op, success, ret_msg: reason = '', req_id: id } = frame;
  if (typeof op !== 'string') return 'malformed';
  if (op !== 'subscribe' && op !== 'unsubscribe') return 'ignored';
  if (typeof success !== 'boolean' || typeof reason !== 'string') return 'malformed';
  const requestId = typeof id === 'string' && /^\d{1,15}$/.test(id) ? Number(id) : NO_REQUEST_ID;
  // Not documented: a topic that is subscribed already flows, whatever the venue calls that.
  const isFine = success || /already subscribed/i.test(reason);
  out.onAck(requestId, isFine ? undefined : reason || 'refused');
  return 'ok';
}
