/** Instruments as frames name them, and what their amounts are worth. */
import type { Instrument } from '../../model/instrument.ts';
import { isInverse } from './symbols.ts';

/** An instrument as the decoder needs it. */
export interface Traded {
  readonly index: number;
  readonly isInverse: boolean;
}

/** Instruments by the venue's name; shared with REST, which has the same rows. */
export type TradedByName = Map<string, Traded>;

export function tradedByName(instruments: readonly Instrument[]): TradedByName {
  const entries = instruments.map(({ index, marketType, venueSymbol }) => {
    return [venueSymbol, { index, isInverse: isInverse(marketType, venueSymbol) }] as const;
  });
  return new Map(entries);
}

/** Base units of a positive amount at a positive price; NaN where either is not, or none fits. */
export function inBase(amount: number, price: number, traded: Traded): number {
  const size = traded.isInverse ? amount / price : amount;
  // A size that rounds to nothing would be a command, not a size.
  return amount > 0 && size > 0 && size < Number.POSITIVE_INFINITY ? size : Number.NaN;
}

/** Which side of a trade was liquidated: the maker, the taker, or both. */
export type Liquidated = '' | 'M' | 'T' | 'MT';
