/**
 * What a data frame of Coinbase's Exchange feed means, given as parsed JSON. Every field used is
 * checked; unknown ones are tolerated; a frame counts only as a whole.
 */
import { losesPrecision, parseDecimalText } from '../../base/decimal.ts';
import type { Instrument } from '../../model/instrument.ts';
import type { DecodeOutcome, MessageHandler, TradeMessage } from '../contract.ts';
import { isoTimeUs } from '../kit/iso-time.ts';
import { type JsonObject, readDecimalText, readId } from '../kit/json-fields.ts';
import { growLevels } from '../kit/levels.ts';
import { createDepthMessage, createQuoteMessage, createTradeMessage } from '../kit/messages.ts';
import { FastDecoder, FastKind } from './decode-fast.ts';

/** Price and size of a side without orders. */
const NO_ORDER = [Number.NaN, 0] as const;
/** Sizes seen in snapshots that are none: such levels are passed over. */
const NO_SIZE = /^(?:NaN|-\d+(?:\.\d+)?)$/;

export class FrameDecoder {
  readonly #byProduct = new Map<string, Instrument>();
  readonly frameArea: Uint8Array;
  readonly #fast: FastDecoder;
  readonly #trade = createTradeMessage();
  readonly #quote = createQuoteMessage();
  readonly #depth = createDepthMessage();

  constructor(instruments: readonly Instrument[]) {
    this.#fast = new FastDecoder(instruments);
    this.frameArea = this.#fast.frameArea;
    for (const each of instruments) this.#byProduct.set(each.venueSymbol, each);
  }

  /** A frame from its bytes, where its shape is known; undefined when that is not sure. */
  decodeFast(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome | undefined {
    const fast = this.#fast;
    switch (fast.read(frame, length)) {
      case FastKind.trade:
        if (!fast.fillTrade(this.#trade)) return undefined;
        out.onTrade(this.#trade);
        return 'ok';
      case FastKind.quote:
        if (!fast.fillQuote(this.#quote)) return undefined;
        out.onQuote(this.#quote);
        return 'ok';
      case FastKind.changes:
        if (!fast.fillChanges(this.#depth)) return undefined;
        out.onDepth(this.#depth);
        return 'ok';
      default:
        return undefined;
    }
  }

  /** The slow path took this frame. */
  learn(frame: Uint8Array, length: number): void {
    this.#fast.learn(frame, length);
  }

  /** `frame.type` is one of the data types below; other frames are ignored. */
  decode(frame: JsonObject, out: MessageHandler): DecodeOutcome {
    const { type, product_id: product } = frame;
    if (!DATA_TYPES.has(type)) return 'ignored';
    if (typeof product !== 'string') return 'malformed';
    const instrument = this.#byProduct.get(product);
    if (instrument === undefined) return 'ignored';
    switch (type) {
      case 'match':
      case 'last_match':
        if (!readMatch(this.#trade, frame, instrument.index)) return 'malformed';
        out.onTrade(this.#trade);
        return 'ok';
      case 'ticker':
        if (!this.#readTicker(frame, instrument.index)) return 'malformed';
        out.onQuote(this.#quote);
        return 'ok';
      default:
        if (!this.#readBook(frame, instrument.index)) return 'malformed';
        out.onDepth(this.#depth);
        return 'ok';
    }
  }

  #readTicker(frame: JsonObject, instrument: number): boolean {
    const message = this.#quote;
    const { best_bid, best_bid_size, best_ask, best_ask_size, sequence, time } = frame;
    message.instrument = instrument;
    message.sequence = sequence === undefined ? Number.NaN : readId(sequence);
    message.tsUs = readTime(time);
    message.bidPrice = readDecimalText(best_bid);
    message.askPrice = readDecimalText(best_ask);
    // The feed of 2021 said prices only.
    message.bidSize = best_bid_size === undefined ? Number.NaN : readDecimalText(best_bid_size);
    message.askSize = best_ask_size === undefined ? Number.NaN : readDecimalText(best_ask_size);
    message.precisionLoss = [best_bid, best_bid_size, best_ask, best_ask_size].some(isLong);
    if (message.sequence < 0 || (time !== undefined && !isTime(time))) return false;
    if (best_bid_size !== undefined && Number.isNaN(message.bidSize)) return false;
    if (best_ask_size !== undefined && Number.isNaN(message.askSize)) return false;
    if (!(message.bidPrice >= 0 && message.askPrice >= 0)) return false;
    // A side without orders.
    if (message.bidPrice === 0) [message.bidPrice, message.bidSize] = NO_ORDER;
    if (message.askPrice === 0) [message.askPrice, message.askSize] = NO_ORDER;
    return true;
  }

  #readBook(frame: JsonObject, instrument: number): boolean {
    const message = this.#depth;
    const { type, time } = frame;
    message.instrument = instrument;
    message.isSnapshot = type === 'snapshot';
    message.firstId = Number.NaN;
    message.lastId = Number.NaN;
    message.previousId = Number.NaN;
    message.checksum = Number.NaN;
    message.precisionLoss = false;
    // A snapshot may have none.
    if (!(time === undefined && message.isSnapshot) && !isTime(time)) return false;
    message.tsUs = readTime(time);
    return message.isSnapshot
      ? this.#readSnapshot(frame.bids, frame.asks)
      : this.#readChanges(frame.changes);
  }

  #readSnapshot(bids: unknown, asks: unknown): boolean {
    const message = this.#depth;
    if (!Array.isArray(bids) || !Array.isArray(asks)) return false;
    growLevels(message, bids.length + asks.length);
    message.bidCount = this.#readSide(bids, 0);
    if (message.bidCount < 0) return false;
    message.askCount = this.#readSide(asks, message.bidCount);
    // Where every level is none the frame is broken, not the levels.
    const isHollow = message.bidCount + message.askCount === 0 && bids.length + asks.length > 0;
    return message.askCount >= 0 && !isHollow;
  }

  /**
   * Reads `[["price","size"],…]` to `start` and on; how many levels, -1 when it is no such list.
   */
  #readSide(levels: readonly unknown[], start: number): number {
    let count = 0;
    for (const level of levels) {
      if (!Array.isArray(level) || level.length < 2) return -1;
      const [price, size] = level;
      if (typeof size === 'string' && typeof price === 'string' && NO_SIZE.test(size)) continue;
      if (!this.#setLevel(start + count, price, size)) return -1;
      count += 1;
    }
    return count;
  }

  /**
   * Reads `[["buy","price","size"],…]`: bids first, asks behind them, each in the frame's order.
   */
  #readChanges(changes: unknown): boolean {
    const message = this.#depth;
    if (!Array.isArray(changes)) return false;
    growLevels(message, changes.length);
    let count = 0;
    for (const side of ['buy', 'sell']) {
      for (const change of changes) {
        if (!Array.isArray(change) || change.length < 3) return false;
        if (change[0] !== 'buy' && change[0] !== 'sell') return false;
        if (change[0] !== side) continue;
        if (!this.#setLevel(count, change[1], change[2])) return false;
        count += 1;
      }
      if (side === 'buy') message.bidCount = count;
    }
    message.askCount = count - message.bidCount;
    return true;
  }

  #setLevel(index: number, priceText: unknown, sizeText: unknown): boolean {
    const message = this.#depth;
    const price = readDecimalText(priceText);
    const size = readDecimalText(sizeText);
    if (!(price > 0 && size >= 0)) return false;
    message.prices[index] = price;
    message.sizes[index] = size;
    if (isLong(priceText) || isLong(sizeText)) message.precisionLoss = true;
    return true;
  }
}

const DATA_TYPES: ReadonlySet<unknown> = new Set([
  'match',
  'last_match',
  'ticker',
  'snapshot',
  'l2update',
]);

/** A match of the feed, or a row of REST's trades, which has the same fields. */
export function readMatch(message: TradeMessage, row: JsonObject, instrument: number): boolean {
  const { price, size, side, time } = row;
  if (typeof price !== 'string' || typeof size !== 'string') return false;
  message.instrument = instrument;
  message.tape = 'trade';
  message.tradeId = readId(row.trade_id);
  message.tsUs = isoTimeUs(time);
  message.price = parseDecimalText(price);
  message.size = parseDecimalText(size);
  message.nativeSize = message.size;
  message.precisionLoss = losesPrecision(price) || losesPrecision(size);
  message.isMarket = true;
  // The side is the MAKER's: a buyer was there, so the aggressor sold.
  message.isSell = side === 'buy';
  if (side !== 'buy' && side !== 'sell') return false;
  return message.tradeId >= 0 && message.tsUs > 0 && message.price > 0 && message.size > 0;
}

/** µs, NaN where the venue wrote the year 1 (seen in book messages whose levels were right). */
function readTime(time: unknown): number {
  const us = isoTimeUs(time);
  return us > 0 ? us : Number.NaN;
}

function isTime(time: unknown): boolean {
  return !Number.isNaN(isoTimeUs(time));
}

function isLong(text: unknown): boolean {
  return typeof text === 'string' && losesPrecision(text);
}
