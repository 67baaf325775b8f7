/** Which rows are the feed's own where USD-M's and COIN-M's share a stream. */

/** Whether rows of settlement `st` are the feed's: bit `st` of its `settlements` is set. */
export function isOwnSettlement(st: number, settlements: number): boolean {
  return Number.isInteger(st) && st >= 0 && st < 31 && ((settlements >> st) & 1) === 1;
}
