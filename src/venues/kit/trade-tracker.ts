/**
 * One instrument's trade tape: what was received, what is missing, what to ask REST for. Every
 * trade passes here before it becomes a record, so downstream each trade exists once.
 *
 * With contiguous ids coverage is a set of ids: an id beyond the next opens a gap at once, anything
 * that brings the id closes it (a reordered frame, a REST page), and both facts go to the ledger.
 * With other ids repeats are found in a bounded memory of recent ids, and holes are holes in time.
 *
 * Invariant: an id is emitted at most once; a gap is open until every id of it was received or the
 * venue itself showed a page around it without the id.
 */
import { IntervalSet } from '../../base/interval-set.ts';
import type { StatusFields } from '../../model/record-codec.ts';
import { Channel, StatusKind as Kind, type StatusKind } from '../../model/record-layout.ts';
import { TextId } from '../../model/text-id.ts';
import type { TradeMessage, TradesWanted } from '../contract.ts';
import { RecentIds } from './recent-ids.ts';
import type { TradeResume } from './session-host.ts';
import { TapeAudit } from './tape-audit.ts';

export interface TradeGap {
  readonly fromId: number;
  readonly toId: number;
  readonly fromUs: number;
  readonly toUs: number;
  /** Of a hole in time: what no page has covered yet. */
  leftFromUs: number;
  leftToUs: number;
  readonly cause: string;
  readonly detectedUs: number;
  /** Refill attempts that brought nothing new. */
  attempts: number;
  notBeforeUs: number;
  /** Longer than the limit, or given up: stays open in the ledger. */
  isAbandoned: boolean;
}

export interface TrackerOptions {
  readonly instrument: number;
  readonly idsContiguous: boolean;
  /** A gap with more ids than this is left open in the ledger. */
  readonly maxTrades: number;
  readonly graceUs: number;
  /** Without contiguous ids: time between two looks at REST for what the stream left out. */
  readonly auditUs?: number;
  readonly resume: TradeResume | undefined;
  readonly status: (fields: StatusFields) => void;
}

/** `new`: emit it. `filled`: emit it, it closes (part of) a gap. `duplicate`: already there. */
export type TradeVerdict = 'new' | 'filled' | 'duplicate' | 'after-gap';

const ATTEMPTS_MAX = 12;
const RETRY_US = 500_000;
const RETRY_CAP_US = 30_000_000;
const QUIET_COVERAGE_US = 5_000_000;

export class TradeTracker {
  readonly gaps: TradeGap[] = [];
  readonly instrument: number;
  lastTradeUs = Number.NaN;
  #gapsRepaired = 0;
  readonly #options: TrackerOptions;
  readonly #seen: IntervalSet;
  readonly #recent = new RecentIds();
  /** Of a trade whose number proves nothing. */
  readonly #numberText = new TextId();
  readonly #audit: TapeAudit;
  /** Venue time at which the interval that starts with this id was proven to start. */
  readonly #startUs = new Map<number, number>();
  #lastId: number;
  #coverageSaid = Number.NaN;
  #coverageSaidUs = Number.NaN;
  #cause = 'restart';
  /** Ids of the REST page under way. */
  #pageFirst = Number.NaN;
  #pageLast = Number.NaN;
  #pageFilled = 0;
  /** Of a page whose ids prove nothing: its times. */
  #pageOldestUs = Number.POSITIVE_INFINITY;
  #pageNewestUs = Number.NEGATIVE_INFINITY;
  /** Time of the row before those that the audit is finding; NaN while it finds none. */
  #missedFromUs = Number.NaN;
  #downUs = Number.NaN;

  constructor(options: TrackerOptions) {
    this.#options = options;
    this.instrument = options.instrument;
    const { resume } = options;
    this.#seen = new IntervalSet(resume?.intervals ?? []);
    for (const id of resume?.recentTextIds ?? []) this.#recent.add(TextId.of(id));
    this.#audit = new TapeAudit(options.auditUs ?? 0);
    this.#lastId = this.#seen.last;
    if (resume === undefined || Number.isNaN(resume.lastTradeUs)) return;
    this.lastTradeUs = resume.lastTradeUs;
    this.#downUs = resume.lastTradeUs;
    this.sinceUs = resume.coveredFromUs;
    const newest = this.#seen.find(this.#lastId);
    if (newest !== undefined) this.#startUs.set(newest.from, resume.coveredFromUs);
    for (const gap of resume.openGaps) {
      this.#addGap(gap.fromId, gap.toId, gap.fromUs, gap.toUs, gap.cause, gap.toUs);
    }
  }

  get gapsRepaired(): number {
    return this.#gapsRepaired;
  }

  /**
   * Venue time since when the tape is known, but for the gaps in the ledger; NaN before it starts.
   */
  sinceUs = Number.NaN;

  /** Judges a trade. `liveFromUs` is where coverage starts if this is the first of an interval. */
  accept(trade: TradeMessage, recvUs: number, isRefill: boolean, liveFromUs: number): TradeVerdict {
    const id = trade.tradeId;
    if (!this.#options.idsContiguous || Number.isNaN(id)) {
      return this.#acceptOpaque(trade, recvUs, isRefill);
    }
    if (isRefill) {
      if (Number.isNaN(this.#pageFirst)) this.#pageFirst = id;
      this.#pageLast = id;
      if (!this.#isMissing(id)) return 'duplicate';
    }
    // NaN where the message covers one id only: no comparison with it is true.
    let first = id;
    if (trade.firstTradeId < id) first = trade.firstTradeId;
    if (first === this.#lastId + 1) {
      if (first === id) this.#seen.add(id);
      else this.#seen.addRange(first, id);
      this.#lastId = id;
      this.lastTradeUs = trade.tsUs;
      return 'new';
    }
    if (this.#seen.has(id)) return 'duplicate';
    if (id > this.#lastId) return this.#acceptAhead(trade, first, recvUs, liveFromUs);
    this.#seen.addRange(first, id);
    if (isRefill) this.#pageFilled += 1;
    this.#closeGaps(id, recvUs, isRefill ? 'rest' : 'late arrival');
    return 'filled';
  }

  /** After the last trade of a REST page; `count` rows. */
  onPageEnd(count: number, nowUs: number): void {
    const { idsContiguous } = this.#options;
    if (!idsContiguous) this.#endTimePage(nowUs);
    else if (count > 0) this.#closeAbsent(nowUs);
    const gap = this.#nextGap();
    if (gap !== undefined && this.#pageFilled === 0) this.#postpone(gap, nowUs);
    this.#pageFirst = Number.NaN;
    this.#pageLast = Number.NaN;
    this.#pageFilled = 0;
  }

  /** The venue refused the refill: tried again later, then left open. */
  onPageFailed(nowUs: number): void {
    this.#audit.onFailed();
    const gap = this.#nextGap();
    if (gap !== undefined) this.#postpone(gap, nowUs);
  }

  /** REST cannot say what is missing, now or later: left open. */
  onPageImpossible(): void {
    this.#audit.onFailed();
    const gap = this.#nextGap();
    if (gap !== undefined) gap.isAbandoned = true;
  }

  /** What to ask REST for now, or undefined. Starts one before the hole: that id is known. */
  wanted(nowUs: number): TradesWanted | undefined {
    const gap = this.#nextGap();
    const isDue = gap !== undefined && nowUs >= gap.notBeforeUs;
    if (!this.#options.idsContiguous) {
      const window = isDue
        ? { fromUs: gap.leftFromUs, toUs: gap.leftToUs }
        : this.#audit.wanted(nowUs, this.lastTradeUs);
      if (window === undefined) return undefined;
      return { fromId: Number.NaN, toId: Number.NaN, fromUs: window.fromUs, toUs: window.toUs };
    }
    if (!isDue) return undefined;
    const { fromUs, toUs } = gap;
    const hole = this.#seen.holes(gap.fromId, gap.toId)[0];
    return hole === undefined ? undefined : { fromId: hole.from - 1, toId: gap.toId, fromUs, toUs };
  }

  /** Why the next hole will be there. */
  onDown(nowUs: number, cause: string): void {
    this.#cause = cause;
    if (Number.isNaN(this.#downUs)) this.#downUs = nowUs;
  }

  /** The stream flows: the next hole is a break in it. */
  onFlowing(): void {
    this.#cause = 'sequence';
    this.#downUs = Number.NaN;
  }

  /** No REST wait left for what was found so far: the session is stopping. */
  hurry(nowUs: number): void {
    for (const gap of this.gaps) gap.notBeforeUs = Math.min(gap.notBeforeUs, nowUs);
    this.#audit.finish(nowUs);
  }

  get isSettled(): boolean {
    return this.gaps.every((gap) => gap.isAbandoned) && this.#audit.isSettled(this.lastTradeUs);
  }

  /**
   * States what is covered: when that changed, and every few seconds of a quiet live stream.
   * `venueNowUs` is now on the venue's clock while the stream is live, NaN while it is not.
   */
  sayCoverage(nowUs: number, venueNowUs: number): void {
    if (!this.#options.idsContiguous) return;
    const isQuiet = this.#lastId === this.#coverageSaid;
    if (isQuiet && !(venueNowUs - this.#coverageSaidUs >= QUIET_COVERAGE_US)) return;
    const interval = this.#seen.find(this.#lastId);
    if (interval === undefined) return;
    const toUs = venueNowUs > this.lastTradeUs ? Math.floor(venueNowUs) : this.lastTradeUs;
    this.#coverageSaid = this.#lastId;
    this.#coverageSaidUs = toUs;
    this.#emit(Kind.coverage, nowUs, {
      fromId: interval.from,
      toId: interval.to,
      fromUs: this.#startUs.get(interval.from) ?? this.lastTradeUs,
      toUs,
    });
  }

  /** Beyond the next id; `first` is where it starts, which may lie on ids that are known. */
  #acceptAhead(
    trade: TradeMessage,
    first: number,
    recvUs: number,
    liveFromUs: number,
  ): TradeVerdict {
    const id = trade.tradeId;
    const previousId = this.#lastId;
    if (previousId < 0) {
      this.#startUs.set(first, liveFromUs);
      this.sinceUs = liveFromUs;
    } else if (first > previousId + 1) {
      this.sayCoverage(recvUs, Number.NaN);
      this.#startUs.set(first, trade.tsUs);
      this.#addGap(previousId + 1, first - 1, this.lastTradeUs, trade.tsUs, this.#cause, recvUs);
    }
    this.#cause = 'sequence';
    this.#downUs = Number.NaN;
    this.#seen.addRange(first, id);
    this.#lastId = id;
    this.lastTradeUs = trade.tsUs;
    return previousId < 0 ? 'new' : 'after-gap';
  }

  /** Ids without an order: repeats by memory, holes by time after a disconnect. */
  #acceptOpaque(trade: TradeMessage, recvUs: number, isRefill: boolean): TradeVerdict {
    const key = this.#keyOf(trade);
    if (isRefill) return this.#acceptOpaqueRefill(trade, key, recvUs);
    if (!this.#recent.add(key)) {
      // Venues that begin a subscription with old trades tell the newest of them without omission:
      // one that we have, before any that we have not, proves that nothing lies between.
      this.#downUs = Number.NaN;
      return 'duplicate';
    }
    this.#audit.start(trade.tsUs, recvUs);
    const isAfterHole = !Number.isNaN(this.#downUs) && !Number.isNaN(this.lastTradeUs);
    if (isAfterHole) {
      const nan = Number.NaN;
      this.#addGap(nan, nan, this.lastTradeUs, trade.tsUs, this.#cause, recvUs);
    }
    this.#downUs = Number.NaN;
    if (Number.isNaN(this.sinceUs)) this.sinceUs = trade.tsUs;
    if (!(trade.tsUs < this.lastTradeUs)) this.lastTradeUs = trade.tsUs;
    return isAfterHole ? 'after-gap' : 'new';
  }

  #keyOf({ tradeId, textId }: TradeMessage): TextId {
    if (Number.isNaN(tradeId)) return textId;
    this.#numberText.set(String(tradeId));
    return this.#numberText;
  }

  /** Only what lies in a hole is wanted: a page reaches further back than the session does. */
  #acceptOpaqueRefill(trade: TradeMessage, key: TextId, recvUs: number): TradeVerdict {
    const { tsUs } = trade;
    const beforeUs = this.#pageNewestUs;
    if (beforeUs === Number.NEGATIVE_INFINITY) this.#audit.openPage(this.lastTradeUs);
    this.#pageOldestUs = Math.min(tsUs, this.#pageOldestUs);
    this.#pageNewestUs = Math.max(tsUs, this.#pageNewestUs);
    const isKnown = this.#recent.has(key);
    const isMissed = this.#audit.judge(tsUs, isKnown);
    const isInGap = this.gaps.some((gap) => tsUs >= gap.fromUs && tsUs <= gap.toUs);
    if (isMissed && !isInGap) {
      if (Number.isNaN(this.#missedFromUs)) this.#missedFromUs = beforeUs;
    } else this.#sayMissed(tsUs, recvUs);
    if (isKnown || !(isInGap || isMissed)) return 'duplicate';
    this.#recent.add(key);
    this.#pageFilled += 1;
    return 'filled';
  }

  /** The audit found a hole and the same page filled it, from the row before it to `toUs`. */
  #sayMissed(toUs: number, recvUs: number): void {
    const fromUs = this.#missedFromUs;
    if (Number.isNaN(fromUs)) return;
    this.#missedFromUs = Number.NaN;
    this.#gapsRepaired += 1;
    const times = { fromId: Number.NaN, toId: Number.NaN, fromUs, toUs };
    const cause = 'not in the stream';
    this.#emit(Kind.gap, recvUs, { ...times, missing: 0, cause });
    this.#emit(Kind.repaired, recvUs, { ...times, cause, how: 'rest' });
  }

  /**
   * A page that reaches from before a hole to after it holds all of the hole: REST lists trades
   * without omission. A page that covers one end of it leaves less to ask for; one in the middle
   * proves nothing that could be kept.
   */
  #endTimePage(nowUs: number): void {
    const oldestUs = this.#pageOldestUs;
    const newestUs = this.#pageNewestUs;
    this.#sayMissed(newestUs, nowUs);
    for (let i = this.gaps.length - 1; i >= 0; i -= 1) {
      const gap = this.gaps[i] as TradeGap;
      const hasStart = oldestUs <= gap.leftFromUs && newestUs > gap.leftFromUs;
      const hasEnd = newestUs >= gap.leftToUs && oldestUs < gap.leftToUs;
      if (oldestUs <= gap.leftFromUs && newestUs >= gap.leftToUs) this.#repair(i, nowUs, 'rest');
      else if (hasStart || hasEnd) {
        if (hasStart) gap.leftFromUs = newestUs;
        else gap.leftToUs = oldestUs;
        this.#pageFilled += 1;
      }
    }
    this.#audit.closePage(oldestUs, newestUs, nowUs);
    this.#pageOldestUs = Number.POSITIVE_INFINITY;
    this.#pageNewestUs = Number.NEGATIVE_INFINITY;
  }

  #isMissing(id: number): boolean {
    for (const gap of this.gaps) {
      if (id >= gap.fromId && id <= gap.toId) return !this.#seen.has(id);
    }
    return false;
  }

  #addGap(
    fromId: number,
    toId: number,
    fromUs: number,
    toUs: number,
    cause: string,
    nowUs: number,
  ): void {
    const isLong = toId - fromId + 1 > this.#options.maxTrades;
    this.gaps.push({
      fromId,
      toId,
      fromUs,
      toUs,
      leftFromUs: fromUs,
      leftToUs: toUs,
      cause,
      detectedUs: nowUs,
      attempts: 0,
      notBeforeUs: nowUs + this.#options.graceUs,
      isAbandoned: isLong,
    });
    this.#emit(Kind.gap, nowUs, {
      fromId,
      toId,
      fromUs,
      toUs,
      missing: Number.isNaN(fromId) ? 0 : toId - fromId + 1,
      cause: isLong ? `${cause}; longer than repair.max_trades ${this.#options.maxTrades}` : cause,
    });
  }

  /** Closes the gap around `id` when that was its last missing one. */
  #closeGaps(id: number, nowUs: number, how: string): void {
    for (let i = 0; i < this.gaps.length; i += 1) {
      const gap = this.gaps[i] as TradeGap;
      if (id < gap.fromId || id > gap.toId) continue;
      const covering = this.#seen.find(gap.fromId);
      if (covering !== undefined && covering.to >= gap.toId) this.#repair(i, nowUs, how);
      return;
    }
  }

  /** Ids inside the page's range that the page does not list do not exist at the venue. */
  #closeAbsent(nowUs: number): void {
    for (let i = this.gaps.length - 1; i >= 0; i -= 1) {
      const gap = this.gaps[i] as TradeGap;
      const from = Math.max(gap.fromId, this.#pageFirst);
      const to = Math.min(gap.toId, this.#pageLast);
      const holes = to < from ? [] : this.#seen.holes(from, to);
      if (holes.length === 0) continue;
      const absent = holes.reduce((sum, hole) => sum + hole.to - hole.from + 1, 0);
      for (const hole of holes) this.#seen.addRange(hole.from, hole.to);
      this.#pageFilled += absent;
      const covering = this.#seen.find(gap.fromId);
      if (covering !== undefined && covering.to >= gap.toId) {
        this.#repair(i, nowUs, `rest; ${absent} ids do not exist at the venue`);
      }
    }
  }

  #repair(index: number, nowUs: number, how: string): void {
    const [gap] = this.gaps.splice(index, 1);
    if (gap === undefined) return;
    this.#gapsRepaired += 1;
    this.#coverageSaid = Number.NaN;
    this.sayCoverage(nowUs, Number.NaN);
    const { fromId, toId, fromUs, toUs } = gap;
    this.#emit(Kind.repaired, nowUs, { fromId, toId, fromUs, toUs, cause: gap.cause, how });
  }

  #nextGap(): TradeGap | undefined {
    let best: TradeGap | undefined;
    for (const gap of this.gaps) {
      if (!gap.isAbandoned && (best === undefined || gap.notBeforeUs < best.notBeforeUs))
        best = gap;
    }
    return best;
  }

  #postpone(gap: TradeGap, nowUs: number): void {
    gap.attempts += 1;
    if (gap.attempts >= ATTEMPTS_MAX) gap.isAbandoned = true;
    gap.notBeforeUs = nowUs + Math.min(RETRY_CAP_US, RETRY_US * 2 ** (gap.attempts - 1));
  }

  #emit(kind: StatusKind, recvUs: number, fields: Partial<StatusFields>): void {
    const { instrument, status } = this.#options;
    status({ ...fields, instrument, kind, channel: Channel.trades, recvUs });
  }
}
