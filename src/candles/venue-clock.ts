/**
 * What time it is at each feed's venue, told from records alone so that a replay tells the same:
 * the receive clock minus the least receipt-minus-venue time of live trades. That least is followed
 * down at once and up slowly, so a burst of late frames does not move it and a drifting clock does.
 */

/** How far one trade pulls the offset up: a drift is followed within some 10^5 trades. */
const FORGET_SHARE = 1e-5;

export class VenueClock {
  /** µs by feed; negative where the receive clock is behind the venue's. NaN before a trade. */
  readonly #offsetsUs: Float64Array;

  constructor(feedCount: number) {
    this.#offsetsUs = new Float64Array(feedCount).fill(Number.NaN);
  }

  /** Takes `recvUs - tsUs` of a live trade. */
  observe(feed: number, latencyUs: number): void {
    const offsetUs = this.#offsetsUs[feed] as number;
    this.#offsetsUs[feed] =
      latencyUs > offsetUs ? offsetUs + (latencyUs - offsetUs) * FORGET_SHARE : latencyUs;
  }

  /**
   * Venue time at the moment `recvUs` of the receive clock; NaN before the feed's first live trade.
   */
  venueUs(feed: number, recvUs: number): number {
    return recvUs - (this.#offsetsUs[feed] as number);
  }
}
