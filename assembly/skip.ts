/**
 * Values that nobody asked for, written without white space. Each function takes the address of the
 * first byte and returns the one behind the last, or 0 when this is no such value.
 */
import { CLOSE_ARRAY, COMMA, Cursor, POINT, QUOTE, ZERO } from './cursor.ts';
import { skipText } from './texts.ts';

const MINUS: u8 = 0x2d;
const COLON: u8 = 0x3a;
const OPEN_ARRAY: u8 = 0x5b;
const OPEN_OBJECT: u8 = 0x7b;
const CLOSE_OBJECT: u8 = 0x7d;
const DEPTH_MAX: i32 = 8;
/** `true`, `alse` and `null` as words. */
const TRUE: u32 = 0x65757274;
const ALSE: u32 = 0x65736c61;
const NULL: u32 = 0x6c6c756e;
const LETTER_F: u8 = 0x66;

/** A plain text, a number without exponent, true, false or null. */
export function skipScalar(at: usize): usize {
  const byte = load<u8>(at);
  if (byte === QUOTE) return skipText(at);
  if (byte === MINUS || byte - ZERO <= 9) return skipNumber(at);
  return load<u32>(at) === NULL ? at + 4 : takeFlag(at);
}

/** `true` is 1, `false` 0. */
export function takeFlag(at: usize): usize {
  if (load<u32>(at) === TRUE) {
    Cursor.value = 1;
    return at + 4;
  }
  Cursor.value = 0;
  return load<u8>(at) === LETTER_F && load<u32>(at + 1) === ALSE ? at + 5 : 0;
}

/** The same as `skipScalar`, and arrays and objects. */
export function skipNested(from: usize, depth: i32): usize {
  const open = load<u8>(from);
  if (open !== OPEN_ARRAY && open !== OPEN_OBJECT) return skipScalar(from);
  const close = open === OPEN_ARRAY ? CLOSE_ARRAY : CLOSE_OBJECT;
  let at = from + 1;
  if (depth === DEPTH_MAX) return 0;
  if (load<u8>(at) === close) return at + 1;
  while (at < Cursor.limit) {
    if (open === OPEN_OBJECT) {
      at = skipText(at);
      if (at === 0 || load<u8>(at) !== COLON) return 0;
      at += 1;
    }
    at = skipNested(at, depth + 1);
    if (at === 0) return 0;
    const next = load<u8>(at);
    at += 1;
    if (next === close) return at;
    if (next !== COMMA) return 0;
  }
  return 0;
}

/** `-?(0|[1-9][0-9]*)(\.[0-9]+)?` */
function skipNumber(first: usize): usize {
  const from = first + (load<u8>(first) === MINUS ? 1 : 0);
  const at = endOfDigits(from);
  if (at === from || (at > from + 1 && load<u8>(from) === ZERO)) return 0;
  if (load<u8>(at) !== POINT) return at;
  const end = endOfDigits(at + 1);
  return end === at + 1 ? 0 : end;
}

function endOfDigits(from: usize): usize {
  let at = from;
  while (at < Cursor.limit && load<u8>(at) - ZERO <= 9) at += 1;
  return at;
}
