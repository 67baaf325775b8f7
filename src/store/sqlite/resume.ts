/**
 * What the store holds of one instrument's trades, exactly: coverage, the rows beyond and between
 * its intervals (a crash may have left trades whose coverage record never came), and the open gaps.
 * Costs key ranges only: with coverage near the end of 50 M rows, a few thousand index entries.
 */
import { type Interval, IntervalSet } from '../../base/interval-set.ts';
import type { OpenGap, ResumeState } from '../contract.ts';
import { type HeldIds, judgeHeldIds, RECENT_ID_COUNT } from '../resume-state.ts';
import { TAPE_NAMES } from '../row-text.ts';
import type { CoverageTable } from './coverage-table.ts';
import type { LedgerTable } from './ledger-table.ts';
import type { TradeQueries } from './trade-queries.ts';

/** Ids looked at to tell consecutive ids from ids that only rise, where no coverage says so. */
const PROBE_COUNT = 10_000;
const PROBE_ISLANDS_MAX = 1_000;
/** Without coverage, only this many of the newest rows are worth the time. */
const UNCOVERED_COUNT_MAX = 1_000_000;

export interface ResumeSources {
  readonly trades: TradeQueries;
  readonly coverage: CoverageTable;
  readonly ledger: LedgerTable;
}

export interface Resumed {
  readonly state: ResumeState;
  /** Open ledger gaps whose ids are all there: to be closed. */
  readonly closed: HeldIds['closed'];
}

/** `tape`: the one the instrument records now; another stored tape only shows in `state.tape`. */
export function readResume(sources: ResumeSources, instrument: number, tape: number): Resumed {
  const { trades, coverage, ledger } = sources;
  const covered = coverage.intervals(instrument, tape);
  const ids = covered.map(({ fromId, toId }) => ({ from: fromId, to: toId }));
  const islands = heldOutside(trades, instrument, tape, ids);
  const held = judgeHeldIds(ids, islands, ledger.openTradeGaps(instrument));
  const newestInterval = held.intervals.at(-1);
  const newest =
    newestInterval === undefined
      ? newestWithoutOrder(trades, instrument, tape)
      : trades.before(instrument, tape, newestInterval.to);
  const openGaps: OpenGap[] = held.open.map(({ id: _, ...gap }) => gap);
  for (const hole of held.unknownHoles) {
    const fromUs = trades.before(instrument, tape, hole.from)?.tsUs;
    const toUs = trades.after(instrument, tape, hole.to)?.tsUs;
    if (fromUs === undefined || toUs === undefined) continue;
    // Ids may rise while times do not; a gap's times go forward all the same.
    const [startUs, endUs] = [Math.min(fromUs, toUs), Math.max(fromUs, toUs)];
    const { from: fromId, to: toId } = hole;
    openGaps.push({ fromId, toId, fromUs: startUs, toUs: endUs, cause: 'crash' });
  }
  openGaps.sort((a, b) => a.fromUs - b.fromUs || a.fromId - b.fromId);
  return {
    closed: held.closed,
    state: {
      intervals: held.intervals,
      lastTradeUs: newest?.tsUs ?? Number.NaN,
      lastTradeId: newest?.id ?? Number.NaN,
      coveredFromUs: coveredFromUs(sources, instrument, tape, newestInterval),
      recentTextIds: newestInterval === undefined ? recentIds(trades, instrument, tape) : [],
      openGaps,
      tape: storedTape(trades, instrument, tape),
    },
  };
}

/** Islands of ids below, between and beyond the covered intervals. */
function heldOutside(
  trades: TradeQueries,
  instrument: number,
  tape: number,
  covered: readonly Interval[],
): Interval[] {
  const newest = trades.newest(instrument, tape);
  if (newest === undefined) return [];
  const set = new IntervalSet(covered);
  if (set.count === 0) {
    const probeId = trades.idOfNewest(instrument, tape, PROBE_COUNT) ?? Number.MIN_SAFE_INTEGER;
    const probe = trades.islands(instrument, tape, probeId, newest.id);
    if (probe.length > PROBE_ISLANDS_MAX) return [];
    const firstId = trades.idOfNewest(instrument, tape, UNCOVERED_COUNT_MAX);
    return trades.islands(instrument, tape, firstId ?? Number.MIN_SAFE_INTEGER, newest.id);
  }
  const islands: Interval[] = [];
  for (const hole of set.holes(set.first, newest.id)) {
    islands.push(...trades.islands(instrument, tape, hole.from, hole.to));
  }
  return islands;
}

function newestWithoutOrder(
  trades: TradeQueries,
  instrument: number,
  tape: number,
): { readonly id: number; readonly tsUs: number } | undefined {
  const row = trades.newestByTime(instrument, tape, 1)[0];
  if (row === undefined) return undefined;
  return { id: typeof row.id === 'number' ? row.id : Number.NaN, tsUs: row.tsUs };
}

/** Start of the coverage that the newest interval stands on, or the time of its first trade. */
function coveredFromUs(
  { coverage, trades }: ResumeSources,
  instrument: number,
  tape: number,
  newest: Interval | undefined,
): number {
  let fromUs = Number.NaN;
  for (const span of coverage.spans(instrument, tape)) {
    const isPart = newest === undefined || (span.fromId >= newest.from && span.toId <= newest.to);
    if (!isPart) continue;
    // Where time alone is covered, the last span is the one that goes on.
    if (newest === undefined || !(fromUs <= span.fromUs)) fromUs = span.fromUs;
  }
  if (newest === undefined || !Number.isNaN(fromUs)) return fromUs;
  return trades.after(instrument, tape, newest.from)?.tsUs ?? Number.NaN;
}

function recentIds(trades: TradeQueries, instrument: number, tape: number): string[] {
  const rows = trades.newestByTime(instrument, tape, RECENT_ID_COUNT);
  return rows.map((row) => String(row.id)).reverse();
}

function storedTape(trades: TradeQueries, instrument: number, tape: number): ResumeState['tape'] {
  if (trades.hasTape(instrument, tape)) return TAPE_NAMES[tape];
  const other = TAPE_NAMES.findIndex((_, code) => trades.hasTape(instrument, code));
  return TAPE_NAMES[other];
}
