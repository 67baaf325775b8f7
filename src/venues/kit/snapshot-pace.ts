/**
 * When to ask for a book snapshot: one request at a time, the first few at once, then at doubling
 * distances, so that a book that breaks again and again cannot eat the feed's request budget. Used
 * by `BookKeeper`.
 */
import { US_PER_SECOND } from '../../base/clock.ts';

const EAGER_REQUESTS = 3;
const WAIT_US_MIN = US_PER_SECOND;
const WAIT_US_MAX = 30 * US_PER_SECOND;
/** A book that stood this long was healthy: the next break starts eagerly again. */
const HEALTHY_US = 10 * US_PER_SECOND;
/** A subscribed stream without any event for this long gets its snapshot without one. */
const QUIET_US = US_PER_SECOND;

export class SnapshotPace {
  readonly #answerUs: number;
  #isWanted = false;
  #isAsked = false;
  #askedUs = Number.NaN;
  #requests = 0;
  #notBeforeUs = Number.NEGATIVE_INFINITY;
  #quietUs = Number.POSITIVE_INFINITY;
  #validUs = Number.NaN;

  /** `answerUs`: a request without an answer for this long was lost; Infinity: none ever is. */
  constructor(answerUs = Number.POSITIVE_INFINITY) {
    this.#answerUs = answerUs;
  }

  want(): void {
    this.#isWanted = true;
  }

  wantAfterQuiet(nowUs: number): void {
    // Where the stream itself brings the snapshot it is under way already, and may be long.
    this.#quietUs = nowUs + (Number.isFinite(this.#answerUs) ? this.#answerUs : QUIET_US);
  }

  onTick(nowUs: number): void {
    if (nowUs >= this.#quietUs) this.#isWanted = true;
  }

  /** True when the caller must ask now. */
  take(nowUs: number): boolean {
    const isUnderWay = this.#isAsked && nowUs - this.#askedUs < this.#answerUs;
    if (!this.#isWanted || isUnderWay || nowUs < this.#notBeforeUs) return false;
    this.#isAsked = true;
    this.#askedUs = nowUs;
    const eager = this.#requests < EAGER_REQUESTS;
    const waitUs = WAIT_US_MIN * 2 ** Math.min(this.#requests - EAGER_REQUESTS, 20);
    this.#notBeforeUs = eager ? nowUs : nowUs + Math.min(waitUs, WAIT_US_MAX);
    this.#requests += 1;
    return true;
  }

  /** The request was answered, well or not. */
  onAnswer(): void {
    this.#isAsked = false;
  }

  onValid(nowUs: number): void {
    this.#validUs = nowUs;
    this.#isWanted = false;
    this.#isAsked = false;
    this.#quietUs = Number.POSITIVE_INFINITY;
  }

  onBreak(nowUs: number): void {
    if (nowUs - this.#validUs >= HEALTHY_US) this.reset();
    this.#isWanted = true;
  }

  reset(): void {
    this.#isWanted = false;
    this.#isAsked = false;
    this.#requests = 0;
    this.#notBeforeUs = Number.NEGATIVE_INFINITY;
    this.#quietUs = Number.POSITIVE_INFINITY;
  }
}
