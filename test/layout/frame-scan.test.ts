import { describe, expect, test } from 'bun:test';
import { compileFrameScan, WASM_PATH } from '../../scripts/generate-wasm.ts';
import * as memory from '../../src/venues/kit/scan-memory.ts';
import { STEP_LENGTH } from '../../src/venues/kit/shape-writer.ts';

describe('the module that reads frames', () => {
  test('is what the compiler makes of assembly/', async () => {
    const committed = await Bun.file(WASM_PATH).bytes();
    expect(Buffer.compare(await compileFrameScan(), committed)).toBe(0);
  }, 60_000);

  test('has the layout that is written to', async () => {
    const module = new WebAssembly.Module(await Bun.file(WASM_PATH).bytes());
    const { exports } = new WebAssembly.Instance(module);
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
});
