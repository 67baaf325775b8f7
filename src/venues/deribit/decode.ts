/**
 * What a notification of Deribit means, given as parsed JSON: a channel and its data. Every field
 * used is checked, extra fields are tolerated, and handlers are called after the whole frame proved
 * valid. JSON-RPC itself (answers, heartbeats) is the protocol's.
 *
 * Amounts are quote units for inverse contracts and base units for everything else; what leaves
 * here is base units, with a trade's amount kept beside it. Prices and amounts are JSON numbers.
 */
import { losesPrecision } from '../../base/decimal.ts';
import type { ChannelName } from '../../model/record-layout.ts';
import type {
  DecodeOutcome,
  DepthMessage,
  DerivativeMessage,
  LiquidationMessage,
  MessageHandler,
  QuoteMessage,
  TradeMessage,
} from '../contract.ts';
import { type JsonObject, readId, readNumber, readObject, readTimeMs } from '../kit/json-fields.ts';
import { growLevels } from '../kit/levels.ts';
import {
  createDepthMessage,
  createDerivativeMessage,
  createLiquidationMessage,
  createQuoteMessage,
  createTradeMessage,
} from '../kit/messages.ts';
import { type FastDecoder, FastKind } from './decode-fast.ts';
import { inBase, type Liquidated, type Traded, type TradedByName } from './traded.ts';

interface Row {
  readonly trade: TradeMessage;
  liquidated: Liquidated;
}

export class ChannelDecoder {
  readonly #byName: TradedByName;
  readonly #hasTrades: boolean;
  readonly #hasLiquidations: boolean;
  readonly #rows: Row[] = [];
  readonly #quote: QuoteMessage = createQuoteMessage();
  readonly #depth: DepthMessage = createDepthMessage();
  readonly #derivative: DerivativeMessage = createDerivativeMessage();
  readonly #liquidation: LiquidationMessage = createLiquidationMessage();

  constructor(byName: TradedByName, channels: readonly ChannelName[]) {
    this.#byName = byName;
    this.#hasTrades = channels.includes('trades');
    this.#hasLiquidations = channels.includes('liquidations');
  }

  decode(channel: string, data: unknown, out: MessageHandler): DecodeOutcome {
    const parts = channel.split('.');
    switch (parts[0]) {
      case 'trades':
        return this.#onTrades(data, out);
      case 'quote':
        return this.#onQuote(readObject(data), out);
      case 'book':
        // With a group and a depth it is another book, of which nothing is recorded.
        return parts.length === 3 ? this.#onBook(readObject(data), out) : 'ignored';
      case 'ticker':
        return this.#onTicker(readObject(data), out);
      default:
        return 'ignored';
    }
  }

  /** A frame that the fast path read as `kind`; undefined when that is not sure. */
  decodeFast(fast: FastDecoder, kind: FastKind, out: MessageHandler): DecodeOutcome | undefined {
    switch (kind) {
      case FastKind.unknown:
        return undefined;
      case FastKind.trades:
        return this.#onFastTrades(fast, out);
      case FastKind.quote:
        if (!fast.fillQuote(this.#quote)) return undefined;
        out.onQuote(this.#quote);
        return 'ok';
      default:
        if (!fast.fillDepth(this.#depth, kind === FastKind.snapshot)) return undefined;
        out.onDepth(this.#depth);
        return 'ok';
    }
  }

  #onFastTrades(fast: FastDecoder, out: MessageHandler): DecodeOutcome | undefined {
    const count = fast.tradeCount;
    if (count === 0) return undefined;
    for (let i = 0; i < count; i += 1) {
      const row = this.#row(i);
      row.liquidated = fast.liquidatedAt(i);
      if (!fast.fillTrade(row.trade, i)) return undefined;
    }
    for (let i = 0; i < count; i += 1) this.#deliver(this.#rows[i] as Row, out);
    return 'ok';
  }

  #row(index: number): Row {
    this.#rows[index] ??= { trade: createTradeMessage(), liquidated: '' };
    return this.#rows[index] as Row;
  }

  #onTrades(data: unknown, out: MessageHandler): DecodeOutcome {
    if (!Array.isArray(data)) return 'malformed';
    let count = 0;
    for (const item of data) {
      const fields = readObject(item);
      if (typeof fields?.instrument_name !== 'string') return 'malformed';
      const traded = this.#byName.get(fields.instrument_name);
      if (traded === undefined) continue;
      const row = this.#row(count);
      if (!readTrade(row.trade, fields, traded)) return 'malformed';
      const liquidated = readLiquidated(fields.liquidation);
      if (liquidated === undefined) return 'malformed';
      row.liquidated = liquidated;
      count += 1;
    }
    for (let i = 0; i < count; i += 1) this.#deliver(this.#rows[i] as Row, out);
    return count > 0 ? 'ok' : 'ignored';
  }

  #deliver({ trade, liquidated }: Row, out: MessageHandler): void {
    if (this.#hasTrades) out.onTrade(trade);
    if (!this.#hasLiquidations || liquidated === '') return;
    const message = this.#liquidation;
    message.instrument = trade.instrument;
    message.tsUs = trade.tsUs;
    message.price = trade.price;
    message.size = trade.size;
    message.nativeSize = trade.nativeSize;
    // The order that liquidated: the taker's goes the way of the trade, the maker's against it.
    for (const who of liquidated) {
      message.isSell = who === 'T' ? trade.isSell : !trade.isSell;
      out.onLiquidation(message);
    }
  }

  #onQuote(data: JsonObject | undefined, out: MessageHandler): DecodeOutcome {
    if (typeof data?.instrument_name !== 'string') return 'malformed';
    const traded = this.#byName.get(data.instrument_name);
    if (traded === undefined) return 'ignored';
    const message = this.#quote;
    message.instrument = traded.index;
    message.tsUs = readTimeMs(data.timestamp);
    const bid = readBest(data.best_bid_price, data.best_bid_amount, traded);
    const ask = readBest(data.best_ask_price, data.best_ask_amount, traded);
    if (message.tsUs < 0 || bid === undefined || ask === undefined) return 'malformed';
    message.bidPrice = bid.price;
    message.bidSize = bid.size;
    message.askPrice = ask.price;
    message.askSize = ask.size;
    message.precisionLoss =
      loses(data.best_bid_price, data.best_bid_amount) ||
      loses(data.best_ask_price, data.best_ask_amount);
    out.onQuote(message);
    return 'ok';
  }

  #onBook(data: JsonObject | undefined, out: MessageHandler): DecodeOutcome {
    if (typeof data?.instrument_name !== 'string') return 'malformed';
    const traded = this.#byName.get(data.instrument_name);
    if (traded === undefined) return 'ignored';
    const message = this.#depth;
    const { type, change_id: changeId, prev_change_id: previousId } = data;
    if (type !== 'snapshot' && type !== 'change') return 'malformed';
    message.instrument = traded.index;
    message.isSnapshot = type === 'snapshot';
    message.tsUs = readTimeMs(data.timestamp);
    message.lastId = readId(changeId);
    message.firstId = message.lastId;
    // A snapshot follows nothing: the field is absent or null.
    const hasPrevious = previousId !== undefined && previousId !== null;
    message.previousId = hasPrevious ? readId(previousId) : Number.NaN;
    if (message.tsUs < 0 || message.lastId < 0 || message.previousId < 0) return 'malformed';
    if (!message.isSnapshot && !hasPrevious) return 'malformed';
    message.precisionLoss = false;
    message.bidCount = readLevels(message, data.bids, 0, traded);
    if (message.bidCount < 0) return 'malformed';
    message.askCount = readLevels(message, data.asks, message.bidCount, traded);
    if (message.askCount < 0) return 'malformed';
    out.onDepth(message);
    return 'ok';
  }

  #onTicker(data: JsonObject | undefined, out: MessageHandler): DecodeOutcome {
    if (typeof data?.instrument_name !== 'string') return 'malformed';
    const traded = this.#byName.get(data.instrument_name);
    if (traded === undefined) return 'ignored';
    const message = this.#derivative;
    const { mark_price, index_price, open_interest, current_funding } = data;
    message.instrument = traded.index;
    message.tsUs = readTimeMs(data.timestamp);
    message.markPrice = readNumber(mark_price);
    message.indexPrice = readNumber(index_price);
    const interest = readNumber(open_interest);
    message.openInterest = interest === 0 ? 0 : inBase(interest, message.markPrice, traded);
    // Only perpetuals have funding; it accrues all the time, so there is no next payment.
    message.fundingRate = readNumber(current_funding);
    const isFundingWrong = current_funding !== undefined && Number.isNaN(message.fundingRate);
    const isWrong = !(message.markPrice > 0) || !(message.indexPrice > 0);
    if (message.tsUs < 0 || isWrong || isFundingWrong) return 'malformed';
    if (Number.isNaN(message.openInterest)) return 'malformed';
    out.onDerivative(message);
    return 'ok';
  }
}

/** Reads a row of `trades` or of the trade history. */
export function readTrade(message: TradeMessage, row: JsonObject, traded: Traded): boolean {
  const { direction, price, amount } = row;
  if (direction !== 'buy' && direction !== 'sell') return false;
  message.instrument = traded.index;
  // Rises by one a trade and instrument; `trade_id` is unique in a currency and has no order.
  message.tradeId = readId(row.trade_seq);
  message.tsUs = readTimeMs(row.timestamp);
  message.price = readNumber(price);
  message.nativeSize = readNumber(amount);
  message.size = inBase(message.nativeSize, message.price, traded);
  // The taker's.
  message.isSell = direction === 'sell';
  // A block is agreed on beside the book, at a price of its own: it takes a number, no more.
  message.isMarket = row.block_trade_id === undefined || row.block_trade_id === null;
  message.precisionLoss = loses(price, amount);
  if (message.tradeId < 0 || message.tsUs < 0) return false;
  return message.price > 0 && message.size > 0;
}

/** Undefined when it is no text; a text nobody knows says nothing. */
function readLiquidated(value: unknown): Liquidated | undefined {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') return undefined;
  return value === 'M' || value === 'T' || value === 'MT' ? value : '';
}

interface Best {
  readonly price: number;
  readonly size: number;
}

const EMPTY_SIDE: Best = { price: Number.NaN, size: 0 };

/** An empty side is null, or 0 with an amount of 0. */
function readBest(price: unknown, amount: unknown, traded: Traded): Best | undefined {
  const isEmpty = (value: unknown) => value === null || value === 0;
  if (isEmpty(price) && isEmpty(amount)) return EMPTY_SIDE;
  const value = readNumber(price);
  const size = inBase(readNumber(amount), value, traded);
  return value > 0 && size > 0 ? { price: value, size } : undefined;
}

/** Rows `[action, price, amount]` to `start` and on; their count, or -1 when one is none. */
function readLevels(message: DepthMessage, value: unknown, start: number, traded: Traded): number {
  if (!Array.isArray(value)) return -1;
  growLevels(message, start + value.length);
  let index = start;
  for (const row of value) {
    if (!Array.isArray(row) || row.length !== 3) return -1;
    const [action, rawPrice, rawAmount] = row as readonly unknown[];
    const price = readNumber(rawPrice);
    const amount = readNumber(rawAmount);
    const isSet = action === 'new' || action === 'change';
    if (!isSet && action !== 'delete') return -1;
    const size = isSet ? inBase(amount, price, traded) : 0;
    if (!(price > 0) || !(amount >= 0) || Number.isNaN(size)) return -1;
    message.prices[index] = price;
    message.sizes[index] = size;
    if (loses(rawPrice, rawAmount)) message.precisionLoss = true;
    index += 1;
  }
  return value.length;
}

/** More digits than survive: the parser has rounded, but such a number shows its digits. */
function loses(price: unknown, amount: unknown): boolean {
  return losesPrecision(String(price)) || losesPrecision(String(amount));
}
