/**
 * Proof of a book by the venue's own quotes: wherever the book stands at the update id of a quote,
 * both must name the same best prices and sizes. Either may arrive first, so the newest of both are
 * kept. Used by `BookKeeper`.
 *
 * Sizes: on real captures a quote comes up to 31 quotes before and 17 after the depth event with
 * its id; while a book waits for its snapshot the buffered events trail by whole seconds of
 * quotes.
 */
import type { OrderBook } from '../../book/order-book.ts';
import type { QuoteMessage } from '../contract.ts';
import { count, type FeedCounters, FeedSlot } from '../feed-counters.ts';
import { TopRing } from './top-ring.ts';

const QUOTE_COUNT_MAX = 1_024;
const BOOK_COUNT_MAX = 64;
/** Equal comparisons for each unequal one before assumed ids are trusted. */
const SHOWN_BY = 20;

export class BboCheck {
  readonly #quotes = new TopRing(QUOTE_COUNT_MAX);
  readonly #books = new TopRing(BOOK_COUNT_MAX);
  readonly #counters: FeedCounters;
  readonly #isAssumed: boolean;

  /** `isAssumed`: that quotes and books share their ids is to be shown first, by the ids. */
  constructor(counters: FeedCounters, isAssumed = false) {
    this.#counters = counters;
    this.#isAssumed = isAssumed;
  }

  /** The book now stands at `id`. Returns what differs, or ''. */
  onBook(id: number, book: OrderBook): string {
    // An id that does not rise is no position in the venue's sequence, so nothing can be proven.
    if (!(id > this.#books.newestId)) return '';
    const mine = this.#books.pushBook(id, book);
    return this.#compare(id, this.#quotes.find(id), mine);
  }

  /** A quote came in. Returns what differs from the book at its id, or ''. */
  onQuote(message: QuoteMessage): string {
    const id = message.sequence;
    const quotes = this.#quotes;
    // Older than all that is kept: the venue began its ids anew.
    if (id < quotes.oldestId) quotes.clear();
    if (!(id > quotes.newestId)) return '';
    const { bidPrice, bidSize, askPrice, askSize } = message;
    const theirs = quotes.push(id, bidPrice, bidSize, askPrice, askSize);
    return this.#compare(id, theirs, this.#books.find(id));
  }

  /** The book is not to be trusted: quotes that are still to come prove nothing about it. */
  forgetBook(): void {
    this.#books.clear();
  }

  clear(): void {
    this.#books.clear();
    this.#quotes.clear();
  }

  /** Nearly all comparisons of the feed so far were equal, so a difference is news. */
  #isShown(): boolean {
    const counters = this.#counters;
    const checked = counters[FeedSlot.bbo_checked] as number;
    const mismatched = counters[FeedSlot.bbo_mismatched] as number;
    return checked - mismatched >= SHOWN_BY * mismatched;
  }

  #compare(id: number, theirs: number, mine: number): string {
    if (theirs < 0 || mine < 0) return '';
    count(this.#counters, FeedSlot.bbo_checked);
    const quote = this.#quotes.values;
    const book = this.#books.values;
    const same = isSame(book, mine, quote, theirs) && isSame(book, mine + 2, quote, theirs + 2);
    if (same) return '';
    count(this.#counters, FeedSlot.bbo_mismatched);
    if (this.#isAssumed && !this.#isShown()) return '';
    return `bbo mismatch at ${id}: book ${topText(book, mine)}, quote ${topText(quote, theirs)}`;
  }
}

/** One side's price and size; an empty side of a book equals a quote of size 0. */
function isSame(book: Float64Array, mine: number, quote: Float64Array, theirs: number): boolean {
  const price = book[mine] as number;
  const quoteSize = quote[theirs + 1] as number;
  if (Number.isNaN(price)) return !(quoteSize > 0);
  return price === quote[theirs] && book[mine + 1] === quoteSize;
}

function topText(top: Float64Array, i: number): string {
  return `${top[i]} x ${top[i + 1]} / ${top[i + 2]} x ${top[i + 3]}`;
}
