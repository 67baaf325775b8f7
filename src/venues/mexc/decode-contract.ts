/**
 * What a JSON frame of MEXC's contracts says, given as parsed: every field used is checked, extra
 * ones are tolerated, nothing is handed out before all of it proved valid. Sizes come in contracts.
 */
import { losesPrecision } from '../../base/decimal.ts';
import type { Instrument } from '../../model/instrument.ts';
import type {
  DecodeOutcome,
  DepthMessage,
  DerivativeMessage,
  MessageHandler,
  TradeMessage,
} from '../contract.ts';
import { type JsonObject, readId, readNumber, readObject, readTimeMs } from '../kit/json-fields.ts';
import { growLevels } from '../kit/levels.ts';
import {
  createDepthMessage,
  createDerivativeMessage,
  createQuoteMessage,
  createTradeMessage,
} from '../kit/messages.ts';
import type { ContractSizes } from './contract-size.ts';
import type { TradeJoin } from './trade-join.ts';

/** Aggressor's side in `T`. */
const Side = { buy: 1, sell: 2 } as const;
const MS_TEXT = /^\d{1,16}$/;
/** Whole numbers as text. Kept as text: as numbers they would be taken for an order. */
const ID = /^\d{1,40}$/;

export class ContractDecoder {
  readonly #bySymbol: ReadonlyMap<string, Instrument>;
  readonly #joins: ReadonlyMap<number, TradeJoin>;
  readonly #sizes: ContractSizes;
  readonly #trades: TradeMessage[] = [];
  readonly #quote = createQuoteMessage();
  readonly #depth = createDepthMessage();
  readonly #derivative = createDerivativeMessage();

  constructor(
    instruments: readonly Instrument[],
    joins: ReadonlyMap<number, TradeJoin>,
    sizes: ContractSizes,
  ) {
    this.#bySymbol = new Map(instruments.map((each) => [each.venueSymbol, each]));
    this.#joins = joins;
    this.#sizes = sizes;
  }

  /** A `push.<method>` frame. */
  decode(method: string, frame: JsonObject, out: MessageHandler): DecodeOutcome {
    if (!['deal', 'depth', 'depth.full', 'ticker'].includes(method)) return 'ignored';
    const { symbol } = frame;
    if (typeof symbol !== 'string') return 'malformed';
    const index = this.#bySymbol.get(symbol)?.index;
    if (index === undefined) return 'ignored';
    // The list with contract sizes has not been read yet.
    if (!this.#sizes.has(index)) return 'malformed';
    if (method === 'deal') return this.#deals(index, frame.data, out);
    const data = readObject(frame.data);
    const sentUs = readTs(frame.ts);
    if (data === undefined || sentUs < 0) return 'malformed';
    if (method === 'ticker') {
      if (!this.readTicker(index, data)) return 'malformed';
      out.onDerivative(this.#derivative);
      return 'ok';
    }
    const depth = this.#depth;
    depth.isSnapshot = false;
    if (!this.readDepth(depth, index, data)) return 'malformed';
    depth.tsUs = sentUs;
    if (method === 'depth') out.onDepth(depth);
    else this.#top(depth, out);
    return 'ok';
  }

  /** Fills `message` from `{asks,bids,version,begin?,end?}`; false when it is none. */
  readDepth(message: DepthMessage, index: number, data: JsonObject): boolean {
    const version = readId(data.version);
    const begin = readId(data.begin);
    const end = readId(data.end);
    if (version < 0) return false;
    message.instrument = index;
    // Only merged frames name a span; in others it is null, 0 or missing.
    message.firstId = begin > 0 ? begin : version;
    message.lastId = end > 0 ? end : version;
    message.previousId = Number.NaN;
    message.precisionLoss = false;
    const { bids, asks } = data;
    if (!Array.isArray(bids) || !Array.isArray(asks)) return false;
    growLevels(message, bids.length + asks.length);
    message.bidCount = bids.length;
    message.askCount = asks.length;
    if (message.lastId < message.firstId) return false;
    return this.#levels(message, bids, 0) && this.#levels(message, asks, bids.length);
  }

  /** `{p,v,T,t,i}` of a push or of a REST row, which may have no id. */
  readTrade(trade: TradeMessage, index: number, value: unknown): boolean {
    const row = readObject(value);
    if (row === undefined) return false;
    trade.instrument = index;
    trade.price = readNumber(row.p);
    trade.nativeSize = readNumber(row.v);
    trade.size = this.#sizes.baseUnits(index, trade.nativeSize, trade.price);
    trade.tsUs = readTimeMs(row.t);
    trade.isSell = row.T === Side.sell;
    trade.precisionLoss = losesPrecision(String(row.p)) || losesPrecision(String(row.v));
    trade.isMarket = true;
    const id = typeof row.i === 'number' && readId(row.i) > 0 ? String(row.i) : row.i;
    const isId = typeof id === 'string' && ID.test(id);
    trade.textId.set(isId ? id : '');
    if (id !== undefined && id !== null && !isId) return false;
    if (row.T !== Side.buy && row.T !== Side.sell) return false;
    return trade.price > 0 && trade.size > 0 && trade.tsUs > 0;
  }

  readTicker(index: number, data: JsonObject): boolean {
    const message = this.#derivative;
    message.instrument = index;
    message.tsUs = readTimeMs(data.timestamp);
    message.markPrice = readNumber(data.fairPrice);
    message.indexPrice = readNumber(data.indexPrice);
    message.fundingRate = readNumber(data.fundingRate);
    message.nextFundingUs = Number.NaN;
    const held = readNumber(data.holdVol);
    message.openInterest = this.#sizes.baseUnits(index, held, message.markPrice);
    return message.tsUs > 0 && message.markPrice > 0 && !(held < 0);
  }

  /** `{fundingRate,nextSettleTime,timestamp}` of REST. */
  readFunding(index: number, data: JsonObject): DerivativeMessage | undefined {
    const message = this.#derivative;
    message.instrument = index;
    message.tsUs = readTimeMs(data.timestamp);
    message.markPrice = Number.NaN;
    message.indexPrice = Number.NaN;
    message.openInterest = Number.NaN;
    message.fundingRate = readNumber(data.fundingRate);
    const nextUs = readTimeMs(data.nextSettleTime);
    message.nextFundingUs = nextUs > 0 ? nextUs : Number.NaN;
    if (Number.isNaN(message.fundingRate) || message.tsUs <= 0) return undefined;
    return message;
  }

  #deals(index: number, data: unknown, out: MessageHandler): DecodeOutcome {
    // The documents print one object, the venue sends an array.
    const rows: readonly unknown[] = Array.isArray(data) ? data : [data];
    for (const [i, row] of rows.entries()) {
      this.#trades[i] ??= createTradeMessage();
      const trade = this.#trades[i] as TradeMessage;
      if (!this.readTrade(trade, index, row) || trade.textId.length === 0) return 'malformed';
    }
    if (rows.length === 0) return 'ignored';
    const join = this.#joins.get(index);
    for (let i = 0; i < rows.length; i += 1) {
      const trade = this.#trades[i] as TradeMessage;
      join?.onStream(trade);
      out.onTrade(trade);
    }
    return 'ok';
  }

  /** The first level of each side; 0 for a side without orders. */
  #top(depth: DepthMessage, out: MessageHandler): void {
    const quote = this.#quote;
    const { bidCount, askCount, prices, sizes } = depth;
    quote.instrument = depth.instrument;
    quote.tsUs = depth.tsUs;
    quote.sequence = depth.lastId;
    quote.bidPrice = bidCount > 0 ? (prices[0] as number) : 0;
    quote.bidSize = bidCount > 0 ? (sizes[0] as number) : 0;
    quote.askPrice = askCount > 0 ? (prices[bidCount] as number) : 0;
    quote.askSize = askCount > 0 ? (sizes[bidCount] as number) : 0;
    quote.precisionLoss = depth.precisionLoss;
    out.onQuote(quote);
  }

  /** `[price, contracts, orders]`; contracts are what is left, 0 removes the level. */
  #levels(message: DepthMessage, levels: readonly unknown[], start: number): boolean {
    let index = start;
    for (const level of levels) {
      if (!Array.isArray(level)) return false;
      const [price, contracts] = level as readonly unknown[];
      const priceValue = readNumber(price);
      const contractsValue = readNumber(contracts);
      if (!(priceValue > 0 && contractsValue >= 0)) return false;
      message.prices[index] = priceValue;
      message.sizes[index] = this.#sizes.baseUnits(message.instrument, contractsValue, priceValue);
      index += 1;
    }
    return true;
  }
}

/** `ts` of a frame: ms as a number or as text, else -1. */
export function readTs(value: unknown): number {
  if (typeof value === 'string') return MS_TEXT.test(value) ? readTimeMs(Number(value)) : -1;
  return value === undefined ? Number.NaN : readTimeMs(value);
}
