/** The stats line: where there is no terminal, one structured log line per interval. */
import type { LogValues } from '../../base/log.ts';
import { feedRate, type StatsSample } from './stats-sample.ts';

/** Values of the line `recording`: totals, then one object a feed. Rates are per second. */
export function statsValues(earlier: StatsSample | undefined, now: StatsSample): LogValues {
  return {
    elapsed_s: round((now.nowUs - now.startedUs) / 1e6),
    stored_rows: now.storedRows,
    candles: now.candles,
    spool_length: now.spoolLength,
    restarts: now.restarts,
    feeds: now.feeds.map((feed) => {
      const rate = feedRate(earlier, now, feed.feed);
      return {
        feed: feed.feed,
        state: feed.state,
        ...(feed.problem === '' ? {} : { problem: feed.problem }),
        frames: feed.frames,
        frames_per_s: round(rate.framesPerS),
        received_per_s: round(rate.receivedPerS),
        stored_per_s: round(rate.committedPerS),
        lag_us: round(feed.lagUs),
        gaps_open: feed.gapsOpen,
        gaps_repaired: feed.gapsRepaired,
        ring_share: Math.round(feed.ringShare * 1000) / 1000,
      };
    }),
  };
}

/** One decimal; null where there is no value, as JSON has no NaN. */
function round(value: number): number | null {
  return Number.isFinite(value) ? Math.round(value * 10) / 10 : null;
}
