/**
 * One place to sleep for a thread that reads many rings: every producer rings after it publishes,
 * the owner sleeps until any does.
 *
 * ```ts
 * const seen = doorbell.arm();
 * if (rings.some((ring) => ring.pendingLength() > 0)) doorbell.disarm();
 * else doorbell.wait(seen, 50);
 * ```
 * ```text
 *  byte   0          64         128
 *         │ count    │ armed    │
 * ```
 * | word | writer | reader | ordering |
 * |---|---|---|---|
 * | count | producers, only while armed | owner | Atomics.add, then notify; wraps |
 * | armed | owner | producers | Atomics; 1 from before the owner's last look until it woke |
 *
 * The owner arms, looks for work once more, and only then waits for the count it saw to change. A
 * producer that found it unarmed had published before that look; one that found it armed either
 * moves the count past `seen`, or moved it before `arm` read it and so published before the look as
 * well.
 */
import { ParkingSpot, type WakeReason } from './parking-spot.ts';

export const DOORBELL_LENGTH = 128;
const SLOT_COUNT = 0;
const SLOT_ARMED = 16;

export class Doorbell {
  readonly #words: Int32Array;
  readonly #spot: ParkingSpot;

  constructor(buffer: SharedArrayBuffer, byteOffset = 0) {
    this.#words = new Int32Array(buffer, byteOffset, DOORBELL_LENGTH / 4);
    this.#spot = new ParkingSpot(this.#words, SLOT_COUNT, SLOT_ARMED);
  }

  /** Producer, after a publish: wakes the owner if it sleeps. One atomic load while it is awake. */
  ring(): void {
    if (Atomics.load(this.#words, SLOT_ARMED) === 0) return;
    Atomics.add(this.#words, SLOT_COUNT, 1);
    Atomics.notify(this.#words, SLOT_COUNT);
  }

  /** Owner: announces the intent to sleep; returns the count to wait on. */
  arm(): number {
    this.#spot.announce();
    return Atomics.load(this.#words, SLOT_COUNT);
  }

  /** Owner: there was work after all. */
  disarm(): void {
    this.#spot.retract();
  }

  /** Parks this thread until rung or `timeoutMs` passes; disarms. Workers only. */
  wait(seen: number, timeoutMs: number): WakeReason {
    return this.#spot.wait(seen, timeoutMs);
  }

  /** As `wait`, for a thread with an event loop. May resolve early: look again. */
  waitAsync(seen: number, timeoutMs: number): Promise<void> {
    return this.#spot.waitAsync(seen, timeoutMs);
  }
}
