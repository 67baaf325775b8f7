/**
 * Names of the embedded exchange's trades. On spot each trade of the market is two deals, as a
 * taker's order meets several makers, and an id is text of more digits than a float64 holds.
 */
import type { SimFill, SimTrade, SimTradeIds } from '../sim-contract.ts';

const PREFIX = '730';
const DIGITS = 16;
export const DEALS = 2;

/** `7302924254314373180X0_7302924254314373181X0`. */
export function spotTradeId({ idBase }: SimTradeIds, number: number, part: number): string {
  const first = DEALS * (idBase + number) + part;
  return `${longId(first)}X0_${longId(first + 1)}X0`;
}

export function spotTradeNumber({ idBase }: SimTradeIds, tradeId: string): number {
  const first = Number(tradeId.slice(PREFIX.length, PREFIX.length + DIGITS));
  return Math.floor(first / DEALS) - idBase;
}

/** How many lots each deal of a trade has. */
export function dealLots(trade: SimTrade): readonly [number, number] {
  const first = Math.floor(trade.lots / 2);
  return [first, trade.lots - first];
}

export function spotFills(ids: SimTradeIds, trade: SimTrade): readonly SimFill[] {
  return dealLots(trade).map((lots, part) => ({
    tradeId: spotTradeId(ids, trade.number, part),
    lots,
  }));
}

function longId(number: number): string {
  return PREFIX + String(number).padStart(DIGITS, '0');
}
