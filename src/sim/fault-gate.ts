/**
 * What stands between the streams of one connection and its socket: passes frames on, or does to
 * them what the fault plan says. Without faults it only forwards.
 *
 * Invariant: a fault is counted once, when it has taken effect on the order or content of frames.
 */
import { US_PER_MS, US_PER_SECOND } from '../base/clock.ts';
import type { SimFrame } from '../venues/sim-contract.ts';
import type { FaultPlan } from './fault-plan.ts';
import { mangle } from './frame-mangler.ts';

const DELAY_MIN_US = 50 * US_PER_MS;
const DELAY_SPAN_US = 450 * US_PER_MS;
/** A frame held to be overtaken goes out alone when nothing came for this long. */
const OVERTAKE_WAIT_US = US_PER_SECOND;
const STALL_MIN_US = 2 * US_PER_SECOND;
const STALL_SPAN_US = 4 * US_PER_SECOND;

interface Held {
  readonly frame: SimFrame;
  readonly dueUs: number;
}

export class FaultGate {
  readonly #plan: FaultPlan;
  readonly #out: SimFrame[];
  readonly #delayed: Held[] = [];
  /** Waits for the next frame, to go after it. */
  #overtaken: Held | undefined;
  #stalledKey = '';
  #stallEndUs = 0;
  #nextStallUs: number;

  /** Frames that may go are pushed to `out`. */
  constructor(plan: FaultPlan, out: SimFrame[], nowUs: number) {
    this.#plan = plan;
    this.#out = out;
    this.#nextStallUs = plan.nextUs('stall', nowUs);
  }

  push(frame: SimFrame, streamKey: string, nowUs: number): void {
    if (streamKey === this.#stalledKey && nowUs < this.#stallEndUs) return;
    const { counts, prng } = this.#plan;
    const fault = this.#plan.nextFrameFault();
    if (fault === undefined) {
      this.#send(frame);
      return;
    }
    switch (fault) {
      case 'drop':
        break;
      case 'duplicate':
        this.#send(frame);
        this.#send(frame);
        break;
      case 'malformed':
        this.#send(mangle(frame, prng));
        break;
      case 'delay':
        this.#delayed.push({ frame, dueUs: nowUs + DELAY_MIN_US + prng.below(DELAY_SPAN_US) });
        break;
      case 'reorder':
        // One is held already: this frame overtakes it, and that is the reordering.
        if (this.#overtaken !== undefined) {
          this.#send(frame);
          return;
        }
        this.#overtaken = { frame, dueUs: nowUs + OVERTAKE_WAIT_US };
        return;
    }
    counts[fault] += 1;
  }

  /** Lets go what has waited long enough, and begins stalls of one of `streamKeys`. */
  tick(nowUs: number, streamKeys: () => readonly string[]): void {
    for (let i = 0; i < this.#delayed.length; ) {
      const held = this.#delayed[i] as Held;
      if (held.dueUs > nowUs) i += 1;
      else {
        this.#delayed.splice(i, 1);
        this.#send(held.frame);
      }
    }
    if (this.#overtaken !== undefined && this.#overtaken.dueUs <= nowUs) {
      const { frame } = this.#overtaken;
      this.#overtaken = undefined;
      this.#out.push(frame);
    }
    if (nowUs >= this.#nextStallUs) this.#stall(nowUs, streamKeys());
  }

  /** Subscribing anew cures a stalled stream, as it does at venues. */
  cure(streamKey: string): void {
    if (this.#stalledKey === streamKey) this.#stallEndUs = 0;
  }

  #send(frame: SimFrame): void {
    this.#out.push(frame);
    if (this.#overtaken === undefined) return;
    this.#out.push(this.#overtaken.frame);
    this.#overtaken = undefined;
    this.#plan.counts.reorder += 1;
  }

  #stall(nowUs: number, keys: readonly string[]): void {
    const { counts, prng } = this.#plan;
    this.#nextStallUs = this.#plan.nextUs('stall', nowUs);
    const key = keys[prng.below(Math.max(1, keys.length))];
    if (key === undefined) return;
    this.#stalledKey = key;
    this.#stallEndUs = nowUs + STALL_MIN_US + prng.below(STALL_SPAN_US);
    counts.stall += 1;
  }
}
