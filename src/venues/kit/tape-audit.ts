/**
 * Holds a tape whose ids prove nothing against REST from time to time: a trade that the venue lists
 * and the stream did not bring is a hole, of which nothing else would ever tell. Used by
 * `TradeTracker`, which asks for the page, judges its rows and keeps the ledger.
 *
 * Invariant: only times that the stream has passed long ago are judged, and only on pages that hold
 * a trade we know, so that ids REST writes in another way never become second trades.
 */
import { US_PER_SECOND } from '../../base/clock.ts';

/** Trades younger than this against the newest one may still be under way in the stream. */
const SETTLE_US = 2 * US_PER_SECOND;
/** Pages asked for at the end, until REST has listed all that the stream brought. */
const FINAL_PAGES_MAX = 5;

export interface AuditWindow {
  readonly fromUs: number;
  readonly toUs: number;
}

export class TapeAudit {
  readonly #everyUs: number;
  /** Venue time up to which the tape was held against REST; NaN before it starts. */
  #doneUs = Number.NaN;
  #dueUs = Number.NaN;
  #window: AuditWindow | undefined;
  #knowsPage = false;
  #finalPagesLeft = Number.POSITIVE_INFINITY;

  /** `everyUs` 0: never. */
  constructor(everyUs: number) {
    this.#everyUs = everyUs;
  }

  /** The first live trade: what lies before it is none of ours. */
  start(tsUs: number, nowUs: number): void {
    if (this.#everyUs === 0 || !Number.isNaN(this.#doneUs)) return;
    this.#doneUs = tsUs;
    this.#dueUs = nowUs + this.#everyUs;
  }

  /** The stream has ended: one last look, at all that is left. */
  finish(nowUs: number): void {
    if (this.#finalPagesLeft !== Number.POSITIVE_INFINITY) return;
    this.#finalPagesLeft = FINAL_PAGES_MAX;
    this.#dueUs = nowUs;
  }

  /** False while `finish` was called and the last look is still to come. */
  isSettled(lastTradeUs: number): boolean {
    const isOver = this.#finalPagesLeft === 0 || !(lastTradeUs > this.#doneUs);
    return isOver && this.#window === undefined;
  }

  /** Venue times to ask REST for now. The answer is `onPage` or `onFailed`. */
  wanted(nowUs: number, lastTradeUs: number): AuditWindow | undefined {
    if (!(nowUs >= this.#dueUs) || this.#finalPagesLeft === 0) return undefined;
    const settleUs = this.#finalPagesLeft === Number.POSITIVE_INFINITY ? SETTLE_US : 0;
    const toUs = lastTradeUs - settleUs;
    if (!(toUs > this.#doneUs)) return undefined;
    this.#dueUs = nowUs + this.#everyUs;
    this.#window = { fromUs: this.#doneUs, toUs };
    this.#knowsPage = false;
    return this.#window;
  }

  /** A row of the page that was received before. */
  onKnown(): void {
    this.#knowsPage = true;
  }

  /** True when the stream should have brought a trade of this time long ago. */
  judges(tsUs: number): boolean {
    const window = this.#window;
    return this.#knowsPage && window !== undefined && tsUs >= window.fromUs && tsUs <= window.toUs;
  }

  get toUs(): number {
    return this.#window?.toUs ?? Number.NaN;
  }

  /** After the page; `newestUs` is its newest trade. What it did not reach stays unproven. */
  onPage(newestUs: number, nowUs: number): void {
    const window = this.#window;
    if (window === undefined) return;
    this.#window = undefined;
    this.#doneUs = Math.max(this.#doneUs, Math.min(window.toUs, newestUs));
    if (this.#finalPagesLeft === Number.POSITIVE_INFINITY) return;
    this.#finalPagesLeft = newestUs >= window.toUs ? 0 : this.#finalPagesLeft - 1;
    this.#dueUs = nowUs;
  }

  onFailed(): void {
    this.#window = undefined;
    if (this.#finalPagesLeft !== Number.POSITIVE_INFINITY) this.#finalPagesLeft = 0;
  }
}
