/** Sequence numbers from the digits of a frame, in two parts that are exact; of the fast path. */
import type { WordScanner } from '../kit/word-scan.ts';
import type { Sequence } from './sequence-track.ts';

const ZERO = 0x30;
const LOW_DIGITS = 15;

/** Reads the digits from `values[slot]` to `values[slot + 1]`. */
export function takeSequence(
  { bytes }: WordScanner,
  values: Float64Array,
  slot: number,
  out: Sequence,
): void {
  const from = values[slot] as number;
  const to = values[slot + 1] as number;
  const cut = Math.max(from, to - LOW_DIGITS);
  out.high = numberIn(bytes, from, cut);
  out.low = numberIn(bytes, cut, to);
}

function numberIn(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) value = value * 10 + ((bytes[at] as number) - ZERO);
  return value;
}
