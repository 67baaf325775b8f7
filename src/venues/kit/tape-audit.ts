/**
 * Holds a tape whose ids prove nothing against REST from time to time: a trade that the venue lists
 * and the stream did not bring is a hole, of which nothing else would ever tell. Used by
 * `TradeTracker`, which asks for pages, judges their rows and keeps the ledger.
 *
 * Invariants: only times that the stream has passed long ago are judged, and only on pages that
 * hold a trade we know, so that ids REST writes in another way never become second trades. What is
 * judged depends on the trades and pages that came, not on when they were asked for, so that a
 * replay of both judges alike (but for the last look, which knows that the stream has ended).
 */
import { US_PER_SECOND } from '../../base/clock.ts';

/** Trades younger than this against the newest one may still be under way in the stream. */
const SETTLE_US = 2 * US_PER_SECOND;
/** Pages asked for at the end, until REST has listed all that the stream brought. */
const FINAL_PAGES_MAX = 5;
const NOT_FINAL = Number.POSITIVE_INFINITY;

export interface AuditWindow {
  readonly fromUs: number;
  readonly toUs: number;
}

/** A look that takes several pages, from the newest back. */
interface Sweep {
  /** Time of the newest row that was judged. */
  readonly topUs: number;
  /** Pages so far reach back to here. */
  readonly leftToUs: number;
  /** REST had listed all that the stream brought. */
  readonly isCaughtUp: boolean;
}

export class TapeAudit {
  readonly #everyUs: number;
  /** Trades from here on are judged; NaN before the first one. */
  #startUs = Number.NaN;
  /** Venue time up to which the tape was judged without omission: where the next look begins. */
  #doneUs = Number.NaN;
  #dueUs = Number.NaN;
  #isAsked = false;
  #sweep: Sweep | undefined;
  #finalPagesLeft = NOT_FINAL;
  /** Venue time up to which the page under way is judged. */
  #pageToUs = Number.NaN;
  /** Time of the page's newest row that was judged. */
  #judgedUs = Number.NEGATIVE_INFINITY;
  #knowsPage = false;

  /** `everyUs` 0: never. */
  constructor(everyUs: number) {
    this.#everyUs = everyUs;
  }

  /** The first live trade: what lies before it, and in the same moment, is none of ours. */
  start(tsUs: number, nowUs: number): void {
    if (this.#everyUs === 0 || !Number.isNaN(this.#startUs)) return;
    this.#startUs = tsUs + 1;
    this.#doneUs = this.#startUs;
    this.#dueUs = nowUs + this.#everyUs;
  }

  /** The stream has ended: one last look, at all that is left. */
  finish(nowUs: number): void {
    if (this.#finalPagesLeft !== NOT_FINAL) return;
    this.#finalPagesLeft = FINAL_PAGES_MAX;
    this.#dueUs = nowUs;
  }

  /** False while `finish` was called and the last look is still to come. */
  isSettled(lastTradeUs: number): boolean {
    const isOver = this.#finalPagesLeft === 0 || !(lastTradeUs > this.#doneUs);
    return isOver && !this.#isAsked && this.#sweep === undefined;
  }

  /** Venue times to ask REST for now. The answer is a page, or `onFailed`. */
  wanted(nowUs: number, lastTradeUs: number): AuditWindow | undefined {
    if (this.#sweep !== undefined) {
      this.#isAsked = true;
      return { fromUs: this.#doneUs, toUs: this.#sweep.leftToUs };
    }
    if (!(nowUs >= this.#dueUs) || this.#finalPagesLeft === 0) return undefined;
    if (!(this.#settledUs(lastTradeUs) > this.#doneUs)) return undefined;
    this.#dueUs = nowUs + this.#everyUs;
    this.#isAsked = true;
    return { fromUs: this.#doneUs, toUs: lastTradeUs };
  }

  /** Before the first row of a page, whatever it was asked for. */
  openPage(lastTradeUs: number): void {
    this.#pageToUs = this.#settledUs(lastTradeUs);
    this.#judgedUs = Number.NEGATIVE_INFINITY;
    this.#knowsPage = false;
  }

  /** Takes a row of the page; true when the stream should have brought it and did not. */
  judge(tsUs: number, isKnown: boolean): boolean {
    if (isKnown) this.#knowsPage = true;
    if (!this.#knowsPage || !(tsUs < this.#pageToUs)) return false;
    this.#judgedUs = Math.max(this.#judgedUs, tsUs);
    return !isKnown && tsUs >= this.#startUs;
  }

  /** After the page, whose rows were made between these times. */
  closePage(oldestUs: number, newestUs: number, nowUs: number): void {
    const isCaughtUp = this.#sweep?.isCaughtUp ?? newestUs >= this.#pageToUs;
    const topUs = this.#sweep?.topUs ?? this.#judgedUs;
    const isNews = oldestUs < (this.#sweep?.leftToUs ?? Number.POSITIVE_INFINITY);
    this.#pageToUs = Number.NaN;
    // One around a hole in the tape was not asked for here.
    if (!this.#isAsked) return;
    this.#isAsked = false;
    // A page that does not reach back leaves something out, which the next one may have.
    const isJoined = oldestUs <= this.#doneUs;
    if (!isJoined && isNews) this.#sweep = { topUs, leftToUs: oldestUs, isCaughtUp };
    else this.#end(topUs, isCaughtUp, nowUs);
  }

  /** REST refused, or cannot say: what is left of this look stays unproven. */
  onFailed(): void {
    if (!this.#isAsked) return;
    this.#isAsked = false;
    this.#end(this.#sweep?.topUs ?? Number.NaN, true, this.#dueUs);
  }

  #end(topUs: number, isCaughtUp: boolean, nowUs: number): void {
    this.#sweep = undefined;
    if (topUs > this.#doneUs) this.#doneUs = topUs;
    if (this.#finalPagesLeft === NOT_FINAL) return;
    this.#finalPagesLeft = isCaughtUp ? 0 : this.#finalPagesLeft - 1;
    this.#dueUs = nowUs;
  }

  #settledUs(lastTradeUs: number): number {
    return this.#finalPagesLeft === NOT_FINAL ? lastTradeUs - SETTLE_US : lastTradeUs;
  }
}
