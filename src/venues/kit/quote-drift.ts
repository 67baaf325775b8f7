/**
 * Doubt of a book by the venue's quotes where neither carries the other's ids: they meet in time
 * only, and batches of the book trail the quotes. A quote is confirmed when its best prices lie
 * between those that the book had within `windowUs` before and after it. A book that lost a message
 * stands still beside the market: its quotes go unconfirmed one after another. Used by
 * `BookKeeper`.
 *
 * Invariant: one unconfirmed quote says nothing (between two batches the top may come and go);
 * `STRIKES` in a row over `STRIKES_US` break the book.
 */
import type { OrderBook } from '../../book/order-book.ts';
import type { QuoteMessage } from '../contract.ts';
import { count, type FeedCounters, FeedSlot } from '../feed-counters.ts';

const STRIKES = 8;
const STRIKES_US = 5_000_000;
/** Quotes that wait for the book, and tops of the book that are remembered, at most. */
const PENDING_MAX = 64;
const TOPS_MAX = 256;

interface Top {
  recvUs: number;
  bid: number;
  ask: number;
}

interface Pending extends Top {
  bidLow: number;
  bidHigh: number;
  askLow: number;
  askHigh: number;
}

export class QuoteDrift {
  readonly #windowUs: number;
  readonly #counters: FeedCounters;
  #tops: Top[] = [];
  #pending: Pending[] = [];
  /** Venue time from which quotes are about this book; NaN before its first update. */
  #sinceUs = Number.NaN;
  #strikes = 0;
  #firstStrikeUs = Number.NaN;

  constructor(windowUs: number, counters: FeedCounters) {
    this.#windowUs = windowUs;
    this.#counters = counters;
  }

  /** The book is another one now, or none. */
  forgetBook(): void {
    this.#tops = [];
    this.#pending = [];
    this.#sinceUs = Number.NaN;
    this.#strikes = 0;
  }

  /** The book after an update of this venue time. Returns what differs, or ''. */
  onBook(book: OrderBook, tsUs: number, recvUs: number): string {
    if (Number.isNaN(this.#sinceUs)) this.#sinceUs = tsUs;
    const { bestPrice: bid } = book.bids;
    const { bestPrice: ask } = book.asks;
    const last = this.#tops.at(-1);
    if (last !== undefined && Object.is(last.bid, bid) && Object.is(last.ask, ask)) {
      return this.#expire(recvUs);
    }
    const top = { recvUs, bid, ask };
    this.#tops.push(top);
    if (this.#tops.length > TOPS_MAX) this.#tops = this.#tops.slice(-TOPS_MAX / 2);
    const reason = this.#expire(recvUs);
    for (const quote of this.#pending) widen(quote, top);
    this.#confirm();
    return reason;
  }

  /** A quote came in. Returns what differs between earlier ones and the book, or ''. */
  onQuote({ tsUs, bidPrice, askPrice }: QuoteMessage, recvUs: number): string {
    const reason = this.#expire(recvUs);
    // Older than the book, such as the last quote that a subscription begins with; or without time.
    if (!(tsUs >= this.#sinceUs)) return reason;
    const quote = {
      recvUs,
      bid: bidPrice,
      ask: askPrice,
      bidLow: Number.POSITIVE_INFINITY,
      bidHigh: Number.NEGATIVE_INFINITY,
      askLow: Number.POSITIVE_INFINITY,
      askHigh: Number.NEGATIVE_INFINITY,
    };
    // From the top that stood when the window began; newer ones come first.
    for (let i = this.#tops.length - 1; i >= 0; i -= 1) {
      const top = this.#tops[i] as Top;
      widen(quote, top);
      if (top.recvUs <= recvUs - this.#windowUs) break;
    }
    // A sample is enough: what waits must not be pushed out before its time is over.
    if (this.#pending.length < PENDING_MAX) this.#pending.push(quote);
    this.#confirm();
    return reason;
  }

  /**
   * Quotes whose time is over count against the book. Asked by messages only, never by a timer, so
   * that a replay breaks where the recording did.
   */
  #expire(nowUs: number): string {
    let reason = '';
    for (;;) {
      const quote = this.#pending[0];
      if (quote === undefined || nowUs - quote.recvUs <= this.#windowUs) return reason;
      this.#pending.shift();
      count(this.#counters, FeedSlot.bbo_checked);
      if (this.#strikes === 0) this.#firstStrikeUs = quote.recvUs;
      this.#strikes += 1;
      const isLong = quote.recvUs - this.#firstStrikeUs >= STRIKES_US;
      if (this.#strikes < STRIKES || !isLong || reason !== '') continue;
      count(this.#counters, FeedSlot.bbo_mismatched);
      reason =
        `${this.#strikes} quotes in a row are not the book's: bid ${quote.bid}, book ` +
        `${quote.bidLow} to ${quote.bidHigh}; ask ${quote.ask}, book ${quote.askLow} to ` +
        `${quote.askHigh}`;
    }
  }

  #confirm(): void {
    for (let i = this.#pending.length - 1; i >= 0; i -= 1) {
      if (!isInside(this.#pending[i] as Pending)) continue;
      this.#pending.splice(i, 1);
      this.#strikes = 0;
      count(this.#counters, FeedSlot.bbo_checked);
    }
  }
}

function widen(quote: Pending, { bid, ask }: Top): void {
  // An empty side is NaN, which a comparison leaves out.
  if (bid < quote.bidLow) quote.bidLow = bid;
  if (bid > quote.bidHigh) quote.bidHigh = bid;
  if (ask < quote.askLow) quote.askLow = ask;
  if (ask > quote.askHigh) quote.askHigh = ask;
}

function isInside(quote: Pending): boolean {
  const { bid, ask } = quote;
  // A side the venue quotes as empty proves nothing.
  const isBid = Number.isNaN(bid) || (bid >= quote.bidLow && bid <= quote.bidHigh);
  return isBid && (Number.isNaN(ask) || (ask >= quote.askLow && ask <= quote.askHigh));
}
