/**
 * Makes a frame that no decoder may accept out of one that was right. Every result is broken in a
 * way that shows (no valid JSON, wrong types, impossible numbers): a frame with merely another
 * digit would be a good frame about another trade, and nobody could tell.
 */
import type { Prng } from '../base/prng.ts';
import type { SimFrame } from '../venues/sim-contract.ts';

const NESTING = 4096;
const HOSTILE: readonly string[] = [
  '',
  'null',
  '[]',
  '{}',
  '"',
  '12345678901234567890123',
  '{"stream":null,"data":[]}',
  '{"stream":"btcusdt@trade","data":{"e":"trade"}}',
  '{"__proto__":{"e":"trade"},"constructor":1}',
  '['.repeat(NESTING),
  `${'{"data":'.repeat(NESTING)}1${'}'.repeat(NESTING)}`,
  '{"e":"trade","p":"\\ud800"}',
];
/** Put in place of every quoted decimal. */
const NUMBERS: readonly string[] = ['"NaN"', '"-1"', '"1e999"', '""', '{}', '"0x10"', 'null'];
const QUOTED_DECIMAL = /"\d+(?:\.\d+)?"/g;

export function mangle(frame: SimFrame, prng: Prng): SimFrame {
  return typeof frame === 'string' ? mangleText(frame, prng) : mangleBytes(frame, prng);
}

function mangleText(text: string, prng: Prng): SimFrame {
  const cut = prng.below(text.length);
  switch (prng.below(5)) {
    case 0:
      // A proper prefix of an object is never JSON; neither is a control character in one.
      return text.slice(0, cut);
    case 1:
      return `${text.slice(0, cut)}\u0001${text.slice(cut + 1)}`;
    case 2:
      return HOSTILE[prng.below(HOSTILE.length)] ?? '';
    case 3: {
      const hostile = text.replace(QUOTED_DECIMAL, NUMBERS[prng.below(NUMBERS.length)] ?? 'null');
      return hostile === text ? text.slice(0, cut) : hostile;
    }
    default:
      return `${text}${text.slice(0, 1 + cut)}`;
  }
}

function mangleBytes(bytes: Uint8Array, prng: Prng): SimFrame {
  const broken = bytes.slice(0, prng.below(bytes.length));
  // 0xff is no field of a protobuf message and starts no UTF-8 sequence.
  broken.fill(0xff, prng.below(broken.length + 1));
  if (prng.chance(0.5)) return new Uint8Array(1 + prng.below(64)).fill(0xff);
  return broken.length === 0 ? new Uint8Array([0xff]) : broken;
}
