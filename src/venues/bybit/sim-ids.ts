/**
 * Trade ids of the embedded exchange in Bybit's two forms: a number of 19 digits (spot) and a UUID
 * (linear) whose order says nothing. Both can be read back.
 */
import type { SimTradeIds } from '../sim-contract.ts';

/** Fills a trade is made of. */
export const FILLS = 2;
const SPOT_HEAD = '224';
const SPOT_DIGITS = 16;
const U32 = 0x1_0000_0000;
/** Odd, so that multiplying by it modulo 2^32 has an inverse. */
const SCRAMBLE = 0x9e3779b1;
const UNSCRAMBLE = inverse(SCRAMBLE);

export function fillId(category: 'spot' | 'linear', ids: SimTradeIds, fill: number): string {
  if (category === 'spot') {
    return `${SPOT_HEAD}${String(ids.idBase * FILLS + fill).padStart(SPOT_DIGITS, '0')}`;
  }
  const low = hex(Math.imul(fill | 0, SCRAMBLE) >>> 0, 8);
  const high = hex(Math.floor(fill / U32), 4);
  const base = hex(ids.idBase, 12);
  return `${low}-${high}-5b31-9112-${base}`;
}

/** The fill that has this id; NaN when it is none. */
export function fillOf(category: 'spot' | 'linear', ids: SimTradeIds, id: string): number {
  if (category === 'spot') return Number(id.slice(SPOT_HEAD.length)) - ids.idBase * FILLS;
  const low = Number.parseInt(id.slice(0, 8), 16);
  const high = Number.parseInt(id.slice(9, 13), 16);
  return high * U32 + (Math.imul(low | 0, UNSCRAMBLE) >>> 0);
}

/** `odd`⁻¹ modulo 2^32; each step of Newton's doubles the bits that are right, from three. */
function inverse(odd: number): number {
  let result = odd;
  for (let i = 0; i < 4; i += 1) result = Math.imul(result, 2 - Math.imul(odd, result));
  return result;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
