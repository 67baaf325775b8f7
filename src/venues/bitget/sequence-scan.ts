/** Sequence numbers from the digits of a frame, in two parts that are exact; of the fast path. */
import type { FrameReader } from '../kit/frame-reader.ts';
import type { Sequence } from './sequence-track.ts';

const ZERO = 0x30;
const LOW_DIGITS = 15;

/** Reads the digits from `values[slot]` to `values[slot + 1]`. */
export function takeSequence({ frame, values }: FrameReader, slot: number, out: Sequence): void {
  const from = values[slot] as number;
  const to = values[slot + 1] as number;
  const cut = Math.max(from, to - LOW_DIGITS);
  out.high = numberIn(frame, from, cut);
  out.low = numberIn(frame, cut, to);
}

function numberIn(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) value = value * 10 + ((bytes[at] as number) - ZERO);
  return value;
}
