/**
 * Numbers in plain digits. One comparison of sixteen bytes tells where the digits end, and where
 * the point stands; then eight digits at a time are summed up by three multiplications. So the next
 * value's place is known long before this one's.
 *
 * Each function takes the address of the first digit and returns the one behind the last, or 0 when
 * this is no such number; the number is in `Cursor.value`.
 */
import { Cursor, POINT, ZERO } from './cursor.ts';

const ZEROS: u64 = 0x3030303030303030;
/** Moves the digits to the lowest ten values of a signed byte. */
const TO_LOWEST: i8 = 0x50;
const LOWEST_NINE: i8 = -119;
/** Digits of one word. */
const WORD_DIGITS: i32 = 8;
/** Digits that always fit 64 bits. */
const DIGITS_MAX: i32 = 19;
const SAFE_MAX: u64 = 9007199254740991;
/** Integers up to 2^53 are exact as float64. */
const EXACT_MAX: u64 = 9007199254740992;
/** The first integer of more than 15 digits. */
const LOSS_FROM: u64 = 1000000000000000;
const LONGEST_ID: usize = 22;

const WHOLE_POWERS: StaticArray<u64> = [
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
];
/** Powers of ten that are exact. */
const POWERS: StaticArray<f64> = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
  1e18, 1e19, 1e20, 1e21, 1e22,
];

@inline
function power(count: i32): f64 {
  return load<f64>(changetype<usize>(POWERS) + ((<usize>count) << 3));
}

@inline
function wholePower(count: i32): u64 {
  return load<u64>(changetype<usize>(WHOLE_POWERS) + ((<usize>count) << 3));
}

/** Bits of those of sixteen bytes that are no digits. */
@inline
function othersAt(at: usize): i32 {
  const moved = i8x16.add(v128.load(at), i8x16.splat(TO_LOWEST));
  return i8x16.bitmask(i8x16.gt_s(moved, i8x16.splat(LOWEST_NINE)));
}

/** Value of the `count` digits before `end`, 1 to 8. */
@inline
function digitsBefore(end: usize, count: i32): u64 {
  const unused = 64 - (count << 3);
  let value = ((load<u64>(end - 8) ^ ZEROS) >> unused) << unused;
  value = ((value * 2561) >> 8) & 0x00ff00ff00ff00ff;
  value = ((value * 6553601) >> 16) & 0x0000ffff0000ffff;
  return (value * 42949672960001) >> 32;
}

@inline
function isDigit(byte: u8): bool {
  return byte - ZERO <= 9;
}

/** A safe integer ≥ 0. */
@inline
export function takeUnsigned(at: usize): usize {
  const others = othersAt(at);
  if (others === 0) return takeSixteen(at);
  const count = <i32>ctz(others);
  if (count === 0 || (count > 1 && load<u8>(at) === ZERO)) return 0;
  const end = at + count;
  if (count <= WORD_DIGITS) {
    Cursor.value = <f64>(<i64>digitsBefore(end, count));
  } else {
    const head = digitsBefore(end - 8, count - WORD_DIGITS);
    Cursor.value = <f64>(<i64>(head * 100000000 + digitsBefore(end, WORD_DIGITS)));
  }
  return end;
}

/** The longest ones: sixteen digits are at the limit of what is safe. */
function takeSixteen(at: usize): usize {
  const end = at + 16;
  if (isDigit(load<u8>(end)) || load<u8>(at) === ZERO) return 0;
  const value = digitsBefore(end - 8, WORD_DIGITS) * 100000000 + digitsBefore(end, WORD_DIGITS);
  Cursor.value = <f64>(<i64>value);
  return value <= SAFE_MAX ? end : 0;
}

/**
 * A decimal ≥ 0 as the nearest float64: an integer that is exact, and one division by a power of
 * ten that is exact too (Clinger 1990). More than 19 digits, or 16 that are not exact, are none.
 */
@inline
export function takeDecimal(at: usize): usize {
  const others = othersAt(at);
  const whole = <i32>ctz(others);
  const point = at + whole;
  if (others === 0 || whole > WORD_DIGITS) return takeLong(at);
  if (whole === 0 || (whole > 1 && load<u8>(at) === ZERO)) return 0;
  if (load<u8>(point) !== POINT) {
    Cursor.value = <f64>(<i64>digitsBefore(point, whole));
    return point;
  }
  const behind = others & (others - 1);
  if (behind === 0) return takeLong(at);
  const end = at + ctz(behind);
  const places = <i32>(end - point) - 1;
  if (places > WORD_DIGITS) return takeLong(at);
  if (places === 0) return 0;
  const value = digitsBefore(point, whole) * wholePower(places) + digitsBefore(end, places);
  if (value >= LOSS_FROM) return takeLong(at);
  Cursor.value = <f64>(<i64>value) / power(places);
  return end;
}

/** Any decimal, digit by digit. */
function takeLong(from: usize): usize {
  let at = from;
  let value: u64 = 0;
  for (; isDigit(load<u8>(at)); at += 1) {
    if (<i32>(at - from) >= DIGITS_MAX) return 0;
    value = value * 10 + (load<u8>(at) - ZERO);
  }
  const whole = <i32>(at - from);
  if (whole === 0 || (whole > 1 && load<u8>(from) === ZERO)) return 0;
  let places = 0;
  if (load<u8>(at) === POINT) {
    at += 1;
    for (; isDigit(load<u8>(at)); at += 1) {
      places += 1;
      if (whole + places > DIGITS_MAX) return 0;
      value = value * 10 + (load<u8>(at) - ZERO);
    }
    if (places === 0) return 0;
  }
  return setLong(value, places) ? at : 0;
}

/** Zeros at the end count neither as digits nor as places. */
function setLong(digits: u64, places: i32): bool {
  let value = digits;
  let exponent = -places;
  while (value !== 0 && value % 10 === 0) {
    value /= 10;
    exponent += 1;
  }
  if (value >= LOSS_FROM) Cursor.loss = true;
  const exact = <f64>(<i64>value);
  Cursor.value = exponent < 0 ? exact / power(-exponent) : exact * power(exponent);
  return value <= EXACT_MAX;
}

/** 1 to 22 digits of an integer, which may be longer than a number. */
export function takeDigits(from: usize): usize {
  const end = from + LONGEST_ID;
  let at = from;
  while (at < end && isDigit(load<u8>(at))) at += 1;
  return at > from && (load<u8>(from) !== ZERO || at === from + 1) ? at : 0;
}
