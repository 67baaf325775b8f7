/**
 * Finds the shape of one frame: walks its text along the venue's specification and notes what must
 * be the same in every frame, and the values between. Runs once a shape, never in the hot path.
 */
import { Form, type Leaf, type Spec } from './frame-spec.ts';
import { createStep, type Step, UNUSED_SLOT } from './frame-step.ts';

/** Frames with anything else in them are the slow path's. */
const PLAIN = /^[ !#-[\]-~"]+$/;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?/y;
const TEXT = /"[ !#-[\]-~]*"/y;
const WORD = /true|false|null/y;
const DECIMAL = /^(?:0|[1-9]\d*)(?:\.\d+)?$/;
const QUOTED_NUMBERS: readonly Form[] = [
  Form.quotedUnsigned,
  Form.quotedDecimal,
  Form.rangedDecimal,
];
const TEXT_LENGTH_MAX = 64;
const QUOTE = 0x22;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const ascii = new TextDecoder('latin1');
const encoder = new TextEncoder();

/** Where a frame and a specification do not fit. */
class Misfit extends Error {}
/** Thrown again and again: where it happened is of no use. */
const MISFIT = new Misfit();

export class FrameLearner {
  readonly #text: string;
  /** Slots of a row of each group. */
  readonly #slots: readonly number[];
  #at = 0;
  #literal = '';
  #steps: Step[] = [];
  #unused = UNUSED_SLOT;

  constructor(frame: Uint8Array, length: number, slots: readonly number[]) {
    this.#text = ascii.decode(frame.slice(0, length));
    this.#slots = slots;
  }

  /** Undefined when the frame does not follow the specification. */
  learn(spec: Spec): readonly Step[] | undefined {
    if (!PLAIN.test(this.#text)) return undefined;
    this.#at = 0;
    this.#literal = '';
    this.#steps = [];
    this.#unused = UNUSED_SLOT;
    try {
      this.#value(spec);
      this.#check(this.#at === this.#text.length);
    } catch (error) {
      if (error instanceof Misfit) return undefined;
      throw error;
    }
    this.#push(Form.end);
    return this.#steps;
  }

  #value(spec: Spec): void {
    switch (spec.kind) {
      case 'leaf':
        this.#leaf(spec);
        break;
      case 'constant': {
        const raw = this.#scalar();
        const { allowed } = spec;
        this.#check(allowed === undefined || allowed.some((each) => JSON.stringify(each) === raw));
        this.#literal += raw;
        break;
      }
      case 'object':
        this.#object(spec.fields);
        break;
      case 'tuple':
        this.#tuple(spec.items, spec.isOpen);
        break;
      case 'rows':
        this.#rows(spec.group, spec.row);
        break;
      case 'never':
        this.#check(false);
        break;
      case 'optional':
        this.#value(spec.spec);
    }
  }

  #object(fields: Readonly<Record<string, Spec>>): void {
    this.#take('{');
    const seen = new Set<string>();
    do {
      const key = this.#match(TEXT);
      const name = key.slice(1, -1);
      // The last of two counts for a parser, so a frame with both is not for learning.
      this.#check(!seen.has(name));
      seen.add(name);
      this.#literal += key;
      this.#take(':');
      const spec = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (spec !== undefined) this.#value(spec);
      else this.#other();
    } while (this.#took(','));
    this.#take('}');
    for (const [name, spec] of Object.entries(fields)) {
      if (!seen.has(name)) this.#absent(spec);
    }
  }

  #absent(spec: Spec): void {
    if (spec.kind === 'never') return;
    if (spec.kind !== 'optional') throw MISFIT;
    if (spec.spec.kind !== 'leaf') return;
    this.#push(Form.absent, { target: spec.spec.slot, absent: spec.absent });
  }

  #tuple(items: readonly Spec[], isOpen: boolean): void {
    this.#take('[');
    for (const [i, item] of items.entries()) {
      if (i > 0) this.#take(',');
      this.#value(item);
    }
    while (isOpen && this.#took(',')) this.#other();
    this.#take(']');
  }

  /** The first row tells the shape of all. */
  #rows(group: number, row: Spec): void {
    this.#take('[');
    const outer = { literal: this.#literal, steps: this.#steps, unused: this.#unused };
    this.#literal = '';
    this.#steps = [];
    this.#unused = this.#slots[group] as number;
    this.#value(row);
    this.#push(Form.end);
    const body = this.#steps;
    this.#check(this.#peek() === ',' || this.#peek() === ']');
    this.#skipToEnd();
    this.#literal = outer.literal;
    this.#steps = outer.steps;
    this.#unused = outer.unused;
    this.#push(Form.rows, { group, body });
  }

  #leaf(leaf: Leaf): void {
    const { form, slot } = leaf;
    if (form === Form.unsigned || form === Form.decimal || form === Form.digits) {
      this.#check(DECIMAL.test(this.#match(NUMBER)));
      this.#push(form, { slot });
      return;
    }
    if (form === Form.flag) {
      const word = this.#match(WORD);
      this.#check(word !== 'null');
      this.#push(form, { slot });
      return;
    }
    const value = this.#match(TEXT).slice(1, -1);
    this.#literal += '"';
    if (form === Form.name) this.#name(leaf, value);
    else if (form === Form.same) this.#push(form);
    else {
      this.#check(!QUOTED_NUMBERS.includes(form) || DECIMAL.test(value));
      this.#check(form !== Form.text || (value !== '' && value.length <= TEXT_LENGTH_MAX));
      const { choices = [] } = leaf;
      this.#check(form !== Form.choice || choices.includes(value));
      this.#push(form, { slot, choices: choices.map((each) => encoder.encode(each)) });
    }
    this.#literal += '"';
  }

  #name({ slot, table, pattern }: Leaf, value: string): void {
    const [, before = '', , behind = ''] = pattern?.exec(value) ?? ['', '', value, ''];
    this.#check(pattern === undefined || pattern.test(value));
    this.#literal += before;
    const until = `${behind}"`.charCodeAt(0);
    if (table !== undefined) this.#push(Form.name, { slot, table, until });
    this.#literal += behind;
  }

  #other(): void {
    const first = this.#peek();
    const isNested = first === '[' || first === '{';
    this.#skip();
    this.#push(isNested ? Form.nested : Form.other, { slot: this.#unused });
  }

  #push(form: Form, fields: Partial<Step> = {}): void {
    const slot = { slot: this.#unused };
    this.#steps.push(createStep(this.#literal, form, { ...slot, ...fields }));
    this.#literal = '';
  }

  /** A text, number, true, false or null as it is written. */
  #scalar(): string {
    const first = this.#peek();
    if (first === '"') return this.#match(TEXT);
    return this.#match(first === '-' || (first >= '0' && first <= '9') ? NUMBER : WORD);
  }

  /** Passes over any value: no plain text holds a quote, so brackets outside of them tell. */
  #skip(): void {
    const open = this.#peek();
    if (open === '[' || open === '{') {
      this.#at += 1;
      this.#skipToEnd();
    } else this.#scalar();
  }

  /** To behind the bracket that closes what is open. What lies between is the slow path's proof. */
  #skipToEnd(): void {
    const text = this.#text;
    let depth = 1;
    let isText = false;
    let at = this.#at;
    for (; depth > 0 && at < text.length; at += 1) {
      const mark = text.charCodeAt(at);
      if (mark === QUOTE) isText = !isText;
      else if (isText) continue;
      else if (mark === OPEN_ARRAY || mark === OPEN_OBJECT) depth += 1;
      else if (mark === CLOSE_ARRAY || mark === CLOSE_OBJECT) depth -= 1;
    }
    this.#check(depth === 0);
    this.#at = at;
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  /** Takes `mark` into the literal. */
  #take(mark: string): void {
    this.#check(this.#took(mark));
  }

  #took(mark: string): boolean {
    if (this.#peek() !== mark) return false;
    this.#literal += mark;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) throw MISFIT;
    this.#at += found.length;
    return found;
  }

  #check(isFit: boolean): void {
    if (!isFit) throw MISFIT;
  }
}
