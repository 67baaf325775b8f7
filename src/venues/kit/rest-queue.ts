/**
 * One queue of REST requests a feed, inside the venue's weight budget. Bounded: a request with the
 * same key replaces nothing and is dropped, so there are at most as many as keys (instrument ×
 * use). Pure: time is passed, requests leave through `fetch`, answers come back through `settle`.
 */
import type { Prng } from '../../base/prng.ts';
import type { FeedLimits, RestRequest } from '../contract.ts';
import { backoffUs } from './backoff.ts';

/** Smaller goes first. */
export const RestPriority = { instruments: 0, book: 1, trades: 2 } as const;
export type RestPriority = (typeof RestPriority)[keyof typeof RestPriority];

interface Entry {
  readonly key: string;
  readonly request: RestRequest;
  readonly priority: RestPriority;
  attempts: number;
  notBeforeUs: number;
  /** When it was sent; NaN while it waits. */
  sentUs: number;
}

export type Settled =
  | { readonly state: 'unknown' }
  | { readonly state: 'done'; readonly key: string }
  /** Will be sent again after `waitUs`. */
  | { readonly state: 'again'; readonly key: string; readonly waitUs: number }
  /** The venue says no (4xx): not sent again. */
  | { readonly state: 'refused'; readonly key: string };

export type RestLimits = Pick<
  FeedLimits,
  'restWeightPerMinute' | 'restWindowUs' | 'restForbiddenUs'
>;

const IN_FLIGHT_MAX = 4;
const MINUTE_US = 60_000_000;
const TIMEOUT_US = 15_000_000;
/** Part of the venue's budget we use: other programs share the address. */
const BUDGET_SHARE = 0.9;
const RETRY = { firstUs: 500_000, capUs: 30_000_000 };
const RATE_LIMIT_WAIT_US = 1_000_000;

export class RestQueue {
  readonly #entries = new Map<string, Entry>();
  readonly #fetch: (request: RestRequest) => void;
  readonly #prng: Prng;
  readonly #windowUs: number;
  readonly #forbiddenUs: number;
  #weightPerMinute: number;
  /** Weight sent in the current window; windows begin at multiples of their length. */
  #windowStartUs = 0;
  #windowWeight = 0;
  #pausedUntilUs = 0;

  constructor(limits: RestLimits, prng: Prng, fetch: (request: RestRequest) => void) {
    this.#weightPerMinute = limits.restWeightPerMinute;
    this.#windowUs = limits.restWindowUs ?? MINUTE_US;
    this.#forbiddenUs = limits.restForbiddenUs ?? RATE_LIMIT_WAIT_US;
    this.#prng = prng;
    this.#fetch = fetch;
  }

  get length(): number {
    return this.#entries.size;
  }

  /** The venue stated its budget. */
  setLimit(weightPerMinute: number): void {
    if (weightPerMinute > 0) this.#weightPerMinute = weightPerMinute;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Queues `request` unless one with this key is queued or under way. */
  push(key: string, request: RestRequest, priority: RestPriority, notBeforeUs: number): boolean {
    if (this.#entries.has(key)) return false;
    this.#entries.set(key, {
      key,
      request,
      priority,
      attempts: 0,
      notBeforeUs,
      sentUs: Number.NaN,
    });
    return true;
  }

  /** Sends what the budget allows now. */
  onTick(nowUs: number): void {
    if (this.#entries.size === 0 || nowUs < this.#pausedUntilUs) return;
    this.#expire(nowUs);
    let inFlight = 0;
    for (const entry of this.#entries.values()) if (!Number.isNaN(entry.sentUs)) inFlight += 1;
    while (inFlight < IN_FLIGHT_MAX) {
      const entry = this.#nextDue(nowUs);
      if (entry === undefined || !this.#spend(entry.request.weight, nowUs)) return;
      entry.sentUs = nowUs;
      inFlight += 1;
      this.#fetch(entry.request);
    }
  }

  /** Takes the fact that the answer to `url` came. Status 0 is no answer. */
  settle(url: string, status: number, retryAfterUs: number, nowUs: number): Settled {
    const entry = this.#find(url);
    if (entry === undefined) return { state: 'unknown' };
    entry.sentUs = Number.NaN;
    if (status === 200) {
      this.#entries.delete(entry.key);
      return { state: 'done', key: entry.key };
    }
    entry.attempts += 1;
    if (status === 429 || status === 418 || status === 403) {
      const leastUs = status === 403 ? this.#forbiddenUs : RATE_LIMIT_WAIT_US;
      const waitUs = Math.max(retryAfterUs, leastUs);
      this.#pausedUntilUs = Math.max(this.#pausedUntilUs, nowUs + waitUs);
      return { state: 'again', key: entry.key, waitUs };
    }
    if (status >= 400 && status < 500) {
      this.#entries.delete(entry.key);
      return { state: 'refused', key: entry.key };
    }
    const waitUs = backoffUs(RETRY, entry.attempts - 1, this.#prng);
    entry.notBeforeUs = nowUs + waitUs;
    return { state: 'again', key: entry.key, waitUs };
  }

  #find(url: string): Entry | undefined {
    for (const entry of this.#entries.values()) {
      if (!Number.isNaN(entry.sentUs) && entry.request.url === url) return entry;
    }
    return undefined;
  }

  #nextDue(nowUs: number): Entry | undefined {
    let best: Entry | undefined;
    for (const entry of this.#entries.values()) {
      if (!Number.isNaN(entry.sentUs) || entry.notBeforeUs > nowUs) continue;
      if (best === undefined || entry.priority < best.priority) best = entry;
    }
    return best;
  }

  #spend(weight: number, nowUs: number): boolean {
    const startUs = Math.floor(nowUs / this.#windowUs) * this.#windowUs;
    if (startUs !== this.#windowStartUs) {
      this.#windowStartUs = startUs;
      this.#windowWeight = 0;
    }
    const budget = (this.#weightPerMinute * BUDGET_SHARE * this.#windowUs) / MINUTE_US;
    if (this.#windowWeight + weight > budget) return false;
    this.#windowWeight += weight;
    return true;
  }

  /** An answer that never came counts as none: the request waits its turn again. */
  #expire(nowUs: number): void {
    for (const entry of this.#entries.values()) {
      if (nowUs - entry.sentUs > TIMEOUT_US) {
        entry.sentUs = Number.NaN;
        entry.attempts += 1;
        entry.notBeforeUs = nowUs + backoffUs(RETRY, entry.attempts - 1, this.#prng);
      }
    }
  }
}
