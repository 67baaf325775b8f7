import { describe, expect, test } from 'bun:test';
import { NAME_LENGTH_MAX, SymbolTable } from '../../../../src/venues/kit/symbol-table.ts';

const encode = (text: string) => new TextEncoder().encode(text);

describe('a symbol table', () => {
  const names = Array.from({ length: 2000 }, (_, i) => `s${i * 7919}usdt`);
  const table = new SymbolTable(names.map((name, i) => [name, i]));

  test('finds every name it was made with and no other', () => {
    for (const [i, name] of names.entries()) {
      expect(table.find(encode(name), 0, name.length)).toBe(i);
      const other = encode(`${name}x`);
      expect(table.find(other, 0, other.length)).toBe(-1);
      expect(table.find(other, 1, other.length - 1)).toBe(-1);
    }
    expect(table.count).toBe(2000);
  });

  test('finds a name up to its terminator and says where that was', () => {
    const bytes = encode('{"stream":"s7919usdt@trade"');
    expect(table.findUntil(bytes, 11, bytes.length, 0x40)).toBe(1);
    expect(bytes[table.end]).toBe(0x40);
  });

  test('does not look for a terminator beyond the limit or the longest name', () => {
    const bytes = encode(`s7919usdt@${'a'.repeat(10_000)}@`);
    expect(table.findUntil(bytes, 0, 9, 0x40)).toBe(-1);
    expect(table.findUntil(bytes, 10, bytes.length, 0x40)).toBe(-1);
    expect(table.end).toBe(10 + NAME_LENGTH_MAX + 1);
  });

  test('tells names in other scripts apart by their bytes', () => {
    const exotic = new SymbolTable([
      ['币安人生usdt', 3],
      ['币安人死usdt', 4],
    ]);
    const bytes = encode('币安人死usdt@trade');
    expect(exotic.findUntil(bytes, 0, bytes.length, 0x40)).toBe(4);
  });

  test('of nothing finds nothing', () => {
    expect(new SymbolTable([]).find(encode('x'), 0, 1)).toBe(-1);
  });

  test('refuses a name twice, an empty one and one too long', () => {
    const twice = [
      ['a', 1],
      ['a', 2],
    ] as const;
    expect(() => new SymbolTable(twice)).toThrow('once');
    expect(() => new SymbolTable([['', 1]])).toThrow('Invariant');
    expect(() => new SymbolTable([['x'.repeat(NAME_LENGTH_MAX + 1), 1]])).toThrow('Invariant');
  });
});
