/**
 * What a venue says of a kind of frame that comes all day, for `FrameReader`: which fields of its
 * JSON matter, how their values are written and where they go. Every field that the venue's slow
 * path looks at must be in the specification; others are passed over, as the slow path does.
 *
 * ```ts
 * object({ channel: constant('trades'), data: rows(0, object({ px: quotedDecimal(0), … })) })
 * ```
 */
import type { SymbolTable } from './symbol-table.ts';

/** How a value is written. Slots hold numbers; of a text the start, and its end one slot on. */
export const Form = {
  /** Ends the steps: nothing but the literal. */
  end: 0,
  unsigned: 1,
  quotedUnsigned: 2,
  decimal: 3,
  quotedDecimal: 4,
  /** Plain ASCII between quotes, which are part of the literals around it. */
  text: 5,
  /** As `text`, as the value it has in a table. */
  name: 6,
  /** The same text as an earlier one. */
  same: 7,
  /** One of a few texts: its place in the list. */
  choice: 8,
  flag: 9,
  /** A number, text, flag or null that nobody asked for. */
  other: 10,
  /** As `other`, arrays and objects too. */
  nested: 11,
  rows: 12,
  /** `2023-10-06T17:35:55.440295Z` between quotes, as µs. */
  isoTime: 13,
  /** As `quotedDecimal`, and where its text starts and ends in the next two slots. */
  rangedDecimal: 15,
  /** 1 to 22 digits, as `text`. */
  digits: 16,
  /** Not in these frames: the slot holds what stands for that. */
  absent: 14,
} as const;
export type Form = (typeof Form)[keyof typeof Form];

export interface Leaf {
  readonly kind: 'leaf';
  readonly form: Form;
  readonly slot: number;
  readonly table?: SymbolTable;
  /** Of `name`: what stands before, the name and what stands behind, as three groups. */
  readonly pattern?: RegExp;
  readonly choices?: readonly string[];
}

export type Spec =
  | Leaf
  | { readonly kind: 'constant'; readonly allowed: readonly unknown[] | undefined }
  | { readonly kind: 'object'; readonly fields: Readonly<Record<string, Spec>> }
  | { readonly kind: 'tuple'; readonly items: readonly Spec[]; readonly isOpen: boolean }
  | { readonly kind: 'rows'; readonly group: number; readonly row: Spec }
  | { readonly kind: 'never' }
  | { readonly kind: 'optional'; readonly spec: Spec; readonly absent: number };

function leaf(form: Form): (slot: number) => Leaf {
  return (slot) => ({ kind: 'leaf', form, slot });
}

/** A safe integer ≥ 0 in plain digits; in quotes. */
export const unsigned = leaf(Form.unsigned);
export const quotedUnsigned = leaf(Form.quotedUnsigned);
/** A JSON number ≥ 0 without an exponent and of at most 15 significant digits. */
export const decimal = leaf(Form.decimal);
/** Raises `precisionLoss` of its reader or group beyond 15 significant digits. */
export const quotedDecimal = leaf(Form.quotedDecimal);
/** Its text as well; takes three slots. */
export const rangedDecimal = leaf(Form.rangedDecimal);
/** A number that may be longer than a float64; takes two slots. */
export const digits = leaf(Form.digits);
/** 1 to 64 characters of plain ASCII; takes two slots. */
export const text = leaf(Form.text);
export const flag = leaf(Form.flag);
export const isoTime = leaf(Form.isoTime);

/** A text in `table`, all of it or the second group of `pattern`. */
export function name(slot: number, table: SymbolTable, pattern?: RegExp): Leaf {
  return { kind: 'leaf', form: Form.name, slot, table, ...(pattern ? { pattern } : {}) };
}

/** The name read last, once more. */
export const same: Leaf = { kind: 'leaf', form: Form.same, slot: 0 };

export function choice(slot: number, choices: readonly string[]): Leaf {
  return { kind: 'leaf', form: Form.choice, slot, choices };
}

/** Part of the frame's shape: frames that differ here have shapes of their own. */
export function constant(...allowed: readonly unknown[]): Spec {
  return { kind: 'constant', allowed: allowed.length === 0 ? undefined : allowed };
}

export function object(fields: Readonly<Record<string, Spec>>): Spec {
  return { kind: 'object', fields };
}

/** An array of exactly these; what follows them in an open one is passed over. */
export function tuple(...items: readonly Spec[]): Spec {
  return { kind: 'tuple', items, isOpen: false };
}

export function openTuple(...items: readonly Spec[]): Spec {
  return { kind: 'tuple', items, isOpen: true };
}

/** An array of any length; values of a row go to the group of this number. */
export function rows(group: number, row: Spec): Spec {
  return { kind: 'rows', group, row };
}

/** A field with which the frame is another one. */
export const never: Spec = { kind: 'never' };

/** A field that may be missing: `absent` is in its slot then. */
export function optional(spec: Spec, absent = Number.NaN): Spec {
  return { kind: 'optional', spec, absent };
}
