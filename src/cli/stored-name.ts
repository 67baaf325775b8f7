/** One instrument of a store, as reports name it and as queries ask for it. */
import type { MarketType } from '../model/instrument.ts';
import type { InstrumentRow } from '../store/contract.ts';

export interface StoredName {
  readonly venue: string;
  readonly symbol: string;
  readonly market_type: MarketType;
}

export function storedName({ venue, symbol, marketType }: InstrumentRow): StoredName {
  return { venue, symbol, market_type: marketType };
}

export function nameText({ venue, symbol, market_type: marketType }: StoredName): string {
  return `${venue} ${symbol} ${marketType}`;
}
