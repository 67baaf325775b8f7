/** One step of a frame's shape: bytes that are always the same, then a value. */
import { Form } from './frame-spec.ts';
import type { NameCache } from './name-cache.ts';

/** All steps have all fields, so that the reader's loop sees one kind of object. */
export interface Step {
  /** The literal's first eight bytes as two words, each under its mask. */
  readonly first: number;
  readonly firstMask: number;
  readonly second: number;
  readonly secondMask: number;
  /** What comes behind them, in words of four bytes, the last one under `restMask`. */
  readonly rest: Int32Array;
  readonly restMask: number;
  /** Of the literal, in bytes. */
  readonly length: number;
  readonly form: Form;
  readonly slot: number;
  readonly names: NameCache | undefined;
  readonly choices: readonly Uint8Array[];
  readonly group: number;
  readonly body: readonly Step[];
  /** The body where it is two decimals, into the row's first two slots. */
  readonly pair: readonly [Step, Step, Step] | undefined;
  /** Of an absent field: what its slot holds. */
  readonly absent: number;
  readonly target: number;
}

/** Slot for what nobody asked for. */
export const UNUSED_SLOT = 31;

const encoder = new TextEncoder();

export function createStep(literal: string, form: Form, fields: Partial<Step> = {}): Step {
  const bytes = encoder.encode(literal);
  const { length } = bytes;
  const padded = new Uint8Array(Math.max(8, (length + 3) & ~3));
  padded.set(bytes);
  const words = new Int32Array(padded.buffer);
  return {
    first: words[0] as number,
    firstMask: maskOf(length),
    second: words[1] as number,
    secondMask: maskOf(length - 4),
    rest: words.slice(2),
    restMask: length > 8 ? maskOf(((length - 1) & 3) + 1) : 0,
    length,
    form,
    slot: 0,
    names: undefined,
    choices: [],
    group: 0,
    body: [],
    pair: pairOf(fields.body),
    absent: Number.NaN,
    target: 0,
    ...fields,
  };
}

/** Covers the first `count` bytes of a word. */
function maskOf(count: number): number {
  if (count <= 0) return 0;
  return count >= 4 ? -1 : (1 << (8 * count)) - 1;
}

function pairOf(body: readonly Step[] = []): Step['pair'] {
  const [first, second, end] = body;
  if (first === undefined || second === undefined || end === undefined) return undefined;
  const isPair = isDecimal(first) && isDecimal(second) && first.slot === 0 && second.slot === 1;
  return isPair && end.form === Form.end ? [first, second, end] : undefined;
}

function isDecimal({ form }: Step): boolean {
  return form === Form.decimal || form === Form.quotedDecimal;
}
