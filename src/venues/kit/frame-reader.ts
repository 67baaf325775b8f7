/**
 * Reads the frames a venue sends all day straight from their bytes. It knows a few shapes: what of
 * a frame never changes is held against the shape byte by byte, what lies between is read as
 * numbers and names into slots. A shape is learned from a frame that the slow path took, so the
 * order of keys, fields nobody asked for and what is optional are as the venue writes them now.
 *
 * It answers only "this is what the frame says" or "not sure": then the venue's slow path decides,
 * which defines what every frame means. Invariant: what is read here, the slow path reads equally.
 */
import { FrameLearner } from './frame-learner.ts';
import { Form, type Spec } from './frame-spec.ts';
import type { Step } from './frame-step.ts';
import { IsoScanner } from './iso-scan.ts';
import { RowGroup } from './row-group.ts';
import { scanFlag, skipNested, skipScalar } from './value-scan.ts';
import { WordScanner } from './word-scan.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const CLOSE_ARRAY = 0x5d;
const SLOTS = 32;
const SHAPES_MAX = 16;
/** Frames looked at at once; from then on ever fewer: one of twice as many as before. */
const LOOKS_AT_ONCE = 64;
const LOOKS_RARELY_BITS = 14;

interface Shape {
  readonly spec: number;
  readonly steps: readonly Step[];
}

export class FrameReader {
  readonly values = new Float64Array(SLOTS);
  readonly groups: readonly RowGroup[];
  readonly scan = new WordScanner();
  /** Of the frame's own decimals; those of rows are in their groups. */
  precisionLoss = false;
  readonly #specs: readonly Spec[];
  readonly #shapes: Shape[] = [];
  readonly #times = new IsoScanner();
  readonly #slots: readonly number[];
  #last = 0;
  #learned = 0;
  #misses = 0;
  #looks = 0;
  #nameFrom = 0;
  #nameTo = 0;

  /** `slots`: how many a row of each group has. */
  constructor(specs: readonly Spec[], slots: readonly number[] = []) {
    this.#specs = specs;
    this.#slots = slots;
    this.groups = slots.map((count) => new RowGroup(count));
  }

  /** Index of the specification the frame follows; -1 when it is not sure. */
  read(frame: Uint8Array, length: number): number {
    const shapes = this.#shapes;
    if (shapes.length === 0) return -1;
    const { scan } = this;
    scan.reset(frame, length);
    const first = this.#last;
    for (let tried = 0, i = first; tried < shapes.length; tried += 1) {
      const shape = shapes[i] as Shape;
      scan.at = 0;
      scan.precisionLoss = false;
      this.#nameFrom = -1;
      if (this.#run(shape.steps, this.values, 0) && scan.at === scan.limit) {
        this.#last = i;
        this.precisionLoss = scan.precisionLoss;
        return shape.spec;
      }
      i = i + 1 === shapes.length ? 0 : i + 1;
    }
    return -1;
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
      const place = this.#learned % SHAPES_MAX;
      this.#shapes[place] = { spec, steps };
      this.#learned += 1;
      return;
    }
  }

  #run(steps: readonly Step[], out: Float64Array, base: number): boolean {
    const { scan } = this;
    for (let i = 0; i < steps.length; i += 1) {
      const step = steps[i] as Step;
      if (!takeLiteral(scan, step)) return false;
      let value: number;
      switch (step.form) {
        case Form.unsigned:
        case Form.quotedUnsigned:
          value = scan.unsigned();
          break;
        case Form.decimal:
        case Form.quotedDecimal:
          value = scan.decimal();
          break;
        default:
          value = this.#other(step, out, base);
      }
      if (!(value >= 0)) return false;
      out[base + step.slot] = value;
    }
    return true;
  }

  /** The forms that are not read most of the time: -1 when this is none. */
  #other(step: Step, out: Float64Array, base: number): number {
    const { scan } = this;
    switch (step.form) {
      case Form.name:
        return this.#name(step);
      case Form.same:
        return this.#same() ? 0 : -1;
      case Form.choice:
        return takeChoice(scan, step.choices);
      case Form.rows:
        return this.#rows(step) ? 0 : -1;
      case Form.text: {
        const from = scan.at;
        if (!scan.text()) return -1;
        out[base + step.slot + 1] = scan.at;
        return from;
      }
      case Form.rangedDecimal: {
        out[base + step.slot + 1] = scan.at;
        const value = scan.decimal();
        out[base + step.slot + 2] = scan.at;
        return value;
      }
      case Form.digits: {
        const from = scan.at;
        if (!scan.digits()) return -1;
        out[base + step.slot + 1] = scan.at;
        return from;
      }
      case Form.isoTime:
        return this.#times.take(scan);
      case Form.flag:
        return scanFlag(scan);
      case Form.other:
        return skipScalar(scan) ? 0 : -1;
      case Form.nested:
        return skipNested(scan) ? 0 : -1;
      case Form.absent:
        out[base + step.target] = step.absent;
        return 0;
      default:
        return 0;
    }
  }

  #name({ names }: Step): number {
    const { scan } = this;
    if (names === undefined) return -1;
    this.#nameFrom = scan.at;
    const value = names.take(scan);
    this.#nameTo = scan.at;
    return value;
  }

  #same(): boolean {
    const { scan } = this;
    const { bytes } = scan;
    let at = scan.at;
    // Nothing can be the same as a name that is still to come.
    if (this.#nameFrom < 0) return false;
    for (let i = this.#nameFrom; i < this.#nameTo; i += 1, at += 1) {
      if (bytes[i] !== bytes[at]) return false;
    }
    scan.at = at;
    return bytes[at] === QUOTE;
  }

  #rows(step: Step): boolean {
    const { scan } = this;
    const group = this.groups[step.group] as RowGroup;
    const lossBefore = scan.precisionLoss;
    group.clear();
    if (scan.bytes[scan.at] === CLOSE_ARRAY) {
      scan.at += 1;
      return true;
    }
    if (step.pair !== undefined) return takePairs(scan, step.pair, group);
    for (;;) {
      const base = group.add();
      scan.precisionLoss = false;
      if (base < 0 || !this.#run(step.body, group.values, base)) return false;
      if (scan.at >= scan.limit) return false;
      group.setLoss(scan.precisionLoss);
      const next = scan.bytes[scan.at];
      scan.at += 1;
      if (next === COMMA) continue;
      scan.precisionLoss = lossBefore;
      return next === CLOSE_ARRAY;
    }
  }
}

/** Takes what stands before a value, four bytes at a time. */
function takeLiteral(scan: WordScanner, step: Step): boolean {
  const { view, at } = scan;
  const { length } = step;
  const end = at + length;
  if (end > scan.limit) return false;
  const isOther =
    ((view.getInt32(at, true) ^ step.first) & step.firstMask) |
    ((view.getInt32(at + 4, true) ^ step.second) & step.secondMask);
  if (isOther !== 0 || (length > 8 && !takeRest(view, at + 8, step))) return false;
  scan.at = end;
  return true;
}

function takeRest(view: DataView, from: number, { rest, restMask }: Step): boolean {
  const last = rest.length - 1;
  let at = from;
  for (let i = 0; i < last; i += 1, at += 4) {
    if (view.getInt32(at, true) !== rest[i]) return false;
  }
  return ((view.getInt32(at, true) ^ (rest[last] as number)) & restMask) === 0;
}

/** The rows most books are made of: two decimals. */
function takePairs(
  scan: WordScanner,
  [first, second, end]: readonly [Step, Step, Step],
  group: RowGroup,
): boolean {
  const { stride } = group;
  const lossBefore = scan.precisionLoss;
  scan.precisionLoss = false;
  for (let base = 0; ; base += stride) {
    if (base === group.values.length && !group.grow()) return false;
    if (!takeLiteral(scan, first)) return false;
    const price = scan.decimal();
    if (price < 0 || !takeLiteral(scan, second)) return false;
    const size = scan.decimal();
    if (size < 0 || !takeLiteral(scan, end) || scan.at >= scan.limit) return false;
    const { values } = group;
    values[base] = price;
    values[base + 1] = size;
    const next = scan.bytes[scan.at];
    scan.at += 1;
    if (next === COMMA) continue;
    group.count = base / stride + 1;
    group.precisionLoss = scan.precisionLoss;
    scan.precisionLoss = lossBefore;
    return next === CLOSE_ARRAY;
  }
}

function takeChoice(scan: WordScanner, choices: readonly Uint8Array[]): number {
  const { bytes, at } = scan;
  for (let i = 0; i < choices.length; i += 1) {
    const each = choices[i] as Uint8Array;
    let k = 0;
    while (k < each.length && bytes[at + k] === each[k]) k += 1;
    if (k < each.length || bytes[at + k] !== QUOTE) continue;
    scan.at = at + k;
    return i;
  }
  return -1;
}
