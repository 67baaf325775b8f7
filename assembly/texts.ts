/** Texts between quotes, sixteen bytes at a time; each returns the address behind, 0 for none. */
import { Cursor, QUOTE } from './cursor.ts';

const TEXT_LENGTH_MAX: usize = 64;
const BACKSLASH: i8 = 0x5c;

/** Sixteen times 0xff, then zeros: from the middle on, masks of the first bytes of a word. */
const MASKS: StaticArray<u8> = [
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

/** Covers the first `count` bytes, 0 to 16. */
@inline
export function maskOf(count: usize): v128 {
  return v128.load(changetype<usize>(MASKS) + 16 - count);
}

/** Bits of bytes that do not stand for themselves: controls, quote, backslash, no ASCII. */
@inline
function specials(bytes: v128): i32 {
  const quotes = i8x16.eq(bytes, i8x16.splat(<i8>QUOTE));
  const slashes = i8x16.eq(bytes, i8x16.splat(BACKSLASH));
  // Signed: what is no ASCII is negative.
  const others = i8x16.lt_s(bytes, i8x16.splat(0x20));
  return i8x16.bitmask(v128.or(v128.or(quotes, slashes), others));
}

/** Plain ASCII up to a quote: its address, or 0 when another byte follows. */
export function takePlain(from: usize): usize {
  for (let at = from; at < Cursor.limit; at += 16) {
    const found = specials(v128.load(at));
    if (found === 0) continue;
    const end = at + ctz(found);
    return end < Cursor.limit && load<u8>(end) === QUOTE ? end : 0;
  }
  return 0;
}

/** The same with its quotes. */
export function skipText(at: usize): usize {
  if (load<u8>(at) !== QUOTE) return 0;
  const end = takePlain(at + 1);
  return end === 0 ? 0 : end + 1;
}

/** 1 to 64 plain characters up to a quote. */
@inline
export function takeText(from: usize): usize {
  const end = takePlain(from);
  return end > from && end - from <= TEXT_LENGTH_MAX ? end : 0;
}

/** Place of the text in a list: its count, then 32 bytes each: the text and its length. */
@inline
export function takeChoice(at: usize, list: usize): usize {
  const bytes = v128.load(at);
  const quotes = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(<i8>QUOTE)));
  if (quotes === 0) return 0;
  const length = <usize>ctz(quotes);
  const text = v128.and(bytes, maskOf(length));
  const count = load<i32>(list);
  let entry = list + 16;
  for (let i = 0; i < count; i += 1, entry += 32) {
    if (<usize>load<i32>(entry, 16) !== length) continue;
    if (v128.any_true(v128.xor(text, v128.load(entry)))) continue;
    Cursor.value = <f64>i;
    return at + length;
  }
  return 0;
}
