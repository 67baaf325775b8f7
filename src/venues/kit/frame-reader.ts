/**
 * Reads the frames a venue sends all day straight from their bytes. It knows a few shapes: what of
 * a frame never changes is held against the shape byte by byte, what lies between is read as
 * numbers and names into slots. A shape is learned from a frame that the slow path took, so the
 * order of keys, fields nobody asked for and what is optional are as the venue writes them now.
 * The reading itself is WebAssembly (`assembly/frame-scan.ts`).
 *
 * Values and rows hold until the next frame of any reader of the thread.
 *
 * It answers only "this is what the frame says" or "not sure": then the venue's slow path decides,
 * which defines what every frame means. Invariant: what is read here, the slow path reads equally.
 */
import type { TextId } from '../../model/text-id.ts';
import { FrameLearner } from './frame-learner.ts';
import type { Spec } from './frame-spec.ts';
import type { Step } from './frame-step.ts';
import { RowGroup } from './row-group.ts';
import {
  FRAME_LENGTH_MAX,
  HEADER,
  HEADER_NAME,
  ScanMemory,
  SHAPES_MAX,
  SLOT_COUNT,
  SLOTS,
} from './scan-memory.ts';
import { ShapeWriter } from './shape-writer.ts';

/** Frames looked at at once; from then on ever fewer: one of twice as many as before. */
const LOOKS_AT_ONCE = 64;
const LOOKS_RARELY_BITS = 14;
/** Of the module: a name is missing. */
const MISSED = -2;
/** Names added for one frame; more than a few drive each other out. */
const MISSES_MAX = 32;

export class FrameReader {
  readonly values: Float64Array;
  readonly groups: readonly RowGroup[];
  readonly #memory = ScanMemory.shared();
  /** Address of what is this reader's own in it. */
  readonly #own = this.#memory.addReader();
  readonly #specs: readonly Spec[];
  readonly #slots: readonly number[];
  readonly #tables: Step['table'][] = [];
  readonly #writer: ShapeWriter;
  /** Number of the specification of each shape. */
  readonly #shapes: number[] = [];
  #last = 0;
  #learned = 0;
  #misses = 0;
  #looks = 0;

  /** `slots`: how many a row of each group has. */
  constructor(specs: readonly Spec[], slots: readonly number[] = []) {
    this.#specs = specs;
    this.#slots = slots;
    this.values = this.#memory.f64.subarray(SLOTS >> 3, (SLOTS >> 3) + SLOT_COUNT);
    this.groups = slots.map((count, group) => new RowGroup(this.#memory, group, count));
    const strides = this.groups.map(({ stride }) => stride);
    this.#writer = new ShapeWriter(this.#memory, this.#own, strides, this.#tables);
  }

  /** Memory of the frame that is read. A frame that lies here already is not copied. */
  get frame(): Uint8Array {
    return this.#memory.frame;
  }

  /** Of the frame's own decimals; those of rows are in their groups. */
  get precisionLoss(): boolean {
    return this.#memory.i32[HEADER >> 2] !== 0;
  }

  /** The bytes [from, to) of the frame, which a text or digits were found in. */
  textOf(from: number, to: number): string {
    return this.#memory.textOf(from, to);
  }

  /** The same into a trade's id. */
  readId(id: TextId, from: number, to: number): void {
    id.read(this.#memory.frame, from, to);
  }

  /** Index of the specification the frame follows; -1 when it is not sure. */
  read(frame: Uint8Array, length: number): number {
    const count = this.#shapes.length;
    if (count === 0 || length === 0 || length > FRAME_LENGTH_MAX) return -1;
    const { scan, frame: area } = this.#memory;
    if (frame !== area) area.set(length === frame.length ? frame : frame.subarray(0, length));
    let shape = scan.read(this.#own, length, this.#last, count);
    for (let misses = 0; shape === MISSED && misses < MISSES_MAX; misses += 1) {
      scan.addName(this.#own, this.#missingName());
      shape = scan.read(this.#own, length, this.#last, count);
    }
    if (shape < 0) return -1;
    this.#last = shape;
    return this.#shapes[shape] as number;
  }

  /** A frame that was not read and that the slow path took: the next one like it may be read. */
  learn(frame: Uint8Array, length: number): void {
    this.#misses += 1;
    // A venue whose frames are all different must not pay for each of them.
    const rare = Math.min(LOOKS_RARELY_BITS, Math.max(0, this.#looks - LOOKS_AT_ONCE));
    if (this.#misses < 1 << rare) return;
    this.#misses = 0;
    this.#looks += 1;
    for (const [spec, each] of this.#specs.entries()) {
      const steps = new FrameLearner(frame, length, this.#slots).learn(each);
      if (steps === undefined) continue;
      this.#keep(spec, steps);
      return;
    }
  }

  #keep(spec: number, steps: readonly Step[]): void {
    const place = this.#learned % SHAPES_MAX;
    if (!this.#writer.write(place, steps)) {
      // Too long a shape spoilt its place: no frame ends at an empty step.
      if (place < this.#shapes.length) this.#writer.write(place, []);
      return;
    }
    this.#shapes[place] = spec;
    this.#learned += 1;
  }

  /** Value of the name that the module does not know, -1 when no table does. */
  #missingName(): number {
    const { i32, bytes } = this.#memory;
    const from = i32[HEADER_NAME] as number;
    const to = i32[HEADER_NAME + 1] as number;
    const table = this.#tables[i32[HEADER_NAME + 2] as number];
    return table?.find(bytes, from, to) ?? -1;
  }
}
