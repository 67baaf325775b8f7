/**
 * What a protobuf frame of MEXC spot says: trades, best bid and offer, changes of a book. Straight
 * from its bytes, numbers as in `push.proto`. Nothing is handed out before the whole frame proved
 * valid; prices and sizes are texts on the wire and must be plain decimals.
 */
import { US_PER_MS } from '../../base/clock.ts';
import { DecimalScanner } from '../../base/decimal.ts';
import type { Instrument } from '../../model/instrument.ts';
import type { DecodeOutcome, DepthMessage, MessageHandler, TradeMessage } from '../contract.ts';
import { growLevels } from '../kit/levels.ts';
import { createDepthMessage, createQuoteMessage, createTradeMessage } from '../kit/messages.ts';
import { SymbolTable } from '../kit/symbol-table.ts';
import { expect, PushFrame, PushFrameError, type Span, WireType } from './push-frame.ts';
import type { TradeJoin } from './trade-join.ts';

/** Field numbers of the bodies we read. */
export const Body = { depths: 313, deals: 314, bookTicker: 315 } as const;
const Deal = { price: 1, quantity: 2, tradeType: 3, time: 4, tradeId: 5 } as const;
const Depths = { asks: 1, bids: 2, fromVersion: 4, toVersion: 5 } as const;
const Ticker = { bidPrice: 1, askSize: 4, version: 5 } as const;
const Side = { buy: 1, sell: 2 } as const;

const AT_SIGN = 0x40;
/** Longest id a record can hold; those seen have 41 characters. */
const ID_LENGTH_MAX = 64;
const ascii = new TextDecoder('latin1');

export class SpotDecoder {
  readonly #frame = new PushFrame();
  readonly #symbols: SymbolTable;
  readonly #joins: ReadonlyMap<number, TradeJoin>;
  readonly #decimals = new DecimalScanner();
  readonly #trades: TradeMessage[] = [];
  readonly #quote = createQuoteMessage();
  readonly #depth = createDepthMessage();
  readonly #item: Span = { from: 0, to: 0 };
  readonly #field: Span = { from: 0, to: 0 };
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(instruments: readonly Instrument[], joins: ReadonlyMap<number, TradeJoin>) {
    this.#symbols = new SymbolTable(instruments.map((each) => [each.venueSymbol, each.index]));
    this.#joins = joins;
  }

  decode(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome {
    this.#bytes = frame;
    try {
      return this.#decode(frame, length, out);
    } catch (error) {
      // The reader throws where bytes end too soon, and only there.
      if (error instanceof PushFrameError || error instanceof RangeError) return 'malformed';
      if (error instanceof Error && error.message === 'invalid varint encoding') return 'malformed';
      throw error;
    }
  }

  #decode(frame: Uint8Array, length: number, out: MessageHandler): DecodeOutcome {
    const push = this.#frame;
    push.open(frame, length);
    if (push.channel.to === push.channel.from) return 'malformed';
    const instrument = this.#instrument(push);
    if (instrument === UNEQUAL) return 'malformed';
    const { bodyField, body, reader } = push;
    if (bodyField === 0 && instrument >= 0) return 'malformed';
    reader.pos = body.from;
    reader.len = body.to;
    switch (bodyField) {
      case Body.deals:
        return instrument < 0 ? 'ignored' : this.#deals(push, instrument, out);
      case Body.bookTicker:
        return instrument < 0 ? 'ignored' : this.#ticker(push, instrument, out);
      case Body.depths:
        return instrument < 0 ? 'ignored' : this.#depths(push, instrument, out);
      default:
        return 'ignored';
    }
  }

  /**
   * By the frame's symbol, or by the end of its channel where it has none; where it has both they
   * must agree, but for channels that end with something else (`…@BTCUSDT@20`).
   */
  #instrument({ channel, symbol }: PushFrame): number {
    const bytes = this.#bytes;
    const at = bytes.lastIndexOf(AT_SIGN, channel.to - 1) + 1;
    const hasTail = at > channel.from && at < channel.to;
    const byChannel = hasTail ? this.#symbols.find(bytes, at, channel.to) : -1;
    if (symbol.to === symbol.from) return byChannel;
    const bySymbol = this.#symbols.find(bytes, symbol.from, symbol.to);
    return byChannel >= 0 && byChannel !== bySymbol ? UNEQUAL : bySymbol;
  }

  #deals(push: PushFrame, instrument: number, out: MessageHandler): DecodeOutcome {
    const { reader } = push;
    const end = reader.len;
    let count = 0;
    while (reader.pos < end) {
      const tag = push.tag();
      if (tag >>> 3 !== 1) {
        push.skip(tag & 7);
        continue;
      }
      expect(tag & 7, WireType.bytes);
      push.span(this.#item);
      this.#trades[count] ??= createTradeMessage();
      const trade = this.#trades[count] as TradeMessage;
      trade.instrument = instrument;
      if (!this.#deal(push, this.#item, trade)) return 'malformed';
      reader.pos = this.#item.to;
      reader.len = end;
      count += 1;
    }
    if (count === 0) return 'ignored';
    const join = this.#joins.get(instrument);
    for (let i = 0; i < count; i += 1) {
      const trade = this.#trades[i] as TradeMessage;
      join?.onStream(trade);
      out.onTrade(trade);
    }
    return 'ok';
  }

  #deal(push: PushFrame, { from, to }: Span, trade: TradeMessage): boolean {
    const { reader } = push;
    reader.pos = from;
    reader.len = to;
    this.#decimals.precisionLoss = false;
    trade.price = Number.NaN;
    trade.size = Number.NaN;
    trade.tsUs = -1;
    trade.textId.clear();
    let side = 0;
    while (reader.pos < to) {
      const tag = push.tag();
      const field = tag >>> 3;
      if (field === Deal.price) trade.price = this.#decimal(push, tag);
      else if (field === Deal.quantity) trade.size = this.#decimal(push, tag);
      else if (field === Deal.tradeId) trade.textId.set(this.#id(push, tag));
      else if (field === Deal.tradeType || field === Deal.time) {
        expect(tag & 7, WireType.varint);
        if (field === Deal.tradeType) side = push.varint32();
        else trade.tsUs = push.int64() * US_PER_MS;
      } else push.skip(tag & 7);
    }
    trade.nativeSize = trade.size;
    trade.isSell = side === Side.sell;
    trade.precisionLoss = this.#decimals.precisionLoss;
    if (side !== Side.buy && side !== Side.sell) return false;
    // Without its id (definitions older than June 2026) a trade could not be told from its repeat.
    if (trade.textId.length === 0) return false;
    return trade.price > 0 && trade.size > 0 && Number.isSafeInteger(trade.tsUs) && trade.tsUs > 0;
  }

  #ticker(push: PushFrame, instrument: number, out: MessageHandler): DecodeOutcome {
    const { reader } = push;
    const end = reader.len;
    const quote = this.#quote;
    quote.instrument = instrument;
    quote.tsUs = push.sentMs * US_PER_MS;
    quote.sequence = Number.NaN;
    // Proto3 leaves empty texts out: a side without orders has neither price nor size.
    quote.bidPrice = 0;
    quote.bidSize = 0;
    quote.askPrice = 0;
    quote.askSize = 0;
    this.#decimals.precisionLoss = false;
    while (reader.pos < end) {
      const tag = push.tag();
      const field = tag >>> 3;
      if (field === Ticker.version) quote.sequence = this.#version(push, tag);
      else if (field >= Ticker.bidPrice && field <= Ticker.askSize) {
        const value = this.#decimal(push, tag);
        if (field === 1) quote.bidPrice = value;
        else if (field === 2) quote.bidSize = value;
        else if (field === 3) quote.askPrice = value;
        else quote.askSize = value;
      } else push.skip(tag & 7);
    }
    if (!isSide(quote.bidPrice, quote.bidSize) || !isSide(quote.askPrice, quote.askSize)) {
      return 'malformed';
    }
    quote.precisionLoss = this.#decimals.precisionLoss;
    out.onQuote(quote);
    return 'ok';
  }

  #depths(push: PushFrame, instrument: number, out: MessageHandler): DecodeOutcome {
    const { reader } = push;
    const start = reader.pos;
    const end = reader.len;
    const depth = this.#depth;
    depth.instrument = instrument;
    depth.tsUs = push.sentMs * US_PER_MS;
    depth.isSnapshot = false;
    depth.previousId = Number.NaN;
    depth.firstId = -1;
    depth.lastId = -1;
    this.#decimals.precisionLoss = false;
    // Asks stand first on the wire and bids in the message, so each side is read in its own pass.
    depth.bidCount = this.#levels(push, start, end, Depths.bids, 0);
    depth.askCount = this.#levels(push, start, end, Depths.asks, depth.bidCount);
    if (depth.firstId < 0 || depth.lastId < depth.firstId) return 'malformed';
    depth.precisionLoss = this.#decimals.precisionLoss;
    out.onDepth(depth);
    return 'ok';
  }

  /** Reads one side into the message from `index` on, and the versions; the number of levels. */
  #levels(push: PushFrame, start: number, end: number, side: number, index: number): number {
    const { reader } = push;
    const depth = this.#depth;
    reader.pos = start;
    reader.len = end;
    let count = 0;
    while (reader.pos < end) {
      const tag = push.tag();
      const field = tag >>> 3;
      if (field === side) {
        expect(tag & 7, WireType.bytes);
        push.span(this.#item);
        growLevels(depth, index + count + 1);
        this.#level(push, this.#item, depth, index + count);
        reader.pos = this.#item.to;
        reader.len = end;
        count += 1;
      } else if (field === Depths.fromVersion) depth.firstId = this.#version(push, tag);
      else if (field === Depths.toVersion) depth.lastId = this.#version(push, tag);
      else push.skip(tag & 7);
    }
    return count;
  }

  #level(push: PushFrame, { from, to }: Span, depth: DepthMessage, index: number): void {
    const { reader } = push;
    reader.pos = from;
    reader.len = to;
    let price = Number.NaN;
    let size = Number.NaN;
    while (reader.pos < to) {
      const tag = push.tag();
      if (tag >>> 3 === 1) price = this.#decimal(push, tag);
      else if (tag >>> 3 === 2) size = this.#decimal(push, tag);
      else push.skip(tag & 7);
    }
    // A size of 0 removes the level.
    if (!(price > 0 && size >= 0)) throw new PushFrameError('no level');
    depth.prices[index] = price;
    depth.sizes[index] = size;
  }

  #decimal(push: PushFrame, tag: number): number {
    const { from, to } = this.#text(push, tag);
    const value = this.#decimals.scan(this.#bytes, from, to);
    if (this.#decimals.end !== to || Number.isNaN(value)) throw new PushFrameError('no decimal');
    return value;
  }

  /** A version: a whole number as text, about 7.5e10 in 2026. */
  #version(push: PushFrame, tag: number): number {
    const value = this.#decimal(push, tag);
    if (!Number.isSafeInteger(value)) throw new PushFrameError('no version');
    return value;
  }

  #id(push: PushFrame, tag: number): string {
    const { from, to } = this.#text(push, tag);
    if (to - from > ID_LENGTH_MAX) throw new PushFrameError('id too long');
    for (let i = from; i < to; i += 1) {
      const byte = this.#bytes[i] as number;
      if (byte <= 0x20 || byte >= 0x7f) throw new PushFrameError('no id');
    }
    return ascii.decode(this.#bytes.subarray(from, to));
  }

  #text(push: PushFrame, tag: number): Span {
    expect(tag & 7, WireType.bytes);
    push.span(this.#field);
    return this.#field;
  }
}

/** Symbol and channel name different instruments. */
const UNEQUAL = -2;

/** A price with a size, or nothing of both. */
function isSide(price: number, size: number): boolean {
  return price > 0 ? size >= 0 : size === 0;
}
