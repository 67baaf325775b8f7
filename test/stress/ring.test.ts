/** Rings between real threads. */
import { describe, expect, test } from 'bun:test';
import { DOORBELL_LENGTH, Doorbell } from '../../src/shm/doorbell.ts';
import { RingConsumer } from '../../src/shm/ring-consumer.ts';
import { createRingAt } from '../unit/shm/ring-model.ts';
import { recordProblem } from './ring-record.ts';

const LONG = 300_000;

function start(name: string, data: unknown): Worker {
  const worker = new Worker(new URL(`./${name}.worker.ts`, import.meta.url).href);
  worker.postMessage(data);
  return worker;
}

function answer<T>(worker: Worker): Promise<T> {
  return new Promise((resolve, reject) => {
    worker.onmessage = (event) => resolve(event.data as T);
    worker.onerror = (event) => reject(new Error(event.message));
  });
}

interface Consumed {
  readonly sequence: number;
  readonly checksum: number;
  readonly waits: number;
  readonly timeouts: number;
  readonly problem: string;
}

interface Produced {
  readonly checksum: number;
  readonly stalls: number;
}

async function transfer(capacity: number, count: number, position: number, isAsync: boolean) {
  const ring = createRingAt(capacity, position);
  const consumer = start('ring-consumer', { ring, count, isAsync });
  const producer = start('ring-producer', { ring, first: 0, count });
  const [consumed, produced] = await Promise.all([
    answer<Consumed>(consumer),
    answer<Produced>(producer),
  ]);
  consumer.terminate();
  producer.terminate();
  return { consumed, produced };
}

describe('ring between threads', () => {
  test(
    '2,000,000 records of 4 to 200 bytes cross a ring of 1 KiB in order and whole',
    async () => {
      // Positions cross 2^32 after the first million of some 28 million words.
      const { consumed, produced } = await transfer(1024, 2_000_000, 2 ** 32 - 1_000_001, false);
      expect(consumed.problem).toBe('');
      expect(consumed.sequence).toBe(2_000_000);
      expect(consumed.checksum).toBe(produced.checksum);
      expect(consumed.timeouts).toBe(0);
      expect(produced.stalls).toBeGreaterThan(10_000);
      console.log(`producer stalled ${produced.stalls}, consumer parked ${consumed.waits} times`);
    },
    LONG,
  );

  test(
    'an event loop that waits asynchronously reads all as well',
    async () => {
      const { consumed, produced } = await transfer(1024, 200_000, 2 ** 31 - 1_000_001, true);
      expect(consumed.problem).toBe('');
      expect(consumed.checksum).toBe(produced.checksum);
      console.log(`waited ${consumed.waits} times`);
    },
    LONG,
  );

  test(
    'one thread reads three rings through a doorbell and misses no wake-up',
    async () => {
      const count = 100_000;
      const doorbell = new SharedArrayBuffer(DOORBELL_LENGTH);
      const bell = new Doorbell(doorbell);
      const rings = [0, 1, 2].map(() => createRingAt(4096, 2 ** 31 - 10_000));
      const consumers = rings.map((ring) => new RingConsumer(ring));
      const workers = rings.map((ring) =>
        start('ring-producer', { ring, first: 0, count, doorbell }),
      );
      const sequences = [0, 0, 0];
      let slowest = 0;
      while (sequences.some((sequence) => sequence < count)) {
        consumers.forEach((ring, i) => {
          while (ring.next()) {
            const { bytes, index, type, length } = ring;
            const problem = recordProblem(bytes, index, type, length, sequences[i] as number);
            if (problem !== '') throw new Error(`ring ${i}: ${problem}`);
            sequences[i] = (sequences[i] as number) + 1;
          }
          ring.release();
        });
        const seen = bell.arm();
        if (consumers.some((ring) => ring.pendingLength() > 0)) bell.disarm();
        else if (sequences.some((sequence) => sequence < count)) {
          const since = performance.now();
          await bell.waitAsync(seen, 10_000);
          slowest = Math.max(slowest, performance.now() - since);
        }
      }
      for (const worker of workers) worker.terminate();
      expect(slowest).toBeLessThan(9_000);
    },
    LONG,
  );

  test(
    'a producer that is terminated mid-write leaves only whole published records',
    async () => {
      const ring = createRingAt(4096, 2 ** 32 - 50_000);
      const consumer = new RingConsumer(ring);
      let sequence = 0;
      const drain = () => {
        while (consumer.next()) {
          const { bytes, index, type, length } = consumer;
          const problem = recordProblem(bytes, index, type, length, sequence);
          if (problem !== '') throw new Error(problem);
          sequence += 1;
        }
        consumer.release();
      };
      for (let round = 0; round < 40; round += 1) {
        const first = sequence;
        const worker = start('ring-producer', { ring, first, count: 2 ** 31 });
        // Killed after a number of records of its own each round, in the middle of whatever it
        // does.
        const deadline = performance.now() + 20_000;
        while (sequence < first + 1_000 + round * 137) {
          await consumer.waitAsync(100);
          drain();
          if (performance.now() > deadline) throw new Error('the producer does not produce');
        }
        const closed = new Promise((resolve) => worker.addEventListener('close', resolve));
        worker.terminate();
        await closed;
        drain();
        expect(consumer.pendingLength()).toBe(0);
      }
    },
    LONG,
  );
});
