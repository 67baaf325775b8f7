import { describe, expect, test } from 'bun:test';
import { FrameReader } from '../../../../src/venues/kit/frame-reader.ts';
import { name, object, rows, tuple } from '../../../../src/venues/kit/frame-spec.ts';
import { SymbolTable } from '../../../../src/venues/kit/symbol-table.ts';

const encoder = new TextEncoder();

class CountingTable extends SymbolTable {
  lookups = 0;

  override find(...at: Parameters<SymbolTable['find']>): number {
    this.lookups += 1;
    return super.find(...at);
  }
}

/** A reader of frames that name two things, each of its own table. */
function reading(names: readonly string[], others: readonly string[] = ['x']) {
  const table = new CountingTable(names.map((each, value) => [each, value]));
  const second = new SymbolTable(others.map((each, value) => [each, value + 1000]));
  const reader = new FrameReader([object({ a: name(0, table), b: name(1, second) })]);
  const read = (a: string, b = others[0] ?? '') => {
    const frame = encoder.encode(`{"a":"${a}","b":"${b}"}`);
    return reader.read(frame, frame.length) === 0 ? [...reader.values.slice(0, 2)] : undefined;
  };
  const first = encoder.encode(`{"a":"${names[0]}","b":"${others[0]}"}`);
  reader.learn(first, first.length);
  const before = table.lookups;
  return { read, lookups: () => table.lookups - before };
}

describe('names of frames', () => {
  test('are found, new and known, and end before their quote', () => {
    const names = ['a', 'ab', 'abcd', 'abcdefgh', 'abcdefghi', 'abcdefgh-1', 'abcdefgh-2', 'x'];
    const { read } = reading(names);
    for (let round = 0; round < 3; round += 1) {
      for (const [value, text] of names.entries()) expect(read(text)).toEqual([value, 1000]);
      for (const unknown of ['abc', 'abcdefgh-', 'abcdefgh-3', 'y', '']) {
        expect(read(unknown)).toBeUndefined();
      }
    }
  });

  test('are of their own table', () => {
    const { read } = reading(['BTC', 'ETH'], ['ETH', 'BTC']);
    for (let round = 0; round < 2; round += 1) {
      expect(read('BTC', 'BTC')).toEqual([0, 1001]);
      expect(read('ETH', 'ETH')).toEqual([1, 1000]);
    }
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7])('that differ in character %i only are all kept', (place) => {
    const names = Array.from('0123456789ABCDEFGHIJ', (c) => {
      return `${'BTC-USDT'.slice(0, place)}${c}${'BTC-USDT'.slice(place + 1)}`;
    });
    const { read, lookups } = reading(names);
    for (let round = 0; round < 20; round += 1) for (const text of names) read(text);
    // Looked up in the first rounds; a few may share both places with others.
    expect(lookups()).toBeLessThan(20 * names.length * 0.2);
  });

  test('more than the module holds are looked up again, and a frame of many ends', () => {
    const names = Array.from({ length: 5000 }, (_, i) => `NAME-${i}`);
    const table = new SymbolTable(names.map((each, value) => [each, value]));
    const reader = new FrameReader([object({ r: rows(0, tuple(name(0, table))) })], [1]);
    const read = (part: readonly string[]) => {
      const frame = encoder.encode(`{"r":[${part.map((each) => `["${each}"]`).join(',')}]}`);
      reader.learn(frame, frame.length);
      return reader.read(frame, frame.length);
    };
    for (const each of names) expect(read([each])).toBe(0);
    for (const each of names) expect(read([each])).toBe(0);
    expect(read(names.slice(0, 20))).toBe(0);
    // Not sure of it, rather than busy with it.
    expect(read(names)).toBe(-1);
  });
});
