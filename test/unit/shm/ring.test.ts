import { describe, expect, test } from 'bun:test';
import { RingConsumer } from '../../../src/shm/ring-consumer.ts';
import {
  bodyLengthMax,
  createRing,
  framedLength,
  RING_HEADER_LENGTH,
  SLOT_REFUSED,
} from '../../../src/shm/ring-layout.ts';
import { RingProducer } from '../../../src/shm/ring-producer.ts';

function open(capacity: number) {
  const buffer = createRing(capacity);
  const header = new Int32Array(buffer, 0, RING_HEADER_LENGTH / 4);
  return { buffer, header, producer: new RingProducer(buffer), consumer: new RingConsumer(buffer) };
}

/** Writes one record of 8 bytes that holds `value`; false when refused. */
function put(producer: RingProducer, value: number): boolean {
  const at = producer.claim(1, 8);
  if (at < 0) return false;
  producer.bytes.f64[at >> 3] = value;
  producer.commit();
  return true;
}

function drain(consumer: RingConsumer): number[] {
  const out: number[] = [];
  while (consumer.next()) out.push(consumer.bytes.f64[consumer.index >> 3] as number);
  return out;
}

describe('ring', () => {
  test('shows nothing before publish and the whole batch after it', () => {
    const { producer, consumer } = open(256);
    put(producer, 1);
    put(producer, 2);
    expect(drain(consumer)).toEqual([]);
    expect(producer.publish()).toBe(2);
    expect(consumer.pendingLength()).toBe(32);
    expect(drain(consumer)).toEqual([1, 2]);
    expect(producer.publish()).toBe(0);
  });

  test('an aborted record was never there', () => {
    const { producer, consumer } = open(256);
    put(producer, 1);
    producer.claim(9, 24);
    producer.abort();
    put(producer, 2);
    producer.publish();
    expect(drain(consumer)).toEqual([1, 2]);
  });

  test('refuses when full, counts each refusal, and has room again only after release', () => {
    const { producer, consumer, header } = open(64);
    for (let i = 0; i < 4; i += 1) expect(put(producer, i)).toBe(true);
    expect(put(producer, 4)).toBe(false);
    producer.publish();
    expect(drain(consumer)).toEqual([0, 1, 2, 3]);
    expect(put(producer, 4)).toBe(false);
    expect(header[SLOT_REFUSED]).toBe(2);
    expect(producer.usedLength()).toBe(64);
    consumer.release();
    expect(producer.usedLength()).toBe(0);
    expect(put(producer, 4)).toBe(true);
  });

  test('hasRoomFor promises a claim wherever the wrap falls and however full the ring is', () => {
    const fill = (producer: RingProducer, words: number) => {
      for (let i = 0; i < words; i += 1) {
        producer.claim(1, 0);
        producer.commit();
        producer.publish();
      }
    };
    let promised = 0;
    for (let lead = 0; lead < 16; lead += 1) {
      for (let used = 0; used <= 16; used += 1) {
        for (let length = 0; length <= bodyLengthMax(128); length += 1) {
          const { producer, consumer } = open(128);
          fill(producer, lead);
          drain(consumer);
          consumer.release();
          fill(producer, used);
          if (!producer.hasRoomFor(length)) continue;
          promised += 1;
          expect(producer.claim(1, length)).toBeGreaterThan(0);
        }
      }
    }
    expect(promised).toBeGreaterThan(1_000);
  });

  test('an empty ring takes the longest record from every position', () => {
    const { producer, consumer } = open(64);
    for (let lead = 0; lead < 16; lead += 1) {
      expect(producer.hasRoomFor(producer.bodyLengthMax)).toBe(true);
      expect(producer.claim(1, producer.bodyLengthMax)).toBeGreaterThan(0);
      producer.abort();
      producer.claim(1, 0);
      producer.commit();
      producer.publish();
      drain(consumer);
      consumer.release();
    }
  });

  test('names the limit when a record is longer than half the ring', () => {
    const { producer } = open(64);
    expect(() => producer.claim(1, 25)).toThrow('record length is 0..24 (half the ring), not 25');
    expect(() => producer.claim(1, -1)).toThrow('not -1');
    expect(() => producer.hasRoomFor(25)).toThrow('not 25');
  });

  test('breaks on a second claim, a commit of nothing and the type of padding', () => {
    const { producer } = open(64);
    expect(() => producer.commit()).toThrow('commit follows a claim');
    expect(() => producer.claim(0, 8)).toThrow('Invariant');
    producer.claim(1, 8);
    expect(() => producer.claim(1, 8)).toThrow('one claim at a time');
  });

  test('bytes after a body that is no multiple of 8 are zero', () => {
    const { producer, consumer } = open(64);
    producer.bytes.u8.fill(0xff);
    const at = producer.claim(1, 3);
    producer.bytes.u8.fill(7, at, at + 3);
    producer.commit();
    producer.publish();
    consumer.next();
    expect([...consumer.bytes.u8.slice(consumer.index, consumer.index + 8)]).toEqual([
      7, 7, 7, 0, 0, 0, 0, 0,
    ]);
  });

  test('a new producer goes on after the last published record', () => {
    const { buffer, producer, consumer } = open(256);
    put(producer, 1);
    producer.publish();
    put(producer, 666);
    producer.claim(1, 8);
    const successor = new RingProducer(buffer);
    put(successor, 2);
    successor.publish();
    expect(drain(consumer)).toEqual([1, 2]);
  });

  test('a new consumer gets again what was read but not released', () => {
    const { buffer, producer, consumer } = open(256);
    for (let i = 0; i < 4; i += 1) put(producer, i);
    producer.publish();
    consumer.next();
    consumer.release();
    consumer.next();
    expect(drain(new RingConsumer(buffer))).toEqual([1, 2, 3]);
  });

  test('refresh fixes how far nextSeen reads', () => {
    const { producer, consumer } = open(256);
    put(producer, 1);
    producer.publish();
    consumer.refresh();
    put(producer, 2);
    producer.publish();
    expect(consumer.nextSeen()).toBe(true);
    expect(consumer.nextSeen()).toBe(false);
    expect(consumer.next()).toBe(true);
  });

  test('a consumer breaks on a frame that runs past the published position', () => {
    for (const length of [9, 64, -1, -2147483648, 2147483647]) {
      const { producer, consumer } = open(64);
      put(producer, 1);
      producer.publish();
      producer.bytes.i32[0] = length;
      expect(() => consumer.next()).toThrow('a frame ends at or before the published position');
    }
  });

  test('takes powers of two from 64 bytes to 1 GiB and nothing else', () => {
    for (const capacity of [0, 32, 63, 64.5, 96, 2 ** 31, Number.NaN, -64]) {
      expect(() => createRing(capacity)).toThrow('power of two');
    }
    expect(() => new RingConsumer(new SharedArrayBuffer(512))).toThrow('buffer holds a ring');
    expect(framedLength(0)).toBe(8);
    expect(framedLength(1)).toBe(16);
  });
});
