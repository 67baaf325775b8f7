/**
 * Trades: rows of the channels `trades` and `trades-all` and of REST. Prices and times are text,
 * `side` is the taker's, `sz` counts contracts but for spot.
 *
 * `trades` merges the fills of one taker order at one price: `tradeId` is the last of `count` ids.
 * https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-trades-channel
 */
import { parseDecimalText } from '../../base/decimal.ts';
import type { TradeTape } from '../../model/instrument.ts';
import type { TradeMessage } from '../contract.ts';
import type { JsonObject } from '../kit/json-fields.ts';
import { createTradeMessage } from '../kit/messages.ts';
import type { FastDecoder } from './decode-fast.ts';
import { baseUnits, isSizeKnown, type Market } from './markets.ts';
import { isLossy, readIdText, readTimeText } from './wire-fields.ts';

/** Trades of one frame or page; the messages are reused. */
export class TradeBatch {
  count = 0;
  /** A row had the time 0, by which the venue means that it does not know. */
  hasTimeless = false;
  readonly #messages: TradeMessage[] = [];

  clear(): void {
    this.count = 0;
    this.hasTimeless = false;
  }

  /** False when the row is no trade of `market`; then nothing of the batch may be used. */
  add(row: JsonObject, market: Market, tape: TradeTape): boolean {
    this.#messages[this.count] ??= createTradeMessage();
    const message = this.#messages[this.count] as TradeMessage;
    if (!readTrade(row, market, tape, message)) return false;
    if (message.tsUs === 0) this.hasTimeless = true;
    this.count += 1;
    return true;
  }

  /** All rows of a frame that the fast path reads; false when that is not sure. */
  addFast(fast: FastDecoder, market: Market, tape: TradeTape): boolean {
    this.clear();
    const count = fast.tradeCount;
    for (; this.count < count; this.count += 1) {
      this.#messages[this.count] ??= createTradeMessage();
      const message = this.#messages[this.count] as TradeMessage;
      message.tape = tape;
      if (!fast.fillTrade(message, market, this.count)) return false;
      if (message.tsUs === 0) this.hasTimeless = true;
    }
    return true;
  }

  /** The messages, ids ascending; false when an id is there twice. */
  sort(): boolean {
    if (this.count === 1) return true;
    const used = this.#messages.splice(0, this.count);
    used.sort((a, b) => a.tradeId - b.tradeId);
    this.#messages.unshift(...used);
    return used.every((each, i) => i === 0 || each.tradeId > (used[i - 1]?.tradeId ?? -1));
  }

  at(index: number): TradeMessage {
    return this.#messages[index] as TradeMessage;
  }
}

function readTrade(
  row: JsonObject,
  market: Market,
  tape: TradeTape,
  message: TradeMessage,
): boolean {
  const { px, sz, side, instId, count } = row;
  if (instId !== market.instId || !isSizeKnown(market)) return false;
  if (typeof px !== 'string' || typeof sz !== 'string') return false;
  if (side !== 'buy' && side !== 'sell') return false;
  message.instrument = market.index;
  message.tape = tape;
  message.tsUs = readTimeText(row.ts);
  message.price = parseDecimalText(px);
  message.nativeSize = parseDecimalText(sz);
  if (!(message.price > 0 && message.nativeSize > 0 && message.tsUs >= 0)) return false;
  message.size = baseUnits(market, sz, message.nativeSize, message.price);
  message.isSell = side === 'sell';
  message.tradeId = readIdText(row.tradeId);
  message.textId.clear();
  message.firstTradeId = Number.NaN;
  message.isMarket = true;
  message.precisionLoss = isLossy(px, sz);
  if (message.tradeId < 0) return false;
  if (count === undefined) return true;
  // Recordings of 2022 have no count: each row is one fill.
  const merged = readIdText(count);
  if (merged < 1 || merged > message.tradeId + 1) return false;
  if (merged > 1) message.firstTradeId = message.tradeId - merged + 1;
  return true;
}
