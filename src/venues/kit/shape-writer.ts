/** Writes the steps of a shape into a reader's memory, laid out as `assembly/layout.ts` says. */
import { Form } from './frame-spec.ts';
import type { Step } from './frame-step.ts';
import { ROWS_LENGTH, type ScanMemory, SHAPE_LENGTH } from './scan-memory.ts';

export const STEP_LENGTH = 64;
const STEP_MASK = 16;
const STEP_LITERAL_LENGTH = 32;
const STEP_FORM = 36;
const STEP_OUT = 40;
const STEP_EXTRA = 44;
const STEP_POOL = 48;
const STEP_BODY = 52;
const STEP_VALUE = 56;
const ROWS_PAIRS = 256;
const WORD_LENGTH = 16;
const CHOICE_LENGTH = 32;
const SLOT_LENGTH = 8;
/** What the module finds the end of within one word. */
const CHOICE_LENGTH_MAX = 15;

/** Slots of a row of each group, with those that nobody asked for and the precision loss. */
export type Strides = readonly number[];

export class ShapeWriter {
  readonly #memory: ScanMemory;
  readonly #own: number;
  readonly #strides: Strides;
  /** By number: tables are told apart by their place here. */
  readonly #tables: Step['table'][];
  #at = 0;
  #end = 0;

  /** `own` is the address of the reader's shapes. */
  constructor(memory: ScanMemory, own: number, strides: Strides, tables: Step['table'][]) {
    this.#memory = memory;
    this.#own = own;
    this.#strides = strides;
    this.#tables = tables;
  }

  /** Puts `steps` at the place of shape number `shape`; false when they do not fit. */
  write(shape: number, steps: readonly Step[]): boolean {
    this.#at = this.#own + shape * SHAPE_LENGTH;
    this.#end = this.#at + SHAPE_LENGTH;
    this.#memory.bytes.fill(0, this.#at, this.#end);
    return this.#steps(steps) >= 0;
  }

  /** Address of the first one, or -1. */
  #steps(steps: readonly Step[]): number {
    const first = this.#reserve(steps.length * STEP_LENGTH);
    if (first < 0) return -1;
    for (const [i, step] of steps.entries()) {
      if (!this.#step(first + i * STEP_LENGTH, step)) return -1;
    }
    return first;
  }

  #step(at: number, step: Step): boolean {
    const { bytes, i32, f64 } = this.#memory;
    const { literal, form } = step;
    bytes.set(literal.subarray(0, WORD_LENGTH), at);
    bytes.fill(0xff, at + STEP_MASK, at + STEP_MASK + Math.min(WORD_LENGTH, literal.length));
    i32[(at + STEP_LITERAL_LENGTH) >> 2] = literal.length;
    i32[(at + STEP_FORM) >> 2] = form;
    i32[(at + STEP_OUT) >> 2] = (form === Form.absent ? step.target : step.slot) * SLOT_LENGTH;
    if (literal.length > WORD_LENGTH) {
      const pool = this.#reserve(literal.length);
      if (pool < 0) return false;
      bytes.set(literal, pool);
      i32[(at + STEP_POOL) >> 2] = pool;
    }
    switch (form) {
      case Form.absent:
        f64[(at + STEP_VALUE) >> 3] = step.absent;
        return true;
      case Form.name:
        i32[(at + STEP_EXTRA) >> 2] = step.until | (this.#tableNumber(step.table) << 8);
        return true;
      case Form.choice:
        return this.#choices(at, step.choices);
      case Form.rows:
        return this.#rows(at, step);
      default:
        return true;
    }
  }

  #tableNumber(table: Step['table']): number {
    const known = this.#tables.indexOf(table);
    return known >= 0 ? known : this.#tables.push(table) - 1;
  }

  #choices(at: number, choices: readonly Uint8Array[]): boolean {
    const { bytes, i32 } = this.#memory;
    const list = this.#reserve(WORD_LENGTH + choices.length * CHOICE_LENGTH);
    if (list < 0) return false;
    i32[list >> 2] = choices.length;
    for (const [i, each] of choices.entries()) {
      if (each.length > CHOICE_LENGTH_MAX) return false;
      const entry = list + WORD_LENGTH + i * CHOICE_LENGTH;
      bytes.set(each, entry);
      i32[(entry + WORD_LENGTH) >> 2] = each.length;
    }
    i32[(at + STEP_BODY) >> 2] = list;
    return true;
  }

  #rows(at: number, { group, body }: Step): boolean {
    const { i32 } = this.#memory;
    const length = (this.#strides[group] as number) * SLOT_LENGTH;
    const first = this.#steps(body);
    if (first < 0 || length > ROWS_LENGTH) return false;
    i32[(at + STEP_EXTRA) >> 2] = group | (isPair(body) ? ROWS_PAIRS : 0);
    i32[(at + STEP_BODY) >> 2] = first;
    i32[(at + STEP_VALUE) >> 2] = length;
    return true;
  }

  /** Address of so many bytes, a multiple of a word; -1 when there is no room. */
  #reserve(length: number): number {
    const from = this.#at;
    const to = (from + length + WORD_LENGTH - 1) & -WORD_LENGTH;
    if (to > this.#end) return -1;
    this.#at = to;
    return from;
  }
}

/** Whether a row is two decimals, into its first two slots. */
function isPair([first, second, end]: readonly Step[]): boolean {
  if (first === undefined || second === undefined || end?.form !== Form.end) return false;
  return isDecimal(first) && isDecimal(second) && first.slot === 0 && second.slot === 1;
}

function isDecimal({ form }: Step): boolean {
  return form === Form.decimal || form === Form.quotedDecimal;
}
