/**
 * What changed in a book since a depth stream's last event: the ids it spans and which levels.
 * Sizes are read from the book when the event is made, as venues send absolute quantities.
 */
import type { SimDepth } from '../venues/sim-contract.ts';
import type { LiveBook } from './live-book.ts';

export class DepthBatch {
  readonly intervalUs: number;
  nextUs: number;
  readonly #book: LiveBook;
  readonly #bids = new Set<number>();
  readonly #asks = new Set<number>();
  readonly #event: SimDepth;
  #firstId = 0;
  #previousId: number;

  constructor(book: LiveBook, intervalUs: number, nowUs: number) {
    this.#book = book;
    this.intervalUs = intervalUs;
    this.nextUs = nowUs + intervalUs;
    this.#previousId = book.id;
    this.#event = {
      tsUs: 0,
      firstId: 0,
      lastId: 0,
      previousId: 0,
      bidTicks: [],
      bidLots: [],
      askTicks: [],
      askLots: [],
      book,
    };
  }

  get isEmpty(): boolean {
    return this.#firstId === 0;
  }

  note(isBid: boolean, ticks: number, id: number): void {
    if (this.#firstId === 0) this.#firstId = id;
    (isBid ? this.#bids : this.#asks).add(ticks);
  }

  /** The event of all changes noted; starts the next one. The object is reused. */
  take(tsUs: number): SimDepth {
    const event = this.#event;
    event.tsUs = tsUs;
    event.firstId = this.#firstId;
    event.lastId = this.#book.id;
    event.previousId = this.#previousId;
    this.#fill(true, this.#bids, event.bidTicks, event.bidLots);
    this.#fill(false, this.#asks, event.askTicks, event.askLots);
    this.#firstId = 0;
    this.#previousId = event.lastId;
    return event;
  }

  #fill(isBid: boolean, changed: Set<number>, ticks: number[], lots: number[]): void {
    ticks.length = 0;
    for (const each of changed) ticks.push(each);
    changed.clear();
    ticks.sort(isBid ? (a, b) => b - a : (a, b) => a - b);
    lots.length = 0;
    for (const each of ticks) lots.push(this.#book.lotsAt(isBid, each));
  }
}
