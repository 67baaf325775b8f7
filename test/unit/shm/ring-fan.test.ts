/** One producer, several rings: all or none of them get a record. */
import { expect, test } from 'bun:test';
import { RingConsumer } from '../../../src/shm/ring-consumer.ts';
import { producerFor } from '../../../src/shm/ring-fan.ts';
import { createRing } from '../../../src/shm/ring-layout.ts';
import { RingProducer } from '../../../src/shm/ring-producer.ts';

function put(producer: ReturnType<typeof producerFor>, value: number, length = 16): boolean {
  const at = producer.claim(3, length);
  if (at < 0) return false;
  producer.bytes.f64[at >> 3] = value;
  producer.bytes.f64[(at >> 3) + 1] = -value;
  producer.commit();
  return true;
}

function read(ring: RingConsumer): string[] {
  const values: string[] = [];
  while (ring.next()) {
    const { f64 } = ring.bytes;
    const at = ring.index >> 3;
    values.push(`${ring.type} ${ring.length} ${f64[at]} ${f64[at + 1]}`);
  }
  ring.release();
  return values;
}

test('one ring has no fan around it', () => {
  expect(producerFor([createRing(1024)])).toBeInstanceOf(RingProducer);
  expect(() => producerFor([])).toThrow('a producer needs a ring');
});

test('every ring holds every record once it is published', () => {
  const buffers = [createRing(4096), createRing(1024), createRing(2048)];
  const fan = producerFor(buffers);
  const readers = buffers.map((buffer) => new RingConsumer(buffer));
  expect(fan.capacity).toBe(1024);
  for (let round = 0; round < 50; round += 1) {
    const expected: string[] = [];
    for (let i = 0; i < 7; i += 1) {
      expect(put(fan, round * 10 + i)).toBe(true);
      expected.push(`3 16 ${round * 10 + i} ${-(round * 10 + i)}`);
    }
    expect(readers.flatMap(read)).toEqual([]);
    expect(fan.publish()).toBe(7);
    for (const reader of readers) expect(read(reader)).toEqual(expected);
  }
});

test('a record that one ring has no room for goes into none', () => {
  const buffers = [createRing(4096), createRing(256)];
  const fan = producerFor(buffers);
  const [fast, slow] = buffers.map((buffer) => new RingConsumer(buffer)) as [
    RingConsumer,
    RingConsumer,
  ];
  let taken = 0;
  while (put(fan, taken)) {
    taken += 1;
    fan.publish();
    read(fast);
  }
  expect(taken).toBeGreaterThan(3);
  expect(fan.hasRoomFor(16)).toBe(false);
  expect(fan.usedLength()).toBeGreaterThan(0);
  expect(read(fast)).toEqual([]);
  expect(read(slow)).toHaveLength(taken);
  expect(put(fan, 99)).toBe(true);
  fan.publish();
  expect([read(fast), read(slow)]).toEqual([['3 16 99 -99'], ['3 16 99 -99']]);
});
