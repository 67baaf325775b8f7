/**
 * Coverage of one batch in memory: what is proven to be held, as disjoint intervals of ids, or of
 * time where ids prove nothing. A new interval takes in all that it overlaps or touches.
 */
import type { CoverageSpan, Deed } from './batch-sorter.ts';

/** A row of `trade_coverage`. */
export interface StoredCoverage extends CoverageSpan {
  /** Undefined: not in the table yet. */
  readonly rowId: number | undefined;
}

/** Rows to read before: those of one kind that overlap or touch the range. */
export interface CoverageRange {
  readonly instrument: number;
  readonly tape: number;
  /** By id, else by time; then only rows without ids count. */
  readonly isById: boolean;
  /** Rows that end at or after this and start at or before `to`: ids, or µs. */
  from: number;
  to: number;
}

/** One range for each instrument, tape and kind; what touches is inside. */
export function coverageRanges(deeds: readonly Deed[]): CoverageRange[] {
  const ranges = new Map<string, CoverageRange>();
  for (const deed of deeds) {
    if (deed.kind !== 'cover') continue;
    const { instrument, tape } = deed.span;
    const isById = deed.span.fromId !== null;
    const [from, to] = touching(deed.span);
    const range = ranges.get(groupOf(deed.span));
    if (range === undefined) {
      ranges.set(groupOf(deed.span), { instrument, tape, isById, from, to });
    } else {
      range.from = Math.min(range.from, from);
      range.to = Math.max(range.to, to);
    }
  }
  return [...ranges.values()];
}

export class CoverageBatch {
  readonly #groups = new Map<string, StoredCoverage[]>();
  readonly #changed = new Set<StoredCoverage>();
  readonly #removed: number[] = [];

  constructor(stored: readonly StoredCoverage[]) {
    for (const row of stored) this.#group(row).push(row);
  }

  /** Rows to write: those with `rowId` replace theirs, the others are new. */
  changes(): StoredCoverage[] {
    return [...this.#changed];
  }

  /** Row ids to delete. */
  get removed(): readonly number[] {
    return this.#removed;
  }

  add(span: CoverageSpan): void {
    const group = this.#group(span);
    const absorbed = group.filter((row) => isTouching(row, span)).sort(byStart);
    const kept = absorbed[0];
    const merged: StoredCoverage = { ...span, rowId: kept?.rowId, ...unionOf([span, ...absorbed]) };
    // Nothing is written when nothing changed.
    if (kept !== undefined && absorbed.length === 1 && isSame(kept, merged)) return;
    for (const row of absorbed) {
      group.splice(group.indexOf(row), 1);
      this.#changed.delete(row);
      if (row !== kept && row.rowId !== undefined) this.#removed.push(row.rowId);
    }
    group.push(merged);
    this.#changed.add(merged);
  }

  #group(span: CoverageSpan): StoredCoverage[] {
    const key = groupOf(span);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = [];
      this.#groups.set(key, group);
    }
    return group;
  }
}

function groupOf({ instrument, tape, fromId }: CoverageSpan): string {
  return `${instrument} ${tape} ${fromId === null ? 'time' : 'id'}`;
}

/** Least end and greatest start of what `span` takes in. */
function touching({ fromId, toId, fromUs, toUs }: CoverageSpan): readonly [number, number] {
  return fromId === null || toId === null ? [fromUs, toUs] : [fromId - 1, toId + 1];
}

function isTouching(row: CoverageSpan, span: CoverageSpan): boolean {
  const [from, to] = touching(span);
  return (row.toId ?? row.toUs) >= from && (row.fromId ?? row.fromUs) <= to;
}

function byStart(a: CoverageSpan, b: CoverageSpan): number {
  return (a.fromId ?? a.fromUs) - (b.fromId ?? b.fromUs);
}

function unionOf(
  spans: readonly CoverageSpan[],
): Pick<CoverageSpan, 'fromId' | 'toId' | 'fromUs' | 'toUs'> {
  const isById = spans[0]?.fromId !== null;
  return {
    fromId: isById ? Math.min(...spans.map((span) => span.fromId ?? 0)) : null,
    toId: isById ? Math.max(...spans.map((span) => span.toId ?? 0)) : null,
    fromUs: Math.min(...spans.map((span) => span.fromUs)),
    toUs: Math.max(...spans.map((span) => span.toUs)),
  };
}

function isSame(a: CoverageSpan, b: CoverageSpan): boolean {
  return a.fromId === b.fromId && a.toId === b.toId && a.fromUs === b.fromUs && a.toUs === b.toUs;
}
