import { describe, expect, test } from 'bun:test';
import { CounterRegion } from '../../../src/shm/counter-region.ts';

const NAMES = ['frames', 'bytes', 'gaps'] as const;

describe('counter region', () => {
  test('one side counts, another with the same buffer reads', () => {
    const buffer = new SharedArrayBuffer(CounterRegion.byteLength(NAMES));
    const writer = new CounterRegion(NAMES, buffer);
    const reader = new CounterRegion(NAMES, buffer);
    writer.add('frames');
    writer.add('bytes', 2 ** 40);
    writer.set('gaps', 7);
    writer.raise('gaps', 6);
    writer.raise('frames', 1);
    expect(reader.snapshot()).toEqual({ frames: 1, bytes: 2 ** 40, gaps: 7 });
    expect(reader.get('bytes')).toBe(2 ** 40);
    expect(reader.values[reader.slot('gaps')]).toBe(7);
  });

  test('regions in one buffer are whole cache lines apart', () => {
    const length = CounterRegion.byteLength(NAMES);
    expect(length).toBe(64);
    expect(CounterRegion.byteLength(Array(9).fill('x'))).toBe(128);
    const buffer = new SharedArrayBuffer(2 * length);
    new CounterRegion(NAMES, buffer, length).set('frames', 3);
    expect(new CounterRegion(NAMES, buffer).get('frames')).toBe(0);
  });

  test('breaks on a name that was not declared or was declared twice', () => {
    const region: CounterRegion<string> = CounterRegion.create<string>(['a']);
    expect(() => region.add('b')).toThrow('counter b is declared');
    expect(() => CounterRegion.create(['a', 'a'])).toThrow('distinct');
  });
});
