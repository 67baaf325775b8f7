/** How rows spell what records hold as numbers. The same in every store. */
import type { RecordBytes } from '../base/record-bytes.ts';
import type { TradeTape } from '../model/instrument.ts';
import { LEVEL_LENGTH } from '../model/record-layout.ts';

/** Codes of the `tape` column. */
export const TAPE_NAMES: readonly TradeTape[] = ['trade', 'aggTrade'];

export function tapeCode(tape: TradeTape): number {
  return TAPE_NAMES.indexOf(tape);
}

/**
 * `[[price,size],…]` of `count` levels from byte index `at`; numbers read back to the same float64.
 */
export function levelsText(bytes: RecordBytes, at: number, count: number): string {
  const { f64 } = bytes;
  let text = '[';
  for (let i = 0; i < count; i += 1) {
    const slot = (at + i * LEVEL_LENGTH) >> 3;
    if (i > 0) text += ',';
    text += `[${f64[slot]},${f64[slot + 1]}]`;
  }
  return `${text}]`;
}

/** NaN as NULL. */
export function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
