/**
 * Kraken's book checksum: CRC32 (unsigned) over the best ten asks, lowest first, then the best ten
 * bids, highest first. Of each level: the price with all the decimals of the pair, without point
 * and leading zeros, then the quantity likewise.
 *
 * The book keeps float64, so digits are made again from value and decimals. That is exact for up to
 * 15 significant digits; the text of longer numbers is kept here, by side and price, as long as the
 * level stands.
 */
import { crc32 } from 'node:zlib';
import type { BookSideView, BookView } from '../contract.ts';
import { plainText } from './exact-number.ts';

const LEVELS = 10;
/** Below this a float64 times a power of ten, rounded, is the exact integer. */
const ROUNDS_EXACTLY = 2 ** 50;
const POWER_MAX = 22;
const POWERS = Float64Array.from({ length: POWER_MAX + 1 }, (_, i) => Number(`1e${i}`));
/** Texts kept a side before those of levels that left the book are thrown away. */
const TEXTS_MAX = 2_048;

/** Plain decimal texts of a level with a long number. */
export interface LevelText {
  readonly price: string;
  readonly size: string;
}

export class BookChecksum {
  /** Digits after the point, from the venue's list of pairs; -1 while not known. */
  priceDecimals = -1;
  sizeDecimals = -1;
  readonly #bids = new Map<number, LevelText>();
  readonly #asks = new Map<number, LevelText>();

  get isReady(): boolean {
    return this.priceDecimals >= 0 && this.sizeDecimals >= 0;
  }

  /** True while some level has a text, so that `setText` must be told of every change. */
  get hasTexts(): boolean {
    return this.#bids.size + this.#asks.size > 0;
  }

  clearTexts(): void {
    this.#bids.clear();
    this.#asks.clear();
  }

  /** The level at `price` was set: its text, or undefined when it needs none. */
  setText(isBid: boolean, price: number, text: LevelText | undefined): void {
    const texts = isBid ? this.#bids : this.#asks;
    if (text === undefined) texts.delete(price);
    else texts.set(price, text);
  }

  matches(checksum: number, book: BookView): boolean {
    dropUnused(this.#bids, book.bids);
    dropUnused(this.#asks, book.asks);
    const text = this.#sideText(book.asks, this.#asks) + this.#sideText(book.bids, this.#bids);
    return crc32(text) === checksum;
  }

  #sideText(side: BookSideView, texts: ReadonlyMap<number, LevelText>): string {
    let all = '';
    for (let rank = 0; rank < side.count && rank < LEVELS; rank += 1) {
      const price = side.priceAt(rank);
      const text = texts.size === 0 ? undefined : texts.get(price);
      all +=
        text === undefined
          ? digitsOf(price, this.priceDecimals) + digitsOf(side.sizeAt(rank), this.sizeDecimals)
          : digitsOfText(text.price, this.priceDecimals) +
            digitsOfText(text.size, this.sizeDecimals);
    }
    return all;
  }
}

/** Digits of `value` written with `decimals` digits after the point; no point, no leading zeros. */
export function digitsOf(value: number, decimals: number): string {
  const scaled = decimals > POWER_MAX ? Number.NaN : value * (POWERS[decimals] as number);
  if (scaled < ROUNDS_EXACTLY) return String(Math.round(scaled));
  // The shortest text of a float64 is its decimal wherever that has up to 15 digits.
  return digitsOfText(plainText(value), decimals);
}

/** The same for plain decimal text; digits beyond `decimals` stay, so that no text is changed. */
export function digitsOfText(text: string, decimals: number): string {
  const [whole = '', fraction = ''] = text.split('.');
  const digits = (whole + fraction.padEnd(decimals, '0')).replace(/^0+/, '');
  return digits === '' ? '0' : digits;
}

function dropUnused(texts: Map<number, LevelText>, side: BookSideView): void {
  if (texts.size <= TEXTS_MAX) return;
  const standing = new Set<number>();
  for (let rank = 0; rank < side.count; rank += 1) standing.add(side.priceAt(rank));
  for (const price of texts.keys()) if (!standing.has(price)) texts.delete(price);
}
