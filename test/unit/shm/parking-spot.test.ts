/** Sleeping and waking, in every order of the four atomic steps, and for real on two threads. */
import { afterEach, describe, expect, test } from 'bun:test';
import { DOORBELL_LENGTH, Doorbell } from '../../../src/shm/doorbell.ts';
import { ParkingSpot } from '../../../src/shm/parking-spot.ts';
import { RingConsumer } from '../../../src/shm/ring-consumer.ts';
import { createRing } from '../../../src/shm/ring-layout.ts';
import { RingProducer } from '../../../src/shm/ring-producer.ts';

const RealAtomics = Atomics;

class Parked extends Error {}

/**
 * Stands in for the thread switch: a wait that would park throws, with the flag left as it is while
 * a thread sleeps, and notify says whom it would have woken.
 */
function parkByThrowing(): { parked: boolean; woken: boolean } {
  const state = { parked: false, woken: false };
  globalThis.Atomics = Object.create(RealAtomics, {
    wait: {
      value: (words: Int32Array, slot: number, expected: number) => {
        if (RealAtomics.load(words, slot) !== expected) return 'not-equal';
        state.parked = true;
        throw new Parked();
      },
    },
    notify: {
      value: () => {
        state.woken = state.parked;
        return state.parked ? 1 : 0;
      },
    },
  }) as typeof Atomics;
  return state;
}

/** Every order of the steps of two threads that keeps the order of each. */
function* orders(
  a: readonly (() => void)[],
  b: readonly (() => void)[],
): Generator<(() => void)[]> {
  const [firstA, ...restA] = a;
  const [firstB, ...restB] = b;
  if (firstA === undefined || firstB === undefined) {
    yield [...a, ...b];
    return;
  }
  for (const rest of orders(restA, b)) yield [firstA, ...rest];
  for (const rest of orders(a, restB)) yield [firstB, ...rest];
}

function ignoreParked(step: () => void): () => void {
  return () => {
    try {
      step();
    } catch (error) {
      if (!(error instanceof Parked)) throw error;
    }
  };
}

describe('parking spot', () => {
  afterEach(() => {
    globalThis.Atomics = RealAtomics;
  });

  test('nobody stays parked, in each of the six orders of sleeper and waker', () => {
    let count = 0;
    let parkedCount = 0;
    const words = new Int32Array(new SharedArrayBuffer(8));
    const sleeper = new ParkingSpot(words, 0, 1);
    const waker = new ParkingSpot(words, 0, 1);
    const sleep = [() => sleeper.announce(), ignoreParked(() => sleeper.wait(0, 1000))];
    const wake = [() => RealAtomics.store(words, 0, 1), () => waker.wake()];
    for (const order of orders(sleep, wake)) {
      words.fill(0);
      const state = parkByThrowing();
      for (const step of order) step();
      expect(state.woken).toBe(state.parked);
      count += 1;
      parkedCount += state.parked ? 1 : 0;
    }
    expect(count).toBe(6);
    expect(parkedCount).toBeGreaterThan(0);
  });

  test('a consumer that falls asleep anywhere within publish is woken by it', () => {
    let parkedCount = 0;
    for (let at = 0; ; at += 1) {
      const buffer = createRing(256);
      const producer = new RingProducer(buffer);
      const consumer = new RingConsumer(buffer);
      producer.claim(1, 8);
      producer.commit();
      const state = parkByThrowing();
      const parking = Atomics;
      let count = 0;
      const cut = (name: 'load' | 'store') => ({
        value: (words: Int32Array, slot: number, value: number) => {
          if (count === at) {
            globalThis.Atomics = parking;
            ignoreParked(() => consumer.wait(1_000))();
          }
          count += 1;
          return RealAtomics[name](words, slot, value);
        },
      });
      globalThis.Atomics = Object.create(parking, { load: cut('load'), store: cut('store') });
      producer.publish();
      if (count <= at) break;
      expect(state.woken).toBe(state.parked);
      parkedCount += state.parked ? 1 : 0;
    }
    expect(parkedCount).toBeGreaterThan(0);
  });

  test('nobody sleeps beside a published record, in every order of owner and two producers', () => {
    const buffer = new SharedArrayBuffer(DOORBELL_LENGTH);
    const owner = new Doorbell(buffer);
    const ringer = new Doorbell(buffer);
    const words = new Int32Array(buffer);
    const published = [0, 0];
    let seen = 0;
    let hasWork = false;
    const own = [
      () => {
        hasWork = false;
        seen = owner.arm();
      },
      () => {
        hasWork = published.some((count) => count > 0);
        if (hasWork) owner.disarm();
      },
      ignoreParked(() => {
        if (!hasWork) owner.wait(seen, 1000);
      }),
    ];
    const produce = (i: number) => [
      () => {
        published[i] = 1;
      },
      () => ringer.ring(),
    ];
    let count = 0;
    for (const pair of orders(produce(0), produce(1))) {
      for (const order of orders(own, pair)) {
        words.fill(0);
        published.fill(0);
        const state = parkByThrowing();
        for (const step of order) step();
        if (state.parked) expect(state.woken).toBe(true);
        count += 1;
      }
    }
    expect(count).toBe(6 * 35);
  });

  test('waitAsync wakes on publish, on time-out, and at once when there is data', async () => {
    const buffer = createRing(256);
    const producer = new RingProducer(buffer);
    const consumer = new RingConsumer(buffer);
    const pending = consumer.waitAsync(20_000);
    producer.claim(1, 8);
    producer.commit();
    producer.publish();
    await pending;
    expect(consumer.pendingLength()).toBe(16);
    await consumer.waitAsync(20_000);
    while (consumer.next());
    await consumer.waitAsync(5);
  });

  test('one waitAsync at most is pending, and all who wait share it', async () => {
    let native = 0;
    globalThis.Atomics = Object.create(RealAtomics, {
      waitAsync: {
        value: (...args: Parameters<typeof RealAtomics.waitAsync>) => {
          native += 1;
          return RealAtomics.waitAsync(...args);
        },
      },
    }) as typeof Atomics;
    const buffer = createRing(256);
    const producer = new RingProducer(buffer);
    const consumer = new RingConsumer(buffer);
    const all = Array.from({ length: 50 }, () => consumer.waitAsync(20_000));
    expect(native).toBe(1);
    expect(() => consumer.wait(1)).toThrow('no wait while a waitAsync is pending');
    producer.claim(1, 8);
    producer.commit();
    producer.publish();
    await Promise.all(all);
    while (consumer.next());
    await consumer.waitAsync(1);
    expect(native).toBe(2);
  });

  test('a record read while a waitAsync is pending does not swallow the next wake-up', async () => {
    const buffer = createRing(256);
    const producer = new RingProducer(buffer);
    const consumer = new RingConsumer(buffer);
    for (let i = 0; i < 200; i += 1) {
      const first = consumer.waitAsync(20_000);
      producer.claim(1, 8);
      producer.commit();
      producer.publish();
      // Read before the promise's callbacks ran: the pending wait is notified but not yet cleared.
      while (consumer.next());
      consumer.release();
      const second = consumer.waitAsync(20_000);
      await first;
      producer.claim(1, 8);
      producer.commit();
      producer.publish();
      await second;
      await consumer.waitAsync(20_000);
      while (consumer.next());
      consumer.release();
    }
  });

  test('a doorbell with a pending waitAsync still wakes after its owner disarmed', async () => {
    const buffer = new SharedArrayBuffer(DOORBELL_LENGTH);
    const owner = new Doorbell(buffer);
    const pending = owner.waitAsync(owner.arm(), 20_000);
    owner.arm();
    owner.disarm();
    new Doorbell(buffer).ring();
    await pending;
  });
});
