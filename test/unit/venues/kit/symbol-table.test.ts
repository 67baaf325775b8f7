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

  test('tells names in other scripts apart by their bytes', () => {
    const exotic = new SymbolTable([
      ['币安人生usdt', 3],
      ['币安人死usdt', 4],
    ]);
    const bytes = encode('币安人死usdt@trade');
    expect(exotic.find(bytes, 0, bytes.indexOf(0x40))).toBe(4);
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
