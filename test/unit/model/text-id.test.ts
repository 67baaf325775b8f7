/** Ids as words of bytes: read, cut, compared and turned into text again. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { TextId } from '../../../src/model/text-id.ts';

const encoder = new TextEncoder();

describe('a textual id', () => {
  test('is the same whether it came as text or as bytes in the midst of a frame', () => {
    const check = (text: string, before: string) => {
      const frame = encoder.encode(`${before}${text}"`);
      const from = encoder.encode(before).length;
      const id = new TextId();
      id.set('what was there before, longer than most');
      id.read(frame, from, frame.length - 1);
      const same = TextId.of(text);
      expect(String(id)).toBe(text);
      expect([id.length, id.hash]).toEqual([same.length, same.hash]);
      expect(id.words.subarray(0, id.wordCount)).toEqual(same.words.subarray(0, same.wordCount));
    };
    const textOf = fc.string({ unit: 'binary', maxLength: 16 });
    fc.assert(fc.property(textOf, fc.string({ maxLength: 5 }), check), { numRuns: 2000 });
    check('é'.repeat(32), 'x');
  });

  test('of too many bytes is cut, as text before the character that is too much', () => {
    const long = new TextId();
    long.read(encoder.encode('0123456789'.repeat(7)), 0, 70);
    expect(String(long)).toBe('0123456789'.repeat(7).slice(0, 64));
    expect(String(TextId.of(`${'x'.repeat(63)}é`))).toBe('x'.repeat(63));
  });

  test('is empty until it is set, and when it is cleared', () => {
    const id = new TextId();
    expect([id.length, String(id)]).toEqual([0, '']);
    id.set('a');
    id.clear();
    expect([id.length, id.wordCount, String(id)]).toEqual([0, 0, '']);
  });

  test('has another hash where one character, at any place, is another', () => {
    const base = '1a041430-0001-5b31-9112-000011490c80';
    const hashes = new Set<number>([TextId.of(base).hash]);
    let count = 1;
    for (let i = 0; i < base.length; i += 1) {
      for (const other of 'xyz') {
        hashes.add(TextId.of(base.slice(0, i) + other + base.slice(i + 1)).hash & 0xffff);
        count += 1;
      }
    }
    // Of 109 in 65,536 places hardly any two meet.
    expect(hashes.size).toBeGreaterThan(count - 3);
  });
});
