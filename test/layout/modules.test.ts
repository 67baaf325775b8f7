import { describe, expect, test } from 'bun:test';
import { compile, MODULES, readCommitted } from '../../scripts/generate-wasm.ts';
import * as levelMemory from '../../src/book/level-memory.ts';
import * as memory from '../../src/venues/kit/scan-memory.ts';
import { STEP_LENGTH } from '../../src/venues/kit/shape-writer.ts';

const [FRAME_SCAN, BOOK_SIDE] = MODULES as readonly [(typeof MODULES)[0], (typeof MODULES)[0]];

async function exportsOf(module: (typeof MODULES)[0]) {
  const bytes = new Uint8Array(await readCommitted(module));
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
}

describe('modules', () => {
  test.each(MODULES.map((each) => [each.source, each] as const))(
    'of %s are what the compiler makes of it',
    async (_, module) => {
      expect(Buffer.compare(await compile(module), await readCommitted(module))).toBe(0);
    },
    60_000,
  );

  test('have the layout that readers of frames write', async () => {
    const exports = await exportsOf(FRAME_SCAN);
    const expected = { ...memory, STEP_LENGTH } as unknown as Record<string, number>;
    let checked = 0;
    for (const [name, value] of Object.entries(exports)) {
      if (!(value instanceof WebAssembly.Global)) continue;
      expect([name, value.value]).toEqual([name, expected[name]]);
      checked += 1;
    }
    expect(checked).toBe(12);
    // The readers end the memory.
    const { buffer } = exports.memory as WebAssembly.Memory;
    expect(buffer.byteLength).toBeGreaterThanOrEqual(memory.READERS + memory.READER_LENGTH);
    expect(buffer.byteLength).toBe(memory.MEMORY_PAGES << 16);
  });

  test('have the layout that sides of books write', async () => {
    const { INPUT, INPUT_LEVELS_MAX, SIDES, SIDE_SIGN, SIDE_HEAD_LENGTH } = (await exportsOf(
      BOOK_SIDE,
    )) as Record<string, WebAssembly.Global>;
    const words = [INPUT, SIDE_SIGN, SIDE_HEAD_LENGTH].map((each) => Number(each?.value) >> 3);
    expect(words).toEqual([levelMemory.INPUT, levelMemory.SIDE_SIGN, levelMemory.SIDE_LEVELS]);
    expect(SIDES?.value).toBe(levelMemory.SIDES);
    expect(INPUT_LEVELS_MAX?.value).toBe(levelMemory.INPUT_LEVELS_MAX);
  });
});
