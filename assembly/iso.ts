/** Times written as `2023-10-06T17:35:55.440295Z`, with one to six digits behind the second. */
import { Cursor, POINT, ZERO } from './cursor.ts';

const DASH: u8 = 0x2d;
const COLON: u8 = 0x3a;
const LETTER_T: u8 = 0x54;
const LETTER_Z: u8 = 0x5a;
const SECONDS_LENGTH: usize = 19;
const FRACTION_DIGITS: i32 = 6;
const DAYS_BEFORE_1970: i32 = 719468;

/** µs since the Unix epoch; the address behind the time, or 0. */
export function takeIsoTime(at: usize): usize {
  const isShaped =
    load<u8>(at, 4) === DASH &&
    load<u8>(at, 7) === DASH &&
    load<u8>(at, 10) === LETTER_T &&
    load<u8>(at, 13) === COLON &&
    load<u8>(at, 16) === COLON &&
    load<u8>(at, SECONDS_LENGTH) === POINT;
  if (!isShaped) return 0;
  const century = twoDigits(at);
  const years = twoDigits(at + 2);
  const month = twoDigits(at + 5);
  const day = twoDigits(at + 8);
  const hour = twoDigits(at + 11);
  const minute = twoDigits(at + 14);
  const second = twoDigits(at + 17);
  if (century > 99 || years > 99 || month < 1 || month > 12) return 0;
  const year = century * 100 + years;
  if (day < 1 || day > daysOf(year, month)) return 0;
  if (hour > 23 || minute > 59 || second > 59) return 0;
  let us = 0;
  let digits = 0;
  let end = at + SECONDS_LENGTH + 1;
  for (; digits < FRACTION_DIGITS; digits += 1, end += 1) {
    const digit = load<u8>(end) - ZERO;
    if (digit > 9) break;
    us = us * 10 + digit;
  }
  if (digits === 0 || load<u8>(end) !== LETTER_Z) return 0;
  for (; digits < FRACTION_DIGITS; digits += 1) us *= 10;
  const seconds = <i64>dayNumber(year, month, day) * 86400 + (hour * 60 + minute) * 60 + second;
  if (seconds < 0) return 0;
  Cursor.value = <f64>(seconds * 1000000 + us);
  return end + 1;
}

/** A value above 99 when one is no digit. */
function twoDigits(at: usize): i32 {
  const tens = load<u8>(at) - ZERO;
  const ones = load<u8>(at, 1) - ZERO;
  return tens > 9 || ones > 9 ? 100 : <i32>tens * 10 + <i32>ones;
}

function daysOf(year: i32, month: i32): i32 {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970-01-01 of the Gregorian calendar, whose years are counted from March here. */
function dayNumber(year: i32, month: i32, day: i32): i32 {
  const y = month <= 2 ? year - 1 : year;
  const m = month <= 2 ? month + 9 : month - 3;
  // Floors: the year before 0 is -1.
  const leaps = y >= 0 ? y / 4 - y / 100 + y / 400 : -1;
  return y * 365 + leaps + (153 * m + 2) / 5 + day - 1 - DAYS_BEFORE_1970;
}
