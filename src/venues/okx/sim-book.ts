/**
 * The channel `books` of one instrument at the embedded exchange: 400 levels a side, so a level
 * that the best 400 push out is removed, and one that moves up into them is sent whole.
 */
import { US_PER_MS } from '../../base/clock.ts';
import type { SimBook, SimDepth, SimInstrument } from '../sim-contract.ts';
import { priceText, sizeText } from './sim-market.ts';

const LEVELS = 400;
const INTERVAL_MS = 100;

/** Lots by ticks. */
type Shown = ReadonlyMap<number, number>;

export class SimBookStream {
  readonly kind = 'depth' as const;
  readonly key: string;
  readonly instrument: SimInstrument;
  readonly intervalUs = INTERVAL_MS * US_PER_MS;
  readonly #head: string;
  /** What the subscribers have. */
  #bids: Shown = new Map();
  #asks: Shown = new Map();

  constructor(key: string, instrument: SimInstrument) {
    this.key = key;
    this.instrument = instrument;
    this.#head = `{"arg":{"channel":"books","instId":"${instrument.listing.venueSymbol}"}`;
  }

  snapshot(book: SimBook, nowUs: number): string {
    this.#bids = bestBids(book);
    this.#asks = bestAsks(book);
    const levels = this.#sides([...this.#bids], [...this.#asks]);
    return `${this.#head},"action":"snapshot","data":[{${levels}${ids(nowUs, -1, book.id)}}]}`;
  }

  encode({ book, tsUs, previousId, lastId }: SimDepth): string {
    const bids = bestBids(book);
    const asks = bestAsks(book);
    const levels = this.#sides(changes(this.#bids, bids), changes(this.#asks, asks));
    this.#bids = bids;
    this.#asks = asks;
    return `${this.#head},"action":"update","data":[{${levels}${ids(tsUs, previousId, lastId)}}]}`;
  }

  #sides(bids: readonly (readonly number[])[], asks: readonly (readonly number[])[]): string {
    return `"asks":[${this.#levels(asks)}],"bids":[${this.#levels(bids)}]`;
  }

  #levels(levels: readonly (readonly number[])[]): string {
    const { instrument } = this;
    return levels
      .map(([ticks = 0, lots = 0]) => {
        const price = priceText(instrument, ticks);
        return `["${price}","${sizeText(instrument, lots)}","0","${lots === 0 ? 0 : 1}"]`;
      })
      .join(',');
  }
}

/** Since 2026-06 the checksum is there and says nothing. */
function ids(tsUs: number, previousId: number, id: number): string {
  const ms = Math.floor(tsUs / US_PER_MS);
  return `,"ts":"${ms}","checksum":0,"prevSeqId":${previousId},"seqId":${id}`;
}

function bestBids(book: SimBook): Shown {
  const levels = new Map<number, number>();
  const count = Math.min(LEVELS, book.bidCount);
  for (let i = 0; i < count; i += 1) levels.set(book.bidTicks(i), book.bidLots(i));
  return levels;
}

function bestAsks(book: SimBook): Shown {
  const levels = new Map<number, number>();
  const count = Math.min(LEVELS, book.askCount);
  for (let i = 0; i < count; i += 1) levels.set(book.askTicks(i), book.askLots(i));
  return levels;
}

/** Levels that differ, lots 0 for those that went. */
function changes(before: Shown, after: Shown): readonly (readonly [ticks: number, lots: number])[] {
  const changed: [number, number][] = [];
  for (const [ticks, lots] of after) if (before.get(ticks) !== lots) changed.push([ticks, lots]);
  for (const ticks of before.keys()) if (!after.has(ticks)) changed.push([ticks, 0]);
  return changed;
}
