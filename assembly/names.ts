/**
 * Names that frames bring again and again, by all their bytes: the module holds those it was told
 * and says when it meets another one.
 *
 * An entry is the name's 32 bytes, zeros behind it, its value and its key (length and table).
 */
import { Cursor, QUOTE } from './cursor.ts';
import {
  HEADER,
  HEADER_NAME,
  NAME_ENTRY_LENGTH,
  NAMES,
  NAMES_BITS,
  STEP_EXTRA,
} from './layout.ts';
import { maskOf } from './texts.ts';

const NAME_LENGTH_MAX: usize = 31;
/** Places of a name, newest first. */
const WAYS: usize = 4;
const ENTRY_VALUE: usize = 32;
const ENTRY_KEY: usize = 40;

@inline
function lengthUntil(at: usize, until: i32): usize {
  const wanted = i8x16.splat(<i8>until);
  const first = i8x16.bitmask(i8x16.eq(v128.load(at), wanted));
  if (first !== 0) return ctz(first);
  const second = i8x16.bitmask(i8x16.eq(v128.load(at + 16), wanted));
  return second === 0 ? NAME_LENGTH_MAX + 1 : 16 + ctz(second);
}

@inline
function headOf(at: usize, length: usize): v128 {
  return v128.and(v128.load(at), maskOf(min<usize>(length, 16)));
}

@inline
function tailOf(at: usize, length: usize): v128 {
  return v128.and(v128.load(at + 16), maskOf(max<usize>(length, 16) - 16));
}

/** Every bit counts: names of a venue often differ in a single character. */
@inline
function placeOf(head: v128, tail: v128, key: i32): usize {
  let mixed = i64x2.extract_lane(head, 0) * 0x9e3779b97f4a7c15;
  mixed = (mixed ^ (mixed >>> 29) ^ i64x2.extract_lane(head, 1)) * 0x2545f4914f6cdd1d;
  mixed ^= i64x2.extract_lane(tail, 0) ^ rotl(i64x2.extract_lane(tail, 1), 17) ^ key;
  mixed *= 0x9e3779b97f4a7c15;
  return <usize>(<u64>mixed >> (64 - NAMES_BITS));
}

@inline
function isEntry(entry: usize, head: v128, tail: v128, key: i32): bool {
  if (load<i32>(entry, ENTRY_KEY) !== key) return false;
  const other = v128.or(v128.xor(head, v128.load(entry)), v128.xor(tail, v128.load(entry, 16)));
  return !v128.any_true(other);
}

/** The name up to the byte behind it, whose address it returns, or 0. */
@inline
export function takeName(at: usize, step: usize): usize {
  const extra = load<i32>(step, STEP_EXTRA);
  const length = lengthUntil(at, extra & 0xff);
  const end = at + length;
  if (length === 0 || length > NAME_LENGTH_MAX || end >= Cursor.limit) return 0;
  Cursor.nameFrom = at;
  Cursor.nameLength = length;
  const key = <i32>length | (extra & ~0xff);
  const head = headOf(at, length);
  const tail = tailOf(at, length);
  const place = placeOf(head, tail, key);
  for (let way: usize = 0; way < WAYS; way += 1) {
    const entry = Cursor.names + (place ^ way) * NAME_ENTRY_LENGTH;
    if (!isEntry(entry, head, tail, key)) continue;
    Cursor.value = load<f64>(entry, ENTRY_VALUE);
    return Cursor.value >= 0 ? end : 0;
  }
  Cursor.missed = true;
  store<i32>(HEADER + HEADER_NAME, <i32>at);
  store<i32>(HEADER + HEADER_NAME, <i32>end, 4);
  store<i32>(HEADER + HEADER_NAME, extra >> 8, 8);
  return 0;
}

/**
 * Keeps the missing name for the reader whose own is at `reader`; -1 is the value of one that
 * nobody knows.
 */
export function addName(reader: usize, value: f64): void {
  Cursor.names = reader + NAMES;
  const at = <usize>load<i32>(HEADER + HEADER_NAME);
  const length = <usize>load<i32>(HEADER + HEADER_NAME, 4) - at;
  const key = <i32>length | (load<i32>(HEADER + HEADER_NAME, 8) << 8);
  const head = headOf(at, length);
  const tail = tailOf(at, length);
  const place = placeOf(head, tail, key);
  for (let way = WAYS - 1; way > 0; way -= 1) {
    const older = Cursor.names + (place ^ (way - 1)) * NAME_ENTRY_LENGTH;
    memory.copy(Cursor.names + (place ^ way) * NAME_ENTRY_LENGTH, older, NAME_ENTRY_LENGTH);
  }
  const entry = Cursor.names + place * NAME_ENTRY_LENGTH;
  v128.store(entry, head);
  v128.store(entry, tail, 16);
  store<f64>(entry, value, ENTRY_VALUE);
  store<i32>(entry, key, ENTRY_KEY);
}

/** The same name once more, and a quote behind it. */
@inline
export function takeSame(at: usize): usize {
  const from = Cursor.nameFrom;
  const length = Cursor.nameLength;
  const end = at + length;
  // Nothing can be the same as a name that is still to come.
  if (from === 0 || end >= Cursor.limit || load<u8>(end) !== QUOTE) return 0;
  const head = v128.xor(headOf(from, length), headOf(at, length));
  const tail = v128.xor(tailOf(from, length), tailOf(at, length));
  return v128.any_true(v128.or(head, tail)) ? 0 : end;
}
