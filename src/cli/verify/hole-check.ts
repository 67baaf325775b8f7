/**
 * Are the trade ids of an instrument all there? The rows are what counts: an id between the first
 * and the last that has no row is a hole. A hole is explained by an open gap or a quarantined
 * record of the ledger that spans it; one that nothing explains, or that the store claims to
 * cover, is a fault.
 */

import { type Interval, IntervalSet } from '../../base/interval-set.ts';
import type { CoverageRow, GapRow } from '../../store/contract.ts';

export interface IdHole {
  readonly from_id: number;
  readonly to_id: number;
  readonly missing: number;
  /** What the store says of it. */
  readonly claim: 'nothing' | 'covered' | 'repaired';
}

export interface HoleReport {
  readonly firstId: number;
  readonly lastId: number;
  readonly ids: number;
  /** Ids that an open gap of the ledger names. */
  readonly explained: number;
  /** Ids that were covered and have no row because the print was no market trade. */
  readonly nonMarket: number;
  /** Covered ids without a row of their own, on a tape whose rows stand for several. */
  readonly merged: number;
  readonly unexplained: readonly IdHole[];
}

export interface HoleOptions {
  /**
   * The tape has prints that take an id and are no market trades (insurance fund, ADL): a hole
   * inside proven coverage may be one of them.
   */
  readonly hasNonMarketPrints: boolean;
  /** Rows of the tape may stand for several ids, and only the last of them is kept. */
  readonly hasMergedFills?: boolean;
}

/** `ids`: every numeric trade id that has a row. */
export function checkHoles(
  ids: IntervalSet,
  coverage: readonly CoverageRow[],
  gaps: readonly GapRow[],
  options: HoleOptions,
): HoleReport {
  const covered = setOf(coverage);
  const open = setOf(gaps.filter((gap) => gap.kind === 'trade_gap' && gap.repaired === 0));
  const repaired = setOf(gaps.filter((gap) => gap.kind === 'trade_gap' && gap.repaired === 1));
  const aside = setOf(gaps.filter((gap) => gap.kind === 'quarantine'));
  const unexplained: IdHole[] = [];
  let explained = 0;
  let nonMarket = 0;
  let merged = 0;
  if (ids.count === 0 && covered.count === 0) return emptyReport();
  const firsts = [ids, covered].filter((set) => set.count > 0).map((set) => set.first);
  const from = Math.min(...firsts);
  const to = Math.max(ids.last, covered.last);
  for (const hole of ids.holes(from, to)) {
    for (const part of split(hole, [open, aside, covered, repaired])) {
      const missing = part.to - part.from + 1;
      if (open.has(part.from) || aside.has(part.from)) explained += missing;
      else if (options.hasMergedFills === true && covered.has(part.from)) merged += missing;
      else if (options.hasNonMarketPrints && covered.has(part.from)) nonMarket += missing;
      else unexplained.push(holeOf(part, covered, repaired));
    }
  }
  const count = ids.intervals().reduce((sum, each) => sum + each.to - each.from + 1, 0);
  return {
    firstId: ids.first,
    lastId: ids.last,
    ids: count,
    explained,
    nonMarket,
    merged,
    unexplained,
  };
}

function emptyReport(): HoleReport {
  const none = { ids: 0, explained: 0, nonMarket: 0, merged: 0 };
  return { firstId: -1, lastId: -1, ...none, unexplained: [] };
}

function holeOf({ from, to }: Interval, covered: IntervalSet, repaired: IntervalSet): IdHole {
  const claim = covered.has(from) ? 'covered' : repaired.has(from) ? 'repaired' : 'nothing';
  return { from_id: from, to_id: to, missing: to - from + 1, claim };
}

interface IdRange {
  readonly from_id: number | null;
  readonly to_id: number | null;
}

function setOf(rows: readonly IdRange[]): IntervalSet {
  const set = new IntervalSet();
  for (const row of rows) {
    if (row.from_id !== null) set.addRange(row.from_id, row.to_id ?? row.from_id);
  }
  return set;
}

/** `hole` cut so that each part lies wholly inside or wholly outside each of `sets`. */
function split(hole: Interval, sets: readonly IntervalSet[]): Interval[] {
  const starts = new Set([hole.from]);
  for (const set of sets) {
    for (const outside of set.holes(hole.from, hole.to)) {
      starts.add(outside.from);
      if (outside.to < hole.to) starts.add(outside.to + 1);
    }
  }
  const sorted = [...starts].sort((a, b) => a - b);
  return sorted.map((from, i) => ({ from, to: (sorted[i + 1] ?? hole.to + 1) - 1 }));
}
