/**
 * The frames Binance sends all day, decoded straight from their bytes: combined `trade`,
 * `aggTrade`, `bookTicker` and `depthUpdate` of instruments we know. Keys may come in any order (it
 * differs between documents and recordings), unknown plain fields are passed over.
 *
 * It answers only "this is what the frame says" or "not sure": then `decode-slow.ts` decides, which
 * defines what every frame means. Invariant: what is accepted here, the slow path reads equally.
 */
import type { Instrument } from '../../model/instrument.ts';
import type {
  DepthMessage,
  DerivativeMessage,
  LiquidationMessage,
  QuoteMessage,
  TradeMessage,
} from '../contract.ts';
import { CLOSE_OBJECT, JsonScanner, template } from '../kit/json-scan.ts';
import {
  createDepthMessage,
  createDerivativeMessage,
  createLiquidationMessage,
  createQuoteMessage,
  createTradeMessage,
} from '../kit/messages.ts';
import { SymbolTable } from '../kit/symbol-table.ts';
import { type DepthShape, depthShape, scanDepth } from './decode-depth.ts';
import { type QuoteShape, quoteShape, scanQuote } from './decode-quote.ts';
import { scanTrade, type TradeShape, tradeShape } from './decode-trade.ts';
import type { BinanceFeed } from './feeds.ts';

/** What a decoded frame holds; the matching message of `Messages` is filled. */
export const Kind = {
  unknown: 0,
  trade: 1,
  aggTrade: 2,
  bookTicker: 3,
  depth: 4,
  /** These two are the slow path's. */
  markPrice: 5,
  forceOrder: 6,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** The messages both paths fill; one set a protocol. */
export interface Messages {
  readonly trade: TradeMessage;
  readonly quote: QuoteMessage;
  readonly depth: DepthMessage;
  readonly derivative: DerivativeMessage;
  readonly liquidation: LiquidationMessage;
}

export function createMessages(): Messages {
  return {
    trade: createTradeMessage(),
    quote: createQuoteMessage(),
    depth: createDepthMessage(),
    derivative: createDerivativeMessage(),
    liquidation: createLiquidationMessage(),
  };
}

const FRAME_START = template('{"stream":"');
const DATA_START = template('","data":{');
const TRADE = template('trade');
const AGG_TRADE = template('aggTrade');
const BOOK_TICKER = template('bookTicker');
const DEPTH = template('depth');
const MS = template('ms');
const AT_SIGN = 0x40;

export class FastDecoder {
  readonly #scan = new JsonScanner();
  readonly #messages: Messages;
  /** Stream symbols (`btcusdt`) to instruments. */
  readonly #symbols: SymbolTable;
  /** `"BTCUSDT"` of each instrument, as the payload must name it. */
  readonly #names: readonly Uint8Array[];
  readonly #trade: TradeShape;
  readonly #aggTrade: TradeShape;
  readonly #quote: QuoteShape;
  readonly #depth: DepthShape;

  constructor(feed: BinanceFeed, instruments: readonly Instrument[], messages: Messages) {
    this.#messages = messages;
    this.#symbols = new SymbolTable(
      instruments.map((each) => [each.venueSymbol.toLowerCase(), each.index]),
    );
    const names: Uint8Array[] = [];
    for (const each of instruments) names[each.index] = template(`"${each.venueSymbol}"`);
    this.#names = names;
    this.#trade = tradeShape(feed, false);
    this.#aggTrade = tradeShape(feed, true);
    this.#quote = quoteShape(feed);
    this.#depth = depthShape(feed);
  }

  /** Fills one message of the set and says which; `Kind.unknown` when it is not sure. */
  decode(frame: Uint8Array, length: number): Kind {
    const scan = this.#scan;
    scan.reset(frame, length);
    if (!scan.match(FRAME_START)) return Kind.unknown;
    const instrument = this.#symbols.findUntil(scan.bytes, scan.at, scan.limit, AT_SIGN);
    if (instrument < 0) return Kind.unknown;
    scan.at = this.#symbols.end + 1;
    const kind = scanKind(scan);
    if (kind === Kind.unknown || !scan.match(DATA_START)) return Kind.unknown;
    const isRead = this.#scanData(kind, instrument);
    // The data's closing brace is taken; the wrapper's must be the frame's last byte.
    return isRead && scan.matchByte(CLOSE_OBJECT) && scan.isDone ? kind : Kind.unknown;
  }

  #scanData(kind: Kind, instrument: number): boolean {
    const scan = this.#scan;
    const name = this.#names[instrument] as Uint8Array;
    if (kind === Kind.bookTicker) {
      const { quote } = this.#messages;
      quote.instrument = instrument;
      return scanQuote(scan, quote, name, this.#quote);
    }
    if (kind === Kind.depth) {
      const { depth } = this.#messages;
      depth.instrument = instrument;
      return scanDepth(scan, depth, name, this.#depth);
    }
    const { trade } = this.#messages;
    trade.instrument = instrument;
    trade.tape = kind === Kind.trade ? 'trade' : 'aggTrade';
    return scanTrade(scan, trade, name, kind === Kind.trade ? this.#trade : this.#aggTrade);
  }
}

/** The stream's kind, from behind the symbol's `@`. */
function scanKind(scan: JsonScanner): Kind {
  if (scan.match(TRADE)) return Kind.trade;
  if (scan.match(BOOK_TICKER)) return Kind.bookTicker;
  if (scan.match(AGG_TRADE)) return Kind.aggTrade;
  if (!scan.match(DEPTH)) return Kind.unknown;
  // `@depth@<n>ms` in any speed; `@depth20` is another stream and ends up unknown.
  if (scan.matchByte(AT_SIGN) && (scan.unsigned() < 0 || !scan.match(MS))) return Kind.unknown;
  return Kind.depth;
}
