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

export class TapeAudit {
  readonly #everyUs: number;
  /** Venue time up to which (not with it) the tape was judged; NaN before it starts. */
  #doneUs = Number.NaN;
  #dueUs = Number.NaN;
  #isAsked = false;
  #finalPagesLeft = NOT_FINAL;
  /** Venue time up to which the page under way is judged. */
  #pageToUs = Number.NaN;
  #knowsPage = false;

  /** `everyUs` 0: never. */
  constructor(everyUs: number) {
    this.#everyUs = everyUs;
  }

  /** The first live trade: what lies before it, and in the same moment, is none of ours. */
  start(tsUs: number, nowUs: number): void {
    if (this.#everyUs === 0 || !Number.isNaN(this.#doneUs)) return;
    this.#doneUs = tsUs + 1;
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
    return isOver && !this.#isAsked;
  }

  /** Venue times to ask REST for now. The answer is a page, or `onFailed`. */
  wanted(nowUs: number, lastTradeUs: number): AuditWindow | undefined {
    if (!(nowUs >= this.#dueUs) || this.#finalPagesLeft === 0) return undefined;
    if (!(this.#settledUs(lastTradeUs) > this.#doneUs)) return undefined;
    this.#dueUs = nowUs + this.#everyUs;
    this.#isAsked = true;
    return { fromUs: this.#doneUs, toUs: lastTradeUs };
  }

  /** Before the first row of a page, whatever it was asked for. */
  openPage(lastTradeUs: number): void {
    this.#pageToUs = this.#settledUs(lastTradeUs);
    this.#knowsPage = false;
  }

  /** A row of the page that was received before. */
  onKnown(): void {
    this.#knowsPage = true;
  }

  /** True when the stream should have brought a trade of this time long ago. */
  judges(tsUs: number): boolean {
    return this.#knowsPage && tsUs >= this.#doneUs && tsUs < this.#pageToUs;
  }

  get pageToUs(): number {
    return this.#pageToUs;
  }

  /** After the page; `newestUs` is its newest trade. What it did not reach stays unproven. */
  closePage(newestUs: number, nowUs: number): void {
    const toUs = Math.min(this.#pageToUs, newestUs);
    if (toUs > this.#doneUs) this.#doneUs = toUs;
    if (this.#isAsked && this.#finalPagesLeft !== NOT_FINAL) {
      this.#finalPagesLeft = newestUs >= this.#pageToUs ? 0 : this.#finalPagesLeft - 1;
      this.#dueUs = nowUs;
    }
    this.#isAsked = false;
    this.#pageToUs = Number.NaN;
  }

  onFailed(): void {
    if (this.#isAsked && this.#finalPagesLeft !== NOT_FINAL) this.#finalPagesLeft = 0;
    this.#isAsked = false;
  }

  #settledUs(lastTradeUs: number): number {
    return this.#finalPagesLeft === NOT_FINAL ? lastTradeUs - SETTLE_US : lastTradeUs;
  }
}
