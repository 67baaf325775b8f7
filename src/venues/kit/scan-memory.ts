/**
 * The memory that frames are read in, and the WebAssembly module that reads them (`assembly/`,
 * built by `bun run gen`). Addresses are those of `assembly/layout.ts`.
 *
 * To make an instance takes milliseconds and its memory cannot grow without all views on it, so
 * readers share one: each has a place of its own for what it learned; frame, values and rows are
 * there once, and hold until the next frame of any of them.
 */
import { readFileSync } from 'node:fs';

export const HEADER = 4096;
/** Words of the header: loss, then of a missing name start, end and table. */
export const HEADER_NAME = (HEADER + 4) >> 2;
/** Count of rows and loss of each group. */
export const HEADER_GROUPS = (HEADER + 32) >> 2;
export const SLOTS = 4352;
export const SLOT_COUNT = 32;
export const ROWS = 8192;
export const ROWS_LENGTH = 1 << 20;
export const GROUPS_MAX = 3;
export const FRAME = ROWS + GROUPS_MAX * ROWS_LENGTH;
/** Longer frames are the slow path's. */
export const FRAME_LENGTH_MAX = 1 << 20;
/** With bytes behind the frame that reads may touch. */
export const FRAME_AREA_LENGTH = FRAME_LENGTH_MAX + 4096;
export const READERS = FRAME + FRAME_AREA_LENGTH;
export const SHAPE_LENGTH = 4096;
export const SHAPES_MAX = 16;
export const READER_LENGTH = SHAPES_MAX * SHAPE_LENGTH + 1024 * 64;
/** Readers of one memory; what none of them touches is no memory of the machine's. */
const READER_COUNT = 64;
export const MEMORY_PAGES = Math.ceil((READERS + READER_COUNT * READER_LENGTH) / (1 << 16));

interface ScanExports {
  readonly memory: WebAssembly.Memory;
  read(reader: number, length: number, first: number, count: number): number;
  addName(reader: number, value: number): void;
}

const module = new WebAssembly.Module(readFileSync(new URL('./frame-scan.wasm', import.meta.url)));

export class ScanMemory {
  static #current: ScanMemory | undefined;

  readonly bytes: Uint8Array;
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  /** Where a frame lies when it is read. */
  readonly frame: Uint8Array;
  readonly scan: ScanExports;
  readonly #chars: Buffer;
  #readerCount = 0;

  private constructor() {
    const { exports } = new WebAssembly.Instance(module);
    this.scan = exports as unknown as ScanExports;
    const { buffer } = this.scan.memory;
    this.bytes = new Uint8Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.frame = new Uint8Array(buffer, FRAME, FRAME_LENGTH_MAX);
    this.#chars = Buffer.from(buffer, FRAME, FRAME_LENGTH_MAX);
  }

  /** The thread's memory, or a new one when its readers are too many. */
  static shared(): ScanMemory {
    const current = ScanMemory.#current;
    if (current !== undefined && current.#readerCount < READER_COUNT) return current;
    ScanMemory.#current = new ScanMemory();
    return ScanMemory.#current;
  }

  /** Address of a new reader's own, all zeros. */
  addReader(): number {
    const address = READERS + this.#readerCount * READER_LENGTH;
    this.#readerCount += 1;
    return address;
  }

  /** The frame's bytes [from, to), known to be plain ASCII; faster than a TextDecoder. */
  textOf(from: number, to: number): string {
    return this.#chars.toString('latin1', from, to);
  }
}
