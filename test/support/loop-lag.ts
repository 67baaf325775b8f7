/**
 * The longest that this process's event loop stood still. Recorder, wire and exchange of a rig
 * share one: what a busy machine delays there is no fault of any of them.
 */
const EVERY_MS = 20;

export class LoopLag implements Disposable {
  #worstMs = 0;
  #lastMs = performance.now();
  readonly #timer = setInterval(() => {
    const nowMs = performance.now();
    this.#worstMs = Math.max(this.#worstMs, nowMs - this.#lastMs - EVERY_MS);
    this.#lastMs = nowMs;
  }, EVERY_MS);

  get worstUs(): number {
    return this.#worstMs * 1000;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
