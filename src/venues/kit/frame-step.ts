/** One step of a frame's shape: bytes that are always the same, then a value. */
import type { Form } from './frame-spec.ts';
import type { SymbolTable } from './symbol-table.ts';

export interface Step {
  readonly literal: Uint8Array;
  readonly form: Form;
  readonly slot: number;
  /** Of a name: where it is looked up, and the byte behind it. */
  readonly table: SymbolTable | undefined;
  readonly until: number;
  readonly choices: readonly Uint8Array[];
  readonly group: number;
  readonly body: readonly Step[];
  /** Of an absent field: what its slot holds. */
  readonly absent: number;
  readonly target: number;
}

/** Slot for what nobody asked for. */
export const UNUSED_SLOT = 30;

const encoder = new TextEncoder();

export function createStep(literal: string, form: Form, fields: Partial<Step> = {}): Step {
  return {
    literal: encoder.encode(literal),
    form,
    slot: 0,
    table: undefined,
    until: 0,
    choices: [],
    group: 0,
    body: [],
    absent: Number.NaN,
    target: 0,
    ...fields,
  };
}
