/**
 * What a store proves it holds, put together from coverage, from the rows beyond it, and from the
 * ledger. Databases only bring the inputs.
 */
import { type Interval, IntervalSet } from '../base/interval-set.ts';
import type { OpenGap } from './contract.ts';

/** Newest ids where ids have no order, for a session to know repeats by. */
export const RECENT_ID_COUNT = 20_000;

export interface LedgerGap extends OpenGap {
  /** Row of the ledger. */
  readonly id: number;
}

export interface HeldIds {
  readonly intervals: readonly Interval[];
  /** Ledger gaps of which every id is held: their `repaired` was lost in a crash. */
  readonly closed: readonly LedgerGap[];
  readonly open: readonly LedgerGap[];
  /** Holes between intervals that no open ledger gap knows. */
  readonly unknownHoles: readonly Interval[];
}

/** `islands`: ids of rows outside `covered`. `ledger`: open trade gaps; NaN ids where unknown. */
export function judgeHeldIds(
  covered: readonly Interval[],
  islands: readonly Interval[],
  ledger: readonly LedgerGap[],
): HeldIds {
  const held = new IntervalSet([...covered, ...islands]);
  const intervals = held.intervals();
  const closed: LedgerGap[] = [];
  const open: LedgerGap[] = [];
  const known = new IntervalSet();
  for (const gap of ledger) {
    const holder = Number.isNaN(gap.toId) ? undefined : held.find(gap.fromId);
    if (holder !== undefined && holder.to >= gap.toId) closed.push(gap);
    else open.push(gap);
    if (gap.toId >= gap.fromId) known.addRange(gap.fromId, gap.toId);
  }
  const unknownHoles: Interval[] = [];
  for (let i = 1; i < intervals.length; i += 1) {
    const before = intervals[i - 1] as Interval;
    const after = intervals[i] as Interval;
    unknownHoles.push(...known.holes(before.to + 1, after.from - 1));
  }
  return { intervals, closed, open, unknownHoles };
}
