/** The memory of ids against a plain list, past its bound and with ids that share a hash. */
import { describe, expect, test } from 'bun:test';
import { Prng } from '../../../../src/base/prng.ts';
import { TextId } from '../../../../src/model/text-id.ts';
import { RecentIds } from '../../../../src/venues/kit/recent-ids.ts';

const COUNT_MAX = 65_536;

/** One id object for all, as a session's decoder has. */
class TextMemory {
  readonly #ids = new RecentIds();
  readonly #id = new TextId();

  add(text: string): boolean {
    this.#id.set(text);
    return this.#ids.add(this.#id);
  }

  has(text: string): boolean {
    this.#id.set(text);
    return this.#ids.has(this.#id);
  }
}

describe('the memory of recent ids', () => {
  test('knows the newest 65,536 and no more', () => {
    const memory = new TextMemory();
    const count = 3 * COUNT_MAX + 17;
    for (let i = 0; i < count; i += 1) {
      expect(memory.add(`id-${i}`)).toBe(true);
      if (i % 1000 === 0) expect(memory.add(`id-${i}`)).toBe(false);
    }
    expect(memory.has(`id-${count - 1}`)).toBe(true);
    expect(memory.has(`id-${count - COUNT_MAX}`)).toBe(true);
    expect(memory.has(`id-${count - COUNT_MAX - 1}`)).toBe(false);
  });

  test('finds its way among ids that all end, or all begin, alike', () => {
    for (const idOf of [
      (i: number) => `${i.toString(16).padStart(8, '0')}-0001-5b31-9112-000011490c80`,
      (i: number) => `1a041430-0001-5b31-9112-${i.toString(16).padStart(12, '0')}`,
    ]) {
      const memory = new TextMemory();
      // Where all of them share a place, this takes minutes.
      for (let i = 0; i < 2 * COUNT_MAX; i += 1) memory.add(idOf(i));
      expect(memory.has(idOf(COUNT_MAX))).toBe(true);
      expect(memory.has(idOf(COUNT_MAX - 1))).toBe(false);
    }
  });

  test('agrees with a set on ids that come again at random', () => {
    const prng = new Prng(7);
    const memory = new TextMemory();
    const order: string[] = [];
    const known = new Set(order);
    for (let i = 0; i < 400_000; i += 1) {
      // Same ends, other beginnings: all of these have few hashes.
      const id = `${Math.floor(prng.next() * 9)}-same-ending-${Math.floor(prng.next() * 12_000)}`;
      expect(memory.add(id)).toBe(!known.has(id));
      if (known.has(id)) continue;
      known.add(id);
      order.push(id);
      if (order.length > COUNT_MAX) known.delete(order[order.length - COUNT_MAX - 1] as string);
    }
    for (const id of known) expect(memory.has(id)).toBe(true);
    expect(memory.has('')).toBe(false);
  });
});
