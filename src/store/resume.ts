/**
 * What the store holds of one instrument's trades, exactly: coverage, the rows beyond and between
 * its intervals (a crash may have left trades whose coverage record never came), and the open gaps.
 * Costs key ranges only: with coverage near the end of 50 M rows, a few thousand index entries.
 */
import { type Interval, IntervalSet } from '../base/interval-set.ts';
import type { OpenGap, ResumeState } from './contract.ts';
import { type HeldIds, judgeHeldIds, RECENT_ID_COUNT } from './resume-state.ts';
import { TAPE_NAMES } from './row-text.ts';
import {
  type CoverageInterval,
  ID_LIMIT,
  type StoredRows,
  type TradePoint,
  type TradeRows,
} from './stored-rows.ts';
import type { DueRanges } from './time-range.ts';

/** Ids looked at to tell consecutive ids from ids that only rise, where no coverage says so. */
const PROBE_COUNT = 10_000;
const PROBE_ISLANDS_MAX = 1_000;
/** Without coverage, only this many of the newest rows are worth the time. */
const UNCOVERED_COUNT_MAX = 1_000_000;

export type ResumeSources = Pick<StoredRows, 'trades' | 'coverage' | 'ledger'>;

export interface Resumed {
  readonly state: ResumeState;
  /** Open ledger gaps whose ids are all there: to be closed. */
  readonly closed: HeldIds['closed'];
}

/** `tape`: the one the instrument records now; another stored tape only shows in `state.tape`. */
export async function readResume(
  sources: ResumeSources,
  instrument: number,
  tape: number,
): Promise<Resumed> {
  const { trades, coverage, ledger } = sources;
  const spans = await coverage.spans(instrument, tape);
  const covered = spans.filter((row) => row.fromId !== null);
  const ids = covered.map(({ fromId, toId }) => ({ from: fromId, to: toId }));
  const islands = await heldOutside(trades, instrument, tape, ids);
  const held = judgeHeldIds(ids, islands, await ledger.openTradeGaps(instrument));
  const newestInterval = held.intervals.at(-1);
  const newest =
    newestInterval === undefined
      ? await newestWithoutOrder(trades, instrument, tape)
      : await trades.before(instrument, tape, newestInterval.to);
  const openGaps: OpenGap[] = held.open.map(({ id: _, ...gap }) => gap);
  for (const hole of held.unknownHoles) {
    const fromUs = (await trades.before(instrument, tape, hole.from))?.tsUs;
    const toUs = (await trades.after(instrument, tape, hole.to))?.tsUs;
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
      coveredFromUs: await coveredFromUs(trades, spans, instrument, tape, newestInterval),
      recentTextIds: newestInterval === undefined ? await recentIds(trades, instrument, tape) : [],
      openGaps,
      tape: await storedTape(trades, instrument, tape),
    },
  };
}

/**
 * Candles around gaps that stood open: of those repaired last time, some may have waited for them.
 * A gap whose end nobody knows keeps no candle waiting.
 */
export function dueAtStart(gaps: readonly OpenGap[]): DueRanges {
  const changed = gaps.map(({ fromUs, toUs }) => {
    return { fromUs, toUs: Number.isNaN(toUs) ? fromUs : toUs };
  });
  return { changed, repaired: [], isOngoing: false };
}

/** Islands of ids below, between and beyond the covered intervals. */
async function heldOutside(
  trades: TradeRows,
  instrument: number,
  tape: number,
  covered: readonly Interval[],
): Promise<Interval[]> {
  const newest = await trades.before(instrument, tape, ID_LIMIT);
  if (newest === undefined) return [];
  const set = new IntervalSet(covered);
  if (set.count === 0) {
    const probeId =
      (await trades.idOfNewest(instrument, tape, PROBE_COUNT)) ?? Number.MIN_SAFE_INTEGER;
    const probe = await trades.islands(instrument, tape, probeId, newest.id);
    if (probe.length > PROBE_ISLANDS_MAX) return [];
    const firstId = await trades.idOfNewest(instrument, tape, UNCOVERED_COUNT_MAX);
    return trades.islands(instrument, tape, firstId ?? Number.MIN_SAFE_INTEGER, newest.id);
  }
  const islands: Interval[] = [];
  for (const hole of set.holes(set.first, newest.id)) {
    islands.push(...(await trades.islands(instrument, tape, hole.from, hole.to)));
  }
  return islands;
}

async function newestWithoutOrder(
  trades: TradeRows,
  instrument: number,
  tape: number,
): Promise<TradePoint | undefined> {
  const row = (await trades.newestByTime(instrument, tape, 1))[0];
  if (row === undefined) return undefined;
  return { id: typeof row.id === 'number' ? row.id : Number.NaN, tsUs: row.tsUs };
}

/** Start of the coverage that the newest interval stands on, or the time of its first trade. */
async function coveredFromUs(
  trades: TradeRows,
  spans: readonly CoverageInterval[],
  instrument: number,
  tape: number,
  newest: Interval | undefined,
): Promise<number> {
  let fromUs = Number.NaN;
  for (const span of spans) {
    const isPart = newest === undefined || (span.fromId >= newest.from && span.toId <= newest.to);
    if (!isPart) continue;
    // Where time alone is covered, the last span is the one that goes on.
    if (newest === undefined || !(fromUs <= span.fromUs)) fromUs = span.fromUs;
  }
  if (newest === undefined || !Number.isNaN(fromUs)) return fromUs;
  return (await trades.after(instrument, tape, newest.from))?.tsUs ?? Number.NaN;
}

async function recentIds(trades: TradeRows, instrument: number, tape: number): Promise<string[]> {
  const rows = await trades.newestByTime(instrument, tape, RECENT_ID_COUNT);
  return rows.map((row) => String(row.id)).reverse();
}

async function storedTape(
  trades: TradeRows,
  instrument: number,
  tape: number,
): Promise<ResumeState['tape']> {
  if (await trades.hasTape(instrument, tape)) return TAPE_NAMES[tape];
  for (const [code, name] of TAPE_NAMES.entries()) {
    if (await trades.hasTape(instrument, code)) return name;
  }
  return undefined;
}
