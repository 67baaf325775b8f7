/**
 * What a data frame of Hyperliquid means, given as parsed JSON: `{"channel":…,"data":…}`. Every
 * field used is checked, extra fields are tolerated, and handlers are called after the whole frame
 * proved valid. Control frames (acks, errors, pongs) are the protocol's.
 */
import { losesPrecision } from '../../base/decimal.ts';
import type { Instrument } from '../../model/instrument.ts';
import type {
  DecodeOutcome,
  DepthMessage,
  DerivativeMessage,
  MessageHandler,
  QuoteMessage,
  TradeMessage,
} from '../contract.ts';
import {
  type JsonObject,
  readDecimalText,
  readId,
  readObject,
  readSignedText,
  readTimeMs,
} from '../kit/json-fields.ts';
import { growLevels } from '../kit/levels.ts';
import { createDepthMessage, createQuoteMessage, createTradeMessage } from '../kit/messages.ts';
import { FrameOrder } from './book-sync.ts';
import { FastDecoder, FastKind } from './decode-fast.ts';

export class DataDecoder {
  /** By the venue's name, which minds the case. */
  readonly #byCoin: Map<string, Instrument>;
  readonly frameArea: Uint8Array;
  readonly #fast: FastDecoder;
  readonly #trades: TradeMessage[] = [];
  readonly #quote: QuoteMessage = createQuoteMessage();
  readonly #depth: DepthMessage = createDepthMessage();
  readonly #derivative: DerivativeMessage = createDerivativeMessage();
  readonly #quoteOrder = new FrameOrder();
  readonly #bookOrder = new FrameOrder();
  /** Instruments whose fast book was seen: frames of the slow one are another book. */
  readonly #hasFastBook = new Set<number>();

  constructor(instruments: readonly Instrument[]) {
    this.#fast = new FastDecoder(instruments);
    this.frameArea = this.#fast.frameArea;
    this.#byCoin = new Map(instruments.map((each) => [each.venueSymbol, each]));
  }

  /** The venue calls another market by this name: its frames are not ours. */
  forget(coin: string): void {
    this.#byCoin.delete(coin);
    this.#fast.forget(coin);
  }

  /** A frame from its bytes, where its shape is known; undefined when that is not sure. */
  decodeFast(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome | undefined {
    const fast = this.#fast;
    switch (fast.read(frame, length)) {
      case FastKind.trades: {
        const count = fast.tradeCount;
        if (count === 0) return undefined;
        for (let i = 0; i < count; i += 1) {
          if (!fast.fillTrade(this.#trade(i), i)) return undefined;
        }
        return this.#deliverTrades(count, out);
      }
      case FastKind.quote:
        return fast.fillQuote(this.#quote) ? this.#deliverQuote(out) : undefined;
      case FastKind.book:
        if (!fast.fillBook(this.#depth)) return undefined;
        return this.#deliverBook(fast.isFastBook, out);
      default:
        return undefined;
    }
  }

  /** The slow path took this frame. */
  learn(frame: Uint8Array, length: number): void {
    this.#fast.learn(frame, length);
  }

  decode(channel: string, data: unknown, out: MessageHandler): DecodeOutcome {
    switch (channel) {
      case 'trades':
        return this.#onTrades(data, out);
      case 'bbo':
        return this.#onQuote(readObject(data), out);
      case 'l2Book':
        return this.#onBook(readObject(data), out);
      case 'activeAssetCtx':
        return this.#onContext(readObject(data), out);
      default:
        // Of a spot pair's context (`activeSpotAssetCtx`) nothing is recorded.
        return 'ignored';
    }
  }

  /** All instruments of one frame, in the order of the frame, which is the order in the block. */
  #onTrades(data: unknown, out: MessageHandler): DecodeOutcome {
    if (!Array.isArray(data)) return 'malformed';
    let count = 0;
    for (const row of data) {
      const trade = readObject(row);
      if (trade === undefined || typeof trade.coin !== 'string') return 'malformed';
      const message = this.#trade(count);
      if (!readTrade(message, trade)) return 'malformed';
      const instrument = this.#byCoin.get(trade.coin);
      if (instrument === undefined) continue;
      message.instrument = instrument.index;
      count += 1;
    }
    return this.#deliverTrades(count, out);
  }

  #trade(index: number): TradeMessage {
    this.#trades[index] ??= createTradeMessage();
    return this.#trades[index] as TradeMessage;
  }

  #deliverTrades(count: number, out: MessageHandler): DecodeOutcome {
    for (let i = 0; i < count; i += 1) out.onTrade(this.#trades[i] as TradeMessage);
    return count > 0 ? 'ok' : 'ignored';
  }

  #onQuote(data: JsonObject | undefined, out: MessageHandler): DecodeOutcome {
    if (data === undefined || typeof data.coin !== 'string') return 'malformed';
    const message = this.#quote;
    message.tsUs = readTimeMs(data.time);
    if (message.tsUs < 0 || !Array.isArray(data.bbo) || data.bbo.length !== 2) return 'malformed';
    const [bid, ask] = data.bbo.map(readLevel);
    if (bid === undefined || ask === undefined) return 'malformed';
    const instrument = this.#byCoin.get(data.coin);
    if (instrument === undefined) return 'ignored';
    message.instrument = instrument.index;
    message.bidPrice = bid.price;
    message.bidSize = bid.size;
    message.askPrice = ask.price;
    message.askSize = ask.size;
    message.precisionLoss = bid.precisionLoss || ask.precisionLoss;
    return this.#deliverQuote(out);
  }

  #deliverQuote(out: MessageHandler): DecodeOutcome {
    const message = this.#quote;
    if (this.#quoteOrder.isLate(message.instrument, message.tsUs)) return 'ignored';
    out.onQuote(message);
    return 'ok';
  }

  #onBook(data: JsonObject | undefined, out: MessageHandler): DecodeOutcome {
    if (data === undefined || typeof data.coin !== 'string') return 'malformed';
    const message = this.#depth;
    message.tsUs = readTimeMs(data.time);
    if (message.tsUs < 0 || !Array.isArray(data.levels) || data.levels.length !== 2) {
      return 'malformed';
    }
    const isFast = data.fast === true;
    message.isSnapshot = true;
    message.precisionLoss = false;
    message.bidCount = readLevels(message, data.levels[0], 0);
    if (message.bidCount < 0) return 'malformed';
    message.askCount = readLevels(message, data.levels[1], message.bidCount);
    if (message.askCount < 0) return 'malformed';
    const instrument = this.#byCoin.get(data.coin);
    if (instrument === undefined) return 'ignored';
    message.instrument = instrument.index;
    return this.#deliverBook(isFast, out);
  }

  #deliverBook(isFast: boolean, out: MessageHandler): DecodeOutcome {
    const message = this.#depth;
    const { instrument } = message;
    if (isFast) this.#hasFastBook.add(instrument);
    else if (this.#hasFastBook.has(instrument)) return 'ignored';
    if (this.#bookOrder.isLate(instrument, message.tsUs)) return 'ignored';
    out.onDepth(message);
    return 'ok';
  }

  #onContext(data: JsonObject | undefined, out: MessageHandler): DecodeOutcome {
    const context = readObject(data?.ctx);
    if (context === undefined || typeof data?.coin !== 'string') return 'malformed';
    const message = this.#derivative;
    const { markPx, oraclePx, funding, openInterest } = context;
    message.markPrice = readDecimalText(markPx);
    message.indexPrice = readDecimalText(oraclePx);
    message.fundingRate = readSignedText(funding);
    message.openInterest = readDecimalText(openInterest);
    const values: readonly (readonly [unknown, number])[] = [
      [markPx, message.markPrice],
      [oraclePx, message.indexPrice],
      [funding, message.fundingRate],
      [openInterest, message.openInterest],
    ];
    // A value the venue does not have right now is null.
    if (values.some(([raw, value]) => raw !== null && Number.isNaN(value))) return 'malformed';
    const instrument = this.#byCoin.get(data.coin);
    if (instrument === undefined || instrument.marketType !== 'perp') return 'ignored';
    message.instrument = instrument.index;
    out.onDerivative(message);
    return 'ok';
  }
}

/** Reads all but the instrument; shared with `recentTrades`, which has the same rows. */
export function readTrade(message: TradeMessage, row: JsonObject): boolean {
  const { side, px, sz, time, tid } = row;
  if (side !== 'A' && side !== 'B') return false;
  const id = readId(tid);
  message.tsUs = readTimeMs(time);
  message.price = readDecimalText(px);
  message.size = readDecimalText(sz);
  if (id < 0 || message.tsUs < 0 || !(message.price > 0) || !(message.size > 0)) return false;
  message.nativeSize = message.size;
  // The aggressor's: A hit the bid side, that is, sold.
  message.isSell = side === 'A';
  // About 50 random bits: no order is in them, so they are names and not numbers.
  message.textId.set(String(id));
  message.precisionLoss = losesPrecision(px as string) || losesPrecision(sz as string);
  return true;
}

interface Level {
  readonly price: number;
  readonly size: number;
  readonly precisionLoss: boolean;
}

const EMPTY_SIDE: Level = { price: Number.NaN, size: 0, precisionLoss: false };

/** One side of `bbo`, null where it is empty; undefined when it is neither. */
function readLevel(value: unknown): Level | undefined {
  if (value === null) return EMPTY_SIDE;
  const level = readObject(value);
  const price = readDecimalText(level?.px);
  const size = readDecimalText(level?.sz);
  if (!(price > 0) || !(size > 0)) return undefined;
  const precisionLoss = losesPrecision(String(level?.px)) || losesPrecision(String(level?.sz));
  return { price, size, precisionLoss };
}

/** Levels to `start` and on; their count, or -1 when they are none. */
function readLevels(message: DepthMessage, value: unknown, start: number): number {
  if (!Array.isArray(value)) return -1;
  growLevels(message, start + value.length);
  for (const [i, item] of value.entries()) {
    const level = item === null ? undefined : readLevel(item);
    if (level === undefined) return -1;
    message.prices[start + i] = level.price;
    message.sizes[start + i] = level.size;
    if (level.precisionLoss) message.precisionLoss = true;
  }
  return value.length;
}

function createDerivativeMessage(): DerivativeMessage {
  return {
    instrument: 0,
    // The venue says no time with it.
    tsUs: Number.NaN,
    markPrice: Number.NaN,
    indexPrice: Number.NaN,
    fundingRate: Number.NaN,
    // Paid on the hour, but the frame does not say when.
    nextFundingUs: Number.NaN,
    openInterest: Number.NaN,
  };
}
