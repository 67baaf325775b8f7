/**
 * The memory that a frame is read in, and the WebAssembly module that reads it (`assembly/`, built
 * by `bun run gen`). Each reader has its own. Addresses are those of `assembly/layout.ts`.
 */
import { readFileSync } from 'node:fs';

export const HEADER = 4096;
/** Words of the header: loss, then of a missing name start, end and table. */
export const HEADER_NAME = (HEADER + 4) >> 2;
/** Count of rows and loss of each group. */
export const HEADER_GROUPS = (HEADER + 32) >> 2;
export const SLOTS = 4352;
export const SLOT_COUNT = 32;
export const SHAPES = 8192;
export const SHAPE_LENGTH = 8192;
export const SHAPES_MAX = 16;
const NAMES = SHAPES + SHAPES_MAX * SHAPE_LENGTH;
export const ROWS = NAMES + 1024 * 64;
export const ROWS_LENGTH = 1 << 20;
export const GROUPS_MAX = 3;
export const FRAME = ROWS + GROUPS_MAX * ROWS_LENGTH;
/** Longer frames are the slow path's. */
export const FRAME_LENGTH_MAX = 1 << 20;
/** All of it, with bytes behind a frame that reads may touch. Never grows. */
export const MEMORY_PAGES = Math.ceil((FRAME + FRAME_LENGTH_MAX + 128) / (1 << 16));

interface ScanExports {
  readonly memory: WebAssembly.Memory;
  read(length: number, first: number, count: number): number;
  addName(value: number): void;
}

const module = new WebAssembly.Module(readFileSync(new URL('./frame-scan.wasm', import.meta.url)));

export class ScanMemory {
  readonly bytes: Uint8Array;
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  /** Where a frame lies when it is read. */
  readonly frame: Uint8Array;
  readonly scan: ScanExports;
  readonly #chars: Buffer;

  constructor() {
    const { exports } = new WebAssembly.Instance(module);
    this.scan = exports as unknown as ScanExports;
    const { buffer } = this.scan.memory;
    this.bytes = new Uint8Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.frame = new Uint8Array(buffer, FRAME, FRAME_LENGTH_MAX);
    this.#chars = Buffer.from(buffer, FRAME, FRAME_LENGTH_MAX);
  }

  /** The frame's bytes [from, to), known to be plain ASCII; faster than a TextDecoder. */
  textOf(from: number, to: number): string {
    return this.#chars.toString('latin1', from, to);
  }
}
