/**
 * A book of the venue's own texts, for its checksum: CRC32, as a signed number, over the best 25
 * levels a side, `bid:size:ask:size:…`, where a side that has no more is left out. Kept only while
 * checksums come, which is in recordings older than 2026-06-23; since then the venue sends 0.
 */
import { parseDecimalText } from '../../base/decimal.ts';
import type { BookSideView, BookView } from '../contract.ts';
import { baseUnits, type Market } from './markets.ts';

const LEVELS = 25;
/** `[price, size, …]` as the venue writes a level. */
export type LevelText = readonly [price: string, size: string, ...rest: unknown[]];

type Side = Map<string, string>;

export class TextBook {
  readonly #bids: Side = new Map();
  readonly #asks: Side = new Map();

  apply(bids: readonly LevelText[], asks: readonly LevelText[]): void {
    for (const [price, size] of bids) setLevel(this.#bids, price, size);
    for (const [price, size] of asks) setLevel(this.#asks, price, size);
  }

  /** Holds the texts against `checksum`, and the recorded book against the texts. */
  verify(checksum: number, market: Market, book: BookView): boolean {
    const bids = best(this.#bids, -1);
    const asks = best(this.#asks, 1);
    if (checksumOf(bids, asks) !== checksum) return false;
    return isSame(market, bids, book.bids) && isSame(market, asks, book.asks);
  }
}

/** The venue's checksum of levels, best first; more than 25 a side do not count. */
export function checksumOf(bids: readonly LevelText[], asks: readonly LevelText[]): number {
  const parts: string[] = [];
  for (let i = 0; i < LEVELS; i += 1) {
    for (const level of [bids[i], asks[i]]) {
      if (level !== undefined) parts.push(`${level[0]}:${level[1]}`);
    }
  }
  return Bun.hash.crc32(parts.join(':')) | 0;
}

function setLevel(side: Side, price: string, size: string): void {
  if (/[1-9]/.test(size)) side.set(price, size);
  else side.delete(price);
}

function best(side: Side, sign: 1 | -1): LevelText[] {
  const levels: LevelText[] = [...side];
  levels.sort(([a], [b]) => sign * (Number(a) - Number(b)));
  return levels.slice(0, LEVELS);
}

function isSame(market: Market, levels: readonly LevelText[], side: BookSideView): boolean {
  if (levels.length !== Math.min(LEVELS, side.count)) return false;
  return levels.every(([priceText, sizeText], rank) => {
    const price = parseDecimalText(priceText);
    const size = baseUnits(market, sizeText, parseDecimalText(sizeText), price);
    return side.priceAt(rank) === price && side.sizeAt(rank) === size;
  });
}
