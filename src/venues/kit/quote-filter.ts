/** BBO of the feed's instruments: lets a quote through when it changed and is not an old one. */
import type { QuoteMessage } from '../contract.ts';

const WORDS = 5;

export class QuoteFilter {
  /** By slot: bid price, bid size, ask price, ask size, sequence. */
  readonly #last: Float64Array;

  constructor(instrumentCount: number) {
    this.#last = new Float64Array(instrumentCount * WORDS).fill(Number.NaN);
  }

  /** True when `quote` differs from the last one of this slot; remembers it. */
  accept(slot: number, quote: QuoteMessage): boolean {
    const last = this.#last;
    const at = slot * WORDS;
    // Two sockets overlap during a rollover: what the slower one repeats is not news.
    if (quote.sequence <= (last[at + 4] as number)) return false;
    const isSame =
      last[at] === quote.bidPrice &&
      last[at + 1] === quote.bidSize &&
      last[at + 2] === quote.askPrice &&
      last[at + 3] === quote.askSize;
    last[at] = quote.bidPrice;
    last[at + 1] = quote.bidSize;
    last[at + 2] = quote.askPrice;
    last[at + 3] = quote.askSize;
    last[at + 4] = quote.sequence;
    return !isSame;
  }

  /** After a reconnect the venue may count anew. */
  forget(slot: number): void {
    this.#last[slot * WORDS + 4] = Number.NaN;
  }
}
