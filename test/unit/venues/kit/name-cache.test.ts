import { describe, expect, test } from 'bun:test';
import { NameCache } from '../../../../src/venues/kit/name-cache.ts';
import { SymbolTable } from '../../../../src/venues/kit/symbol-table.ts';
import { SLACK, WordScanner } from '../../../../src/venues/kit/word-scan.ts';

const QUOTE = 0x22;

class CountingTable extends SymbolTable {
  lookups = 0;

  override findUntil(...at: Parameters<SymbolTable['findUntil']>): number {
    this.lookups += 1;
    return super.findUntil(...at);
  }
}

function taking(names: readonly string[]) {
  const table = new CountingTable(names.map((name, value) => [name, value]));
  const cache = new NameCache(table, QUOTE);
  const scan = new WordScanner();
  const take = (text: string) => {
    const bytes = Buffer.from(`${text}"`);
    const frame = new Uint8Array(bytes.length + SLACK);
    frame.set(bytes);
    scan.reset(frame, bytes.length);
    return { value: cache.take(scan), end: scan.at };
  };
  return { table, take };
}

describe('names of frames', () => {
  test('are found, new and known, and end before their quote', () => {
    const names = ['a', 'ab', 'abcd', 'abcdefgh', 'abcdefghi', 'abcdefgh-1', 'abcdefgh-2', 'x'];
    const { take } = taking(names);
    for (let round = 0; round < 3; round += 1) {
      for (const [value, text] of names.entries()) {
        expect(take(text)).toEqual({ value, end: text.length });
      }
      for (const unknown of ['abc', 'abcdefgh-', 'abcdefgh-3', 'y', '']) {
        expect(take(unknown).value).toBe(-1);
      }
    }
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7])('that differ in character %i only are all kept', (place) => {
    const names = Array.from('0123456789ABCDEFGHIJ', (c) => {
      return `${'BTC-USDT'.slice(0, place)}${c}${'BTC-USDT'.slice(place + 1)}`;
    });
    const { table, take } = taking(names);
    for (let round = 0; round < 20; round += 1) for (const text of names) take(text);
    // Looked up in the first rounds; a few may share both places with others.
    expect(table.lookups).toBeLessThan(20 * names.length * 0.2);
  });
});
