/**
 * Depth events that wait for a book snapshot, oldest first, with their receive times. Bounded in
 * events and in levels: when full, the oldest is dropped and counted, and the rule of the venue
 * then finds the snapshot too old and asks for a newer one. Used by `BookKeeper`.
 */
import type { DepthMessage } from '../contract.ts';

/** A kept copy of a message; slots are reused. */
export interface HeldDepth extends DepthMessage {
  recvUs: number;
}

export class DepthBuffer {
  readonly #eventsMax: number;
  readonly #levelsMax: number;
  #slots: HeldDepth[] = [];
  #head = 0;
  #count = 0;
  #levels = 0;
  #dropped = 0;

  constructor(eventsMax = 4_096, levelsMax = 1 << 18) {
    this.#eventsMax = eventsMax;
    this.#levelsMax = levelsMax;
  }

  get count(): number {
    return this.#count;
  }

  /** Events lost to the bounds since the buffer was last cleared. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The event with `index` older ones. */
  at(index: number): HeldDepth | undefined {
    if (index >= this.#count) return undefined;
    return this.#slots[(this.#head + index) % this.#slots.length];
  }

  push(message: DepthMessage, recvUs: number): void {
    const levels = message.bidCount + message.askCount;
    while (
      this.#count === this.#eventsMax ||
      (this.#count > 0 && this.#levels + levels > this.#levelsMax)
    ) {
      this.shift();
      this.#dropped += 1;
    }
    copyDepth(message, recvUs, this.#freeSlot(levels));
    this.#count += 1;
    this.#levels += levels;
  }

  /** Takes the oldest event out. It stays as it is until the next `push` but one takes its slot. */
  shift(): HeldDepth | undefined {
    const event = this.at(0);
    if (event === undefined) return undefined;
    this.#head = (this.#head + 1) % this.#slots.length;
    this.#count -= 1;
    this.#levels -= event.bidCount + event.askCount;
    return event;
  }

  /** Empties the buffer and gives its memory back: resyncs are rare, books are many. */
  clear(): void {
    this.#slots = [];
    this.#head = 0;
    this.#count = 0;
    this.#levels = 0;
    this.#dropped = 0;
  }

  #freeSlot(levels: number): HeldDepth {
    if (this.#count === this.#slots.length) this.#addSlot();
    const index = (this.#head + this.#count) % this.#slots.length;
    const slot = this.#slots[index] as HeldDepth;
    if (slot.prices.length < levels) {
      slot.prices = new Float64Array(levels);
      slot.sizes = new Float64Array(levels);
    }
    return slot;
  }

  #addSlot(): void {
    // The ring is full: turned so that its oldest is first, the new slot comes after its newest.
    this.#slots = [...this.#slots.slice(this.#head), ...this.#slots.slice(0, this.#head)];
    this.#head = 0;
    const more = Math.min(Math.max(8, this.#slots.length), this.#eventsMax - this.#slots.length);
    for (let i = 0; i < more; i += 1) this.#slots.push(emptyDepth());
  }
}

function emptyDepth(): HeldDepth {
  return {
    instrument: 0,
    tsUs: Number.NaN,
    firstId: Number.NaN,
    lastId: Number.NaN,
    previousId: Number.NaN,
    isSnapshot: false,
    checksum: Number.NaN,
    bidCount: 0,
    askCount: 0,
    prices: new Float64Array(0),
    sizes: new Float64Array(0),
    precisionLoss: false,
    recvUs: 0,
  };
}

function copyDepth(from: DepthMessage, recvUs: number, to: HeldDepth): void {
  const levels = from.bidCount + from.askCount;
  to.instrument = from.instrument;
  to.checksum = from.checksum;
  to.tsUs = from.tsUs;
  to.firstId = from.firstId;
  to.lastId = from.lastId;
  to.previousId = from.previousId;
  to.isSnapshot = from.isSnapshot;
  to.bidCount = from.bidCount;
  to.askCount = from.askCount;
  to.precisionLoss = from.precisionLoss;
  to.recvUs = recvUs;
  for (let i = 0; i < levels; i += 1) {
    to.prices[i] = from.prices[i] as number;
    to.sizes[i] = from.sizes[i] as number;
  }
}
