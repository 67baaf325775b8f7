/**
 * A token bucket over all clients: refuses what exceeds a configured rate, with the wait it takes.
 */
import { type Clock, US_PER_SECOND } from '../base/clock.ts';
import { HttpProblem } from './problem.ts';

export class RequestRate {
  readonly #perSecond: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledUs: number;

  /** Allows bursts of one second's worth. */
  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#tokens = perSecond;
    this.#filledUs = clock.monoUs();
  }

  /** Throws the 429 when the request is one too many. */
  admit(): void {
    const nowUs = this.#clock.monoUs();
    const earned = ((nowUs - this.#filledUs) / US_PER_SECOND) * this.#perSecond;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + earned);
    this.#filledUs = nowUs;
    if (this.#tokens < 1) {
      const waitSeconds = Math.max(1, Math.ceil((1 - this.#tokens) / this.#perSecond));
      throw new HttpProblem('rate_limited', `more than ${this.#perSecond} requests a second`, {
        headers: { 'retry-after': String(waitSeconds) },
      });
    }
    this.#tokens -= 1;
  }
}
