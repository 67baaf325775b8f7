/** Passes over JSON values that nobody asked for; of the bytes a `WordScanner` stands at. */
import type { WordScanner } from './word-scan.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const DEPTH_MAX = 8;
const encoder = new TextEncoder();
const TRUE = encoder.encode('true');
const FALSE = encoder.encode('false');
const NULL = encoder.encode('null');

/** A plain text, a number without exponent, true, false or null. */
export function skipScalar(scan: WordScanner): boolean {
  const byte = scan.bytes[scan.at] as number;
  if (byte === QUOTE) return skipText(scan);
  if (byte === MINUS || isDigit(byte)) return skipNumber(scan);
  return takeWord(scan, TRUE) || takeWord(scan, FALSE) || takeWord(scan, NULL);
}

/** The same, and arrays and objects of them without white space. */
export function skipNested(scan: WordScanner, depth = 0): boolean {
  const open = scan.bytes[scan.at];
  if (open !== OPEN_ARRAY && open !== OPEN_OBJECT) return skipScalar(scan);
  const close = open === OPEN_ARRAY ? CLOSE_ARRAY : CLOSE_OBJECT;
  scan.at += 1;
  if (depth === DEPTH_MAX) return false;
  if (takeByte(scan, close)) return true;
  while (scan.at < scan.limit) {
    if (open === OPEN_OBJECT && !(skipText(scan) && takeByte(scan, COLON))) return false;
    if (!skipNested(scan, depth + 1)) return false;
    if (takeByte(scan, close)) return true;
    if (!takeByte(scan, COMMA)) return false;
  }
  return false;
}

/** 1 for `true`, 0 for `false`, -1 for anything else. */
export function scanFlag(scan: WordScanner): number {
  if (takeWord(scan, TRUE)) return 1;
  return takeWord(scan, FALSE) ? 0 : -1;
}

function skipText(scan: WordScanner): boolean {
  scan.at += 1;
  if (scan.bytes[scan.at - 1] !== QUOTE || !scan.plain()) return false;
  scan.at += 1;
  return true;
}

/** `-?(0|[1-9][0-9]*)(\.[0-9]+)?` */
function skipNumber(scan: WordScanner): boolean {
  const { bytes, limit } = scan;
  const from = scan.at + (bytes[scan.at] === MINUS ? 1 : 0);
  let at = from;
  while (at < limit && isDigit(bytes[at] as number)) at += 1;
  if (at === from || (at > from + 1 && bytes[from] === ZERO)) return false;
  if (at < limit && bytes[at] === POINT) {
    const point = at;
    at += 1;
    while (at < limit && isDigit(bytes[at] as number)) at += 1;
    if (at === point + 1) return false;
  }
  scan.at = at;
  return true;
}

function takeWord(scan: WordScanner, word: Uint8Array): boolean {
  const { bytes, at } = scan;
  for (let i = 0; i < word.length; i += 1) if (bytes[at + i] !== word[i]) return false;
  scan.at = at + word.length;
  return true;
}

function takeByte(scan: WordScanner, byte: number): boolean {
  if (scan.bytes[scan.at] !== byte) return false;
  scan.at += 1;
  return true;
}

function isDigit(byte: number): boolean {
  return (byte - ZERO) >>> 0 <= 9;
}
