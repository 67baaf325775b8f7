/**
 * Bundled lists of well-known markets: what a symbol without separator means before the venue was
 * asked, close matches for typing errors, and the markets of the embedded exchange. Such a list is
 * never the venue's: what it lacks can be recorded under its canonical name, and what it has may be
 * delisted. Used by the `catalogue.ts` of venues that write `BTCUSDT`.
 */
import { assert } from '../../base/assert.ts';

export interface Market {
  readonly base: string;
  readonly quote: string;
}

export interface MarketList {
  /** Canonical symbols, the most traded first. */
  readonly symbols: readonly string[];
  readonly byNative: ReadonlyMap<string, Market>;
}

/** Markets of each quote currency in order; `nativeOf` is the venue's spelling. */
export function createMarketList(
  lists: readonly (readonly [quote: string, bases: readonly string[]])[],
  nativeOf: (base: string, quote: string) => string,
): MarketList {
  const symbols: string[] = [];
  const byNative = new Map<string, Market>();
  for (const [quote, bases] of lists) {
    for (const base of bases) {
      const native = nativeOf(base, quote);
      // Two pairs that run together into one word would make the native spelling a guess.
      assert(!byNative.has(native), `Invariant: ${native} stands in the list once`);
      byNative.set(native, { base, quote });
      symbols.push(`${base}/${quote}`);
    }
  }
  return { symbols, byNative };
}

export function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
