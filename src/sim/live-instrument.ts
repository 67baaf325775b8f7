/**
 * An instrument of the running exchange: its history, its live book and the streams that are taken.
 * `advance` makes what happened since the last tick and publishes it.
 *
 * Order of one trade: the book's top moves to where the price path is, the trade takes from it,
 * then trade and quote go out. So a trade's price is the best price of its side in the book it was
 * made in, and every quote is the true top of the book at its id.
 */
import { assert } from '../base/assert.ts';
import { US_PER_SECOND } from '../base/clock.ts';
import { mix32, Prng } from '../base/prng.ts';
import type { TradeTape } from '../model/instrument.ts';
import type {
  SimBook,
  SimInstrument,
  SimListing,
  SimQuote,
  SimSnapshot,
  SimStream,
  SimTrade,
} from '../venues/sim-contract.ts';
import { DepthBatch } from './depth-batch.ts';
import { LiveBook } from './live-book.ts';
import { type MarketPace, QUOTES_PER_DEPTH } from './market-pace.ts';
import { stepText } from './step-text.ts';
import { StreamHub, type StreamOf } from './stream-hub.ts';
import { createTrade, type TradeHistory } from './trade-history.ts';

/** After a pause longer than this (a suspended machine) the trades in it are not sent any more. */
const CATCH_UP_US = 2 * US_PER_SECOND;
/** Orders that come and go below the top before each depth event. */
const STIR_COUNT = 6;
/** Typical notional of a level in quote units. */
const LEVEL_NOTIONAL = 12_000;

export interface LiveOptions {
  readonly index: number;
  readonly listing: SimListing;
  readonly tape: TradeTape;
  readonly seed: number;
  readonly idBase: number;
  readonly idJumpMax: number;
  readonly pace: MarketPace;
  readonly history: TradeHistory;
  readonly nowUs: () => number;
  /** Whether the snapshot asked for now shall be an old one. */
  readonly isStale: () => boolean;
  /** Told of the book as it leaves: with every quote, depth event and snapshot. */
  readonly onBook: ((instrument: SimInstrument, book: SimBook) => void) | undefined;
  /** Runs without anyone listening. */
  readonly isAlwaysOn: boolean;
}

export class LiveInstrument implements SimInstrument {
  readonly index: number;
  readonly listing: SimListing;
  readonly tape: TradeTape;
  readonly idBase: number;
  readonly pace: MarketPace;
  readonly history: TradeHistory;
  /** First trade ever shown live; NaN before. From here on the truth has no holes. */
  shownFrom = Number.NaN;
  /** Newest trade shown live; -1 before the first. */
  shownNumber = -1;
  /** Newest trade REST gave out; -1 before the first. */
  servedNumber = -1;
  /** Quotes a second beside those of trades, to make up the rate. */
  extraQuotesPerSecond = 0;
  readonly #options: LiveOptions;
  readonly #trades: StreamHub<StreamOf<'trade'>>[] = [];
  readonly #quotes: StreamHub<StreamOf<'quote'>>[] = [];
  readonly #depths: { hub: StreamHub<StreamOf<'depth'>>; batch: DepthBatch }[] = [];
  /** Number of the next trade to be made; NaN while the instrument rests. */
  #nextNumber = Number.NaN;
  #timerCount = 0;
  #book: LiveBook | undefined;
  #lastSnapshot: SimSnapshot | undefined;
  readonly #trade = createTrade();
  readonly #quote = createQuote();
  readonly #prng: Prng;
  #quoteDebt = 0;
  #lastUs = 0;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.index = options.index;
    this.listing = options.listing;
    this.tape = options.tape;
    this.idBase = options.idBase;
    this.pace = options.pace;
    this.history = options.history;
    this.#prng = new Prng(mix32(options.seed ^ 0x5bd1e995));
  }

  get isActive(): boolean {
    return (
      this.#options.isAlwaysOn ||
      this.#timerCount + this.#trades.length + this.#quotes.length + this.#depths.length > 0
    );
  }

  get #showsTrades(): boolean {
    return this.#options.isAlwaysOn || this.#trades.length + this.#timerCount > 0;
  }

  get hasQuotes(): boolean {
    return this.#quotes.length > 0;
  }

  /** Frames a second its streams bring by themselves, each stream counted once. */
  get framesPerSecond(): number {
    const { tradesPerSecond, depthPerSecond } = this.pace;
    const perQuoteStream = tradesPerSecond + depthPerSecond * QUOTES_PER_DEPTH;
    return (
      tradesPerSecond * this.#trades.length +
      perQuoteStream * this.#quotes.length +
      depthPerSecond * this.#depths.length
    );
  }

  attach(stream: SimStream): StreamHub {
    this.activate();
    if (stream.kind === 'trade' || stream.kind === 'timer') this.#show();
    switch (stream.kind) {
      case 'trade':
        return added(this.#trades, new StreamHub(stream));
      case 'quote':
        return added(this.#quotes, new StreamHub(stream));
      case 'depth': {
        const hub = new StreamHub(stream);
        const slowest = US_PER_SECOND / this.pace.depthPerSecond;
        const intervalUs = stream.intervalUs === 0 ? 0 : Math.max(stream.intervalUs, slowest);
        const book = this.#liveBook();
        const batch = new DepthBatch(book, intervalUs, this.#options.nowUs());
        book.batches.push(batch);
        this.#depths.push({ hub, batch });
        return hub;
      }
      case 'timer':
        this.#timerCount += 1;
        return new StreamHub(stream);
    }
  }

  detach(hub: StreamHub): void {
    const { kind } = hub.stream;
    if (kind === 'trade') remove(this.#trades, hub);
    else if (kind === 'quote') remove(this.#quotes, hub);
    else if (kind === 'timer') this.#timerCount -= 1;
    else {
      const index = this.#depths.findIndex((each) => each.hub === hub);
      const [entry] = this.#depths.splice(index, 1);
      assert(entry !== undefined, 'Invariant: a depth stream is detached once');
      remove(this.#liveBook().batches, entry.batch);
    }
    if (!this.isActive) this.#nextNumber = Number.NaN;
  }

  activate(): void {
    if (!Number.isNaN(this.#nextNumber)) return;
    this.#nextNumber = this.newestTrade() + 1;
    this.#lastUs = this.#options.nowUs();
    if (this.#options.isAlwaysOn) this.#show();
  }

  /** Publishes what a depth stream has collected; the book at which its next event will start. */
  settleDepth(hub: StreamHub, nowUs: number): SimBook {
    const book = this.#liveBook();
    this.#options.onBook?.(this, book);
    for (const { hub: own, batch } of this.#depths) {
      if (own !== hub || batch.isEmpty) continue;
      own.publish(own.stream.encode(batch.take(nowUs), nowUs), nowUs);
    }
    return book;
  }

  /** Makes and publishes what happened up to `nowUs`. */
  advance(nowUs: number): void {
    const newest = this.history.newestAt(nowUs);
    if (nowUs - this.#lastUs > CATCH_UP_US) {
      this.#nextNumber = Math.max(this.#nextNumber, this.history.firstFrom(nowUs - CATCH_UP_US));
    }
    for (; this.#nextNumber <= newest; this.#nextNumber += 1) this.#makeTrade(nowUs);
    if (this.#showsTrades) this.shownNumber = this.#nextNumber - 1;
    const elapsedUs = Math.min(CATCH_UP_US, nowUs - this.#lastUs);
    this.#lastUs = nowUs;
    this.#quoteDebt += (this.extraQuotesPerSecond * elapsedUs) / US_PER_SECOND;
    for (; this.#quoteDebt >= 1; this.#quoteDebt -= 1) this.#makeQuote(nowUs);
    if (this.#depths.length > 0) this.#publishDepth(nowUs);
  }

  newestTrade(): number {
    return this.history.newestAt(this.#options.nowUs());
  }

  tradeFrom(tsUs: number): number {
    return this.history.firstFrom(tsUs);
  }

  readTrade(number: number, out: SimTrade): void {
    if (number > this.servedNumber) this.servedNumber = number;
    this.history.read(number, out);
  }

  snapshot(): SimSnapshot {
    if (this.#lastSnapshot !== undefined && this.#options.isStale()) return this.#lastSnapshot;
    const book = this.#liveBook();
    const nowUs = this.#options.nowUs();
    // A change first: the snapshot's id then lies inside the next event, whichever rule joins them.
    this.#moveTop(nowUs);
    book.resizeTop();
    this.#options.onBook?.(this, book);
    const bids: number[] = [];
    const asks: number[] = [];
    for (let i = 0; i < book.bidCount; i += 1) bids.push(book.bidTicks(i), book.bidLots(i));
    for (let i = 0; i < book.askCount; i += 1) asks.push(book.askTicks(i), book.askLots(i));
    this.#lastSnapshot = { id: book.id, tsUs: nowUs, bids, asks };
    return this.#lastSnapshot;
  }

  priceText(ticks: number): string {
    return stepText(ticks, this.listing.tick);
  }

  sizeText(lots: number): string {
    return stepText(lots, this.listing.lot);
  }

  baseSize(lots: number, ticks: number): number {
    const { inverseValue } = this.listing;
    if (inverseValue === undefined) return Number(this.sizeText(lots));
    return (lots * inverseValue) / Number(this.priceText(ticks));
  }

  #show(): void {
    if (Number.isNaN(this.shownFrom)) this.shownFrom = this.#nextNumber;
  }

  #liveBook(): LiveBook {
    if (this.#book !== undefined) return this.#book;
    const { listing, idJumpMax, nowUs } = this.#options;
    const lot = listing.lot.units / 10 ** listing.lot.decimals;
    const tsUs = nowUs();
    const bid = this.history.path.bidTicks(tsUs);
    const ask = bid + this.history.path.spreadTicks(tsUs);
    const lotsScale = LEVEL_NOTIONAL / (listing.price * lot);
    this.#book = new LiveBook(this.#prng, idJumpMax, lotsScale, bid, ask, tsUs);
    return this.#book;
  }

  #moveTop(tsUs: number): void {
    const bid = this.history.path.bidTicks(tsUs);
    this.#liveBook().moveTop(bid, bid + this.history.path.spreadTicks(tsUs));
  }

  #makeTrade(nowUs: number): void {
    const trade = this.#trade;
    this.history.read(this.#nextNumber, trade);
    this.#moveTop(trade.tsUs);
    this.#liveBook().take(trade.isSell, trade.lots);
    for (const hub of this.#trades) hub.publish(hub.stream.encode(trade, nowUs), nowUs);
    this.#publishQuote(trade.tsUs, nowUs);
  }

  #makeQuote(nowUs: number): void {
    this.#moveTop(nowUs);
    this.#liveBook().resizeTop();
    this.#publishQuote(nowUs, nowUs);
  }

  #publishQuote(tsUs: number, nowUs: number): void {
    if (this.#quotes.length === 0) return;
    const book = this.#liveBook();
    this.#options.onBook?.(this, book);
    const quote = this.#quote;
    quote.tsUs = tsUs;
    quote.id = book.id;
    quote.bidTicks = book.bidTicks(0);
    quote.bidLots = book.bidLots(0);
    quote.askTicks = book.askTicks(0);
    quote.askLots = book.askLots(0);
    for (const hub of this.#quotes) hub.publish(hub.stream.encode(quote, nowUs), nowUs);
  }

  #publishDepth(nowUs: number): void {
    for (const { hub, batch } of this.#depths) {
      if (nowUs < batch.nextUs) continue;
      batch.nextUs = Math.max(batch.nextUs + batch.intervalUs, nowUs - batch.intervalUs);
      if (batch.intervalUs > 0) {
        this.#liveBook().stir(STIR_COUNT);
        // Some events end with a quote of the same id, as at the venue.
        if (this.#prng.chance(QUOTES_PER_DEPTH)) this.#makeQuote(nowUs);
      }
      if (batch.isEmpty) continue;
      this.#options.onBook?.(this, this.#liveBook());
      hub.publish(hub.stream.encode(batch.take(nowUs), nowUs), nowUs);
    }
  }
}

function createQuote(): SimQuote {
  return { tsUs: 0, id: 0, bidTicks: 0, bidLots: 0, askTicks: 0, askLots: 0 };
}

function added<T>(list: T[], item: T): T {
  list.push(item);
  return item;
}

function remove(list: unknown[], item: unknown): void {
  const index = list.indexOf(item);
  assert(index >= 0, 'Invariant: what is removed was in the list');
  list.splice(index, 1);
}
