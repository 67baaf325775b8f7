/**
 * The field names of Binance's market streams as key codes, and a bit for each, by which the fast
 * path knows that a field came twice or not at all: both are for the slow path to judge.
 */
import { type JsonScanner, keyCode } from '../kit/json-scan.ts';

export const Key = {
  event: keyCode('e'),
  pushed: keyCode('E'),
  symbol: keyCode('s'),
  time: keyCode('T'),
  tradeId: keyCode('t'),
  price: keyCode('p'),
  size: keyCode('q'),
  maker: keyCode('m'),
  orderType: keyCode('X'),
  firstTrade: keyCode('f'),
  lastTrade: keyCode('l'),
  /** Bid price or bids; `a` is also the id of an aggregate trade. */
  b: keyCode('b'),
  a: keyCode('a'),
  bidSize: keyCode('B'),
  askSize: keyCode('A'),
  firstId: keyCode('U'),
  lastId: keyCode('u'),
  previousId: keyCode('pu'),
  settlement: keyCode('st'),
} as const;

export const Field = {
  /** Read and not wanted: may come any number of times. */
  other: 0,
  event: 1,
  pushed: 2,
  symbol: 4,
  id: 8,
  price: 16,
  size: 32,
  time: 64,
  maker: 128,
  orderType: 256,
  firstId: 512,
  lastId: 1024,
  previousId: 2048,
  bids: 4096,
  asks: 8192,
  bidSize: 16384,
  askSize: 32768,
  settlement: 65536,
} as const;

/** Whether rows of settlement `st` are the feed's: USD-M's and COIN-M's may share a stream. */
export function isOwnSettlement(st: number, settlements: number): boolean {
  return Number.isInteger(st) && st >= 0 && st < 31 && ((settlements >> st) & 1) === 1;
}

/** Reads a field all shapes share, or passes over one nobody asked for; its bit, or -1. */
export function scanOther(
  scan: JsonScanner,
  key: number,
  name: Uint8Array,
  settlements: number,
): number {
  if (key === Key.symbol) return scan.match(name) ? Field.symbol : -1;
  if (key === Key.settlement) {
    return isOwnSettlement(scan.unsigned(), settlements) ? Field.settlement : -1;
  }
  return key >= 0 && scan.skipScalar() ? Field.other : -1;
}
