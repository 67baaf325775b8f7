/**
 * How Hyperliquid's books follow the stream. Every `l2Book` frame is the whole book as far as it is
 * shown: it replaces what was there. There are no diffs, no sequence and no checksum, so a lost
 * frame cannot be told, and the next one (half a second later) makes up for it.
 *
 * The only order is the block time. Two sockets side by side bring each frame twice, the slower one
 * late: `FrameOrder` keeps a late frame from taking the book, or the quote, back in time.
 */
import type { BookRule } from '../contract.ts';

/** Never asked for: each message is a snapshot. A diff would be none of this venue's. */
export const SNAPSHOTS_ONLY: BookRule = {
  first: () => 'refetch',
  next: () => 'gap',
};

/** A frame older than this was not overtaken: the venue's clock was set back. */
const LATE_US_MAX = 10_000_000;

/** By instrument: the newest block time seen on one channel. */
export class FrameOrder {
  readonly #newestUs = new Map<number, number>();

  /** True when a newer frame came before; else remembers this one. */
  isLate(instrument: number, tsUs: number): boolean {
    const newestUs = this.#newestUs.get(instrument) ?? Number.NEGATIVE_INFINITY;
    if (tsUs < newestUs && newestUs - tsUs < LATE_US_MAX) return true;
    this.#newestUs.set(instrument, tsUs);
    return false;
  }
}
