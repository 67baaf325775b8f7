/**
 * The memory of the books of a thread, and the WebAssembly module that changes them
 * (`assembly/book-side.ts`, built by `bun run gen`): it finds and moves levels in a third of the
 * time that typed arrays take.
 *
 * A side of a book has a block: a head, then its levels. Blocks come in doubling sizes; one that is
 * given back, or whose owner was collected, is given out again. The memory itself only grows, and
 * then all views on it are new ones.
 */
import { readFileSync } from 'node:fs';

/** Where levels lie that are to be set, as price, size, …: index in `f64`. */
export const INPUT = 1024 >> 3;
/** Levels that are set at once. */
export const INPUT_LEVELS_MAX = 4096;
/** Index of a side's sign in `f64`, from its own. */
export const SIDE_SIGN = 1;
/** The same of its first level. */
export const SIDE_LEVELS = 2;
/** Address of the first side. */
export const SIDES = (INPUT << 3) + 2 * INPUT_LEVELS_MAX * 16;
const SIDE_HEAD_LENGTH = 16;
const LEVEL_LENGTH = 16;
const PAGE_LENGTH = 1 << 16;
/** The memory grows by at least so much. */
const GROWTH_PAGES = 16;
export const MEMORY_PAGES = 4;

interface BookExports {
  readonly memory: WebAssembly.Memory;
  apply(side: number, count: number): void;
  find(side: number, key: number): number;
}

/** A side's place. */
export interface Block {
  /** In bytes. */
  address: number;
  /** Levels there is room for. */
  capacity: number;
}

const module = new WebAssembly.Module(readFileSync(new URL('./book-side.wasm', import.meta.url)));

export class LevelMemory {
  static #shared: LevelMemory | undefined;

  i32: Int32Array;
  f64: Float64Array;
  readonly book: BookExports;
  /** Addresses of free blocks by their capacity. */
  readonly #free = new Map<number, number[]>();
  readonly #owners = new FinalizationRegistry<Block>((block) => this.release(block));
  #used = SIDES;

  private constructor() {
    const { exports } = new WebAssembly.Instance(module);
    this.book = exports as unknown as BookExports;
    this.i32 = new Int32Array(this.book.memory.buffer);
    this.f64 = new Float64Array(this.book.memory.buffer);
  }

  /** The thread's. */
  static shared(): LevelMemory {
    LevelMemory.#shared ??= new LevelMemory();
    return LevelMemory.#shared;
  }

  /** A block for `owner`, given back when that is collected. */
  own(owner: object, capacity: number): Block {
    const block = { address: this.#reserve(capacity), capacity };
    this.#owners.register(owner, block);
    return block;
  }

  /** Moves what `block` holds to one of twice the size, or of more. */
  grow(block: Block, capacityMin: number): void {
    let capacity = 2 * block.capacity;
    while (capacity < capacityMin) capacity *= 2;
    const address = this.#reserve(capacity);
    const from = block.address >> 3;
    const words = (SIDE_HEAD_LENGTH + block.capacity * LEVEL_LENGTH) >> 3;
    this.f64.copyWithin(address >> 3, from, from + words);
    this.release(block);
    block.address = address;
    block.capacity = capacity;
  }

  release({ address, capacity }: Block): void {
    const free = this.#free.get(capacity);
    if (free === undefined) this.#free.set(capacity, [address]);
    else free.push(address);
  }

  #reserve(capacity: number): number {
    const free = this.#free.get(capacity)?.pop();
    if (free !== undefined) return free;
    const address = this.#used;
    const end = address + SIDE_HEAD_LENGTH + capacity * LEVEL_LENGTH;
    const { memory } = this.book;
    const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE_LENGTH);
    if (missing > 0) {
      memory.grow(Math.max(missing, GROWTH_PAGES));
      this.i32 = new Int32Array(memory.buffer);
      this.f64 = new Float64Array(memory.buffer);
    }
    this.#used = end;
    return address;
  }
}
