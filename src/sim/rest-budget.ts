/** REST weight used in the current calendar minute, as venues count it. */
import { US_PER_SECOND } from '../base/clock.ts';

const MINUTE_US = 60 * US_PER_SECOND;

export class RestBudget {
  readonly limit: number;
  /** Weight used this minute, refused requests included. */
  used = 0;
  #minute = -1;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Takes `weight`; 0 when there was room, else the seconds until there will be. */
  charge(weight: number, nowUs: number): number {
    const minute = Math.floor(nowUs / MINUTE_US);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.used = 0;
    }
    this.used += weight;
    if (this.used <= this.limit) return 0;
    return Math.max(1, Math.ceil(((minute + 1) * MINUTE_US - nowUs) / US_PER_SECOND));
  }
}
