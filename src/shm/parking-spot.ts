/**
 * How one thread sleeps on an Int32 word until another moves it: ring consumers on PUBLISHED,
 * doorbell owners on their sequence. One sleeper, any number of wakers.
 *
 * ```text
 *  sleeper                                  waker
 *  S1  store FLAG = 1                       W1  store VALUE (the caller did, before `wake`)
 *  S2  compare VALUE and park (one step)    W2  load FLAG; if 1: notify
 * ```
 * No wake-up is lost. All four are Atomics, so they have one total order. If W2 reads 0 it stands
 * before S1, hence W1 before S2, and S2 finds the value changed and does not park. If W2 reads 1,
 * notify either finds the sleeper parked or runs before S2, and again W1 stands before S2.
 *
 * | word | writer | reader | ordering |
 * |---|---|---|---|
 * | VALUE | wakers | sleeper | Atomics |
 * | FLAG | sleeper | wakers | Atomics; a stale 1 (the sleeper died) costs wakers a notify |
 */
import { assert } from '../base/assert.ts';

export type WakeReason = 'data' | 'timeout';

export class ParkingSpot {
  readonly #words: Int32Array;
  readonly #value: number;
  readonly #flag: number;
  #pending: Promise<void> | undefined;

  constructor(words: Int32Array, valueSlot: number, flagSlot: number) {
    this.#words = words;
    this.#value = valueSlot;
    this.#flag = flagSlot;
  }

  /** Tells wakers that this thread is about to park; `wait` does it too. */
  announce(): void {
    Atomics.store(this.#words, this.#flag, 1);
  }

  /** Takes `announce` back, unless an asynchronous wait still relies on it. */
  retract(): void {
    if (this.#pending === undefined) Atomics.store(this.#words, this.#flag, 0);
  }

  /** Parks this thread while the value is `expected`, for at most `timeoutMs`. Workers only. */
  wait(expected: number, timeoutMs: number): WakeReason {
    assert(this.#pending === undefined, 'Invariant: no wait while a waitAsync is pending');
    this.announce();
    const result = Atomics.wait(this.#words, this.#value, expected, timeoutMs);
    this.retract();
    return result === 'timed-out' ? 'timeout' : 'data';
  }

  /**
   * Resolves once the value is not `expected` or `timeoutMs` passed; may resolve early, so callers
   * look again. At most one native wait is pending: the runtime's teardown is quadratic in them.
   */
  waitAsync(expected: number, timeoutMs: number): Promise<void> {
    if (Atomics.load(this.#words, this.#value) !== expected) {
      this.retract();
      return Promise.resolve();
    }
    // A pending wait is as good as a new one: FLAG has been 1 all along, so whatever moved VALUE
    // since has notified it, and whatever moves it next will.
    if (this.#pending !== undefined) return this.#pending;
    this.announce();
    const outcome = Atomics.waitAsync(this.#words, this.#value, expected, timeoutMs);
    if (!outcome.async) {
      this.retract();
      return Promise.resolve();
    }
    this.#pending = outcome.value.then(() => {
      this.#pending = undefined;
      this.retract();
    });
    return this.#pending;
  }

  /** Wakes the sleeper, if there is one. Call after the Atomics store that moved the value. */
  wake(): void {
    if (Atomics.load(this.#words, this.#flag) !== 0) Atomics.notify(this.#words, this.#value);
  }
}
