/**
 * ccxt pro's handlers, fed offline: the parsed frame goes to `handleMessage` of an exchange whose
 * market is set by hand and whose client answers to nobody. Trades end in its cache, depth in its
 * order book.
 */
import type { Instrument } from '../../src/model/instrument.ts';
import { parseRestPayload } from '../../src/net/capture-format.ts';
import type { Frame } from '../frames/frame-set.ts';
import { NumberChecksum } from '../harness/checksum.ts';
import { type DecodeInput, type Decoder, isDepthSnapshot } from './decoder.ts';

/** Only those whose market ids are the venue's symbols and nothing else is needed. */
const EXCHANGES: Readonly<Record<string, string>> = {
  'binance.spot': 'binance',
  'binance.usdm': 'binanceusdm',
};

export function ccxtKnows(feed: string): boolean {
  return EXCHANGES[feed] !== undefined;
}

interface Ledger {
  readonly length: number;
  readonly [index: number]: { readonly price: number; readonly amount: number };
}

interface OrderBook {
  readonly bids: readonly (readonly [number, number])[];
  readonly asks: readonly (readonly [number, number])[];
  reset(snapshot: unknown): void;
}

/** The part of an exchange that is used here. */
interface Exchange {
  trades: Record<string, Ledger>;
  orderbooks: Record<string, OrderBook>;
  setMarkets(markets: unknown[]): void;
  safeMarketStructure(market: unknown): unknown;
  orderBook(snapshot: unknown, limit: number): OrderBook;
  parseOrderBook(body: unknown, symbol: string): Record<string, unknown>;
  handleMessage(client: unknown, message: unknown): void;
}

const BOOK_LEVELS = 20;
const BOOK_LIMIT = 5000;

export async function ccxtDecoder({ feed, instruments, channel }: DecodeInput): Promise<Decoder> {
  const { default: ccxt } = await import('ccxt');
  const name = EXCHANGES[feed.id];
  const makers = ccxt.pro as unknown as Record<string, new (config: object) => Exchange>;
  const Exchange = name === undefined ? undefined : makers[name];
  if (Exchange === undefined) throw new Error(`ccxt has no handler of ${feed.id}`);
  const exchange = new Exchange({ newUpdates: true });
  exchange.setMarkets(instruments.map((each) => exchange.safeMarketStructure(marketOf(each))));
  return new CcxtDecoder(exchange, instruments, feed.urls.ws, channel);
}

function symbolOf({ symbol, marketType, quote }: Instrument): string {
  return marketType === 'spot' ? symbol : `${symbol}:${quote}`;
}

function marketOf(instrument: Instrument): object {
  const isSpot = instrument.marketType === 'spot';
  const { venueSymbol, base, quote } = instrument;
  return {
    id: venueSymbol,
    lowercaseId: venueSymbol.toLowerCase(),
    symbol: symbolOf(instrument),
    base,
    quote,
    baseId: base,
    quoteId: quote,
    type: isSpot ? 'spot' : 'swap',
    spot: isSpot,
    swap: !isSpot,
    contract: !isSpot,
    linear: isSpot ? undefined : true,
    settle: isSpot ? undefined : quote,
    contractSize: isSpot ? undefined : 1,
    active: true,
    precision: { price: 1e-8, amount: 1e-8 },
  };
}

class CcxtDecoder implements Decoder {
  readonly #exchange: Exchange;
  /** By the venue's name. */
  readonly #symbols: ReadonlyMap<string, string>;
  readonly #client: unknown;
  readonly #channel: DecodeInput['channel'];
  readonly #sum = new NumberChecksum();
  readonly #top = new NumberChecksum();

  constructor(
    exchange: Exchange,
    instruments: readonly Instrument[],
    url: string,
    channel: DecodeInput['channel'],
  ) {
    this.#exchange = exchange;
    this.#symbols = new Map(instruments.map((each) => [each.venueSymbol, symbolOf(each)]));
    this.#channel = channel;
    const reject = (error: unknown) => {
      throw error;
    };
    this.#client = {
      url: `${url}/stream`,
      resolve: () => {},
      reject,
      subscriptions: {},
      futures: {},
    };
  }

  reset(): void {
    this.#exchange.trades = {};
    this.#exchange.orderbooks = {};
    this.#sum.reset();
  }

  onFrame({ text }: Frame): void {
    const message = JSON.parse(text) as { readonly data: { readonly s: string } };
    const symbol = this.#symbols.get(message.data.s) ?? '';
    this.#exchange.handleMessage(this.#client, message);
    if (this.#channel !== 'trades') return;
    const trades = this.#exchange.trades[symbol];
    const last = trades?.[trades.length - 1];
    if (last !== undefined) this.#sum.add(last.price, last.amount);
  }

  onRest({ text }: Frame): void {
    const answer = parseRestPayload(text);
    if (answer === undefined || !isDepthSnapshot(answer.url)) return;
    const symbol = this.#symbols.get(new URL(answer.url).searchParams.get('symbol') ?? '');
    if (symbol === undefined) return;
    const body = JSON.parse(answer.body) as { lastUpdateId: number };
    const snapshot = this.#exchange.parseOrderBook(body, symbol);
    snapshot.nonce = body.lastUpdateId;
    const book = this.#exchange.orderBook({}, BOOK_LIMIT);
    book.reset(snapshot);
    this.#exchange.orderbooks[symbol] = book;
  }

  finish(): void {
    const [book] = Object.values(this.#exchange.orderbooks);
    if (book === undefined) return;
    this.#top.reset();
    for (const side of [book.bids, book.asks]) {
      for (const [price, size] of side.slice(0, BOOK_LEVELS)) this.#top.add(price, size);
    }
  }

  checksums(): Record<string, string> {
    if (this.#channel === 'trades') return { trades: String(this.#sum) };
    return { 'top of book': String(this.#top) };
  }
}
