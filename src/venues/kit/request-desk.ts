/** What a feed asks over REST and when: refills, book snapshots, instrument list, polls. */

import { at } from '../../base/assert.ts';
import type { Prng } from '../../base/prng.ts';
import type { FeedProtocol, RestRequest } from '../contract.ts';
import { count, FeedSlot } from '../feed-counters.ts';
import { RestPriority, RestQueue, type Settled } from './rest-queue.ts';
import type { SessionOptions } from './session-options.ts';
import type { TradeDesk } from './trade-desk.ts';

const METADATA_EVERY_US = 86_400_000_000;
const METADATA_RETRY_US = 5_000_000;
const NO_ANSWER_SAID_EVERY_US = 30_000_000;
const BODY_SAID_LENGTH = 200;

export class RequestDesk {
  readonly #options: SessionOptions;
  readonly #protocol: FeedProtocol;
  readonly #queue: RestQueue;
  readonly #pollDueUs = new Map<string, number>();
  #metadataDueUs = 0;
  #noAnswerSaidUs = Number.NEGATIVE_INFINITY;

  constructor(options: SessionOptions, protocol: FeedProtocol, prng: Prng) {
    this.#options = options;
    this.#protocol = protocol;
    this.#queue = new RestQueue(options.feed.limits, prng, (request) => {
      count(options.counters, FeedSlot.rest_requests);
      options.actions.fetch(request);
    });
  }

  setLimit(weightPerMinute: number): void {
    this.#queue.setLimit(weightPerMinute);
  }

  onTick(nowUs: number): void {
    this.#queue.onTick(nowUs);
  }

  settle(url: string, status: number, retryAfterUs: number, nowUs: number): Settled {
    return this.#queue.settle(url, status, retryAfterUs, nowUs);
  }

  askBook(slot: number, request: RestRequest, nowUs: number): void {
    this.#queue.push(`book ${slot}`, request, RestPriority.book, nowUs);
  }

  /** The next page of the answer to the request with this key. */
  askNext(key: string, request: RestRequest, nowUs: number): void {
    this.#queue.push(key, request, RestPriority.instruments, nowUs);
  }

  /** One page at a time for each tape with a hole that is due. */
  askRefills(trades: TradeDesk, nowUs: number): void {
    const { instruments } = this.#options;
    for (let slot = 0; slot < instruments.length; slot += 1) {
      const key = `trades ${slot}`;
      if (this.#queue.has(key)) continue;
      const wanted = trades.wanted(slot, nowUs);
      if (wanted === undefined) continue;
      const request = this.#protocol.tradesRequest(at(instruments, slot).index, wanted);
      if (request === undefined) trades.onPageImpossible(slot);
      else this.#queue.push(key, request, RestPriority.trades, nowUs);
    }
  }

  /** No list yet, or half of it: not a day may pass before the next try. */
  onInstrumentsFailed(nowUs: number): void {
    this.#metadataDueUs = nowUs + METADATA_RETRY_US;
  }

  /** The instrument list once a day, and what the venue publishes over REST only. */
  askRoutine(nowUs: number): void {
    if (nowUs >= this.#metadataDueUs) {
      this.#metadataDueUs = nowUs + METADATA_EVERY_US;
      const request = this.#protocol.instrumentsRequest();
      this.#queue.push('instruments', request, RestPriority.instruments, nowUs);
    }
    for (const { key, everyUs, request, isLater } of this.#protocol.polls?.() ?? []) {
      if (isLater === true && !this.#pollDueUs.has(key)) this.#pollDueUs.set(key, nowUs + everyUs);
      if (nowUs < (this.#pollDueUs.get(key) ?? 0)) continue;
      this.#pollDueUs.set(key, nowUs + everyUs);
      this.#queue.push(`poll ${key}`, request, RestPriority.trades, nowUs);
    }
  }

  /** Counts and logs. A venue that does not answer at all is said once in a while. */
  reportFailure(url: string, status: number, body: string, nowUs: number): void {
    const { counters, actions, feed } = this.#options;
    count(counters, FeedSlot.rest_errors);
    if (status === 429 || status === 418) count(counters, FeedSlot.rest_limited);
    if (status === 0) {
      if (nowUs - this.#noAnswerSaidUs < NO_ANSWER_SAID_EVERY_US) return;
      this.#noAnswerSaidUs = nowUs;
    }
    const said = body.slice(0, BODY_SAID_LENGTH);
    const answer = status === 0 ? `no answer: ${said}` : `status ${status}: ${said}`;
    actions.report('warn', `${feed.id}: ${url}: ${answer}`);
  }
}
