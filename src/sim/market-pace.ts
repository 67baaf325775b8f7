/**
 * How the rate becomes trades, quotes and depth events. An instrument's share of the rate is
 * rate / instruments. Depth events take a fifth of it, at most ten a second, as the streams are
 * `@100ms`; every second depth event comes with a quote of the same update id; the rest is trades,
 * each followed by the quote it causes. So at 1,000 frames/s over twelve instruments 41 % are
 * trades, 47 % quotes, 12 % depth, and with higher rates it nears half and half.
 *
 * Trades are a function of time, so their pace must come from the flags alone and not from who
 * happens to be connected.
 */
import { US_PER_SECOND } from '../base/clock.ts';

export interface MarketPace {
  /** Width of a trade's slot. */
  readonly slotUs: number;
  readonly tradesPerSecond: number;
  readonly depthPerSecond: number;
}

const DEPTH_SHARE = 0.2;
const DEPTH_PER_SECOND_MAX = 10;
/** Quotes sent along with a depth event, on average. */
export const QUOTES_PER_DEPTH = 0.5;

/** `share`: frames/s of one instrument; `framesPerTrade`: frames its tape needs for one trade. */
export function paceOf(share: number, framesPerTrade: number): MarketPace {
  const depthPerSecond = Math.min(DEPTH_PER_SECOND_MAX, share * DEPTH_SHARE);
  const rest = share - depthPerSecond * (1 + QUOTES_PER_DEPTH);
  const slotUs = Math.max(1, Math.round(((framesPerTrade + 1) * US_PER_SECOND) / rest));
  return { slotUs, tradesPerSecond: US_PER_SECOND / slotUs, depthPerSecond };
}
