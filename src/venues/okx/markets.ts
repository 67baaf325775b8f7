/** The instruments of a protocol as frames name them, and what their contracts are worth. */
import type { Instrument } from '../../model/instrument.ts';
import type { ContractSize } from './contract-size.ts';

export interface Market {
  readonly instrument: Instrument;
  readonly index: number;
  readonly instId: string;
  /** Spot sizes are base units; all others need a contract size. */
  readonly isSpot: boolean;
  /** Undefined for spot, and until the instrument list came. */
  contract: ContractSize | undefined;
}

export class Markets {
  readonly all: readonly Market[];
  readonly #byId = new Map<string, Market>();
  readonly #byIndex = new Map<number, Market>();
  /** Derivatives by the index they follow (`BTC-USDT`). */
  readonly #byUnderlying = new Map<string, Market[]>();

  constructor(instruments: readonly Instrument[]) {
    this.all = instruments.map((instrument) => ({
      instrument,
      index: instrument.index,
      instId: instrument.venueSymbol,
      isSpot: instrument.marketType === 'spot',
      contract: undefined,
    }));
    for (const market of this.all) {
      this.#byId.set(market.instId, market);
      this.#byIndex.set(market.index, market);
      if (market.isSpot) continue;
      const underlying = underlyingOf(market.instrument);
      const list = this.#byUnderlying.get(underlying) ?? [];
      list.push(market);
      this.#byUnderlying.set(underlying, list);
    }
  }

  byId(instId: unknown): Market | undefined {
    return typeof instId === 'string' ? this.#byId.get(instId) : undefined;
  }

  byIndex(index: number): Market | undefined {
    return this.#byIndex.get(index);
  }

  byUnderlying(instId: string): readonly Market[] {
    return this.#byUnderlying.get(instId) ?? [];
  }
}

/** False for a derivative whose contract size is not known yet: its sizes mean nothing. */
export function isSizeKnown(market: Market): boolean {
  return market.isSpot || market.contract !== undefined;
}

/** `text`, whose value is `native`, as base units at `price`. */
export function baseUnits(market: Market, text: string, native: number, price: number): number {
  if (market.isSpot) return native;
  return market.contract?.baseUnits(text, native, price) ?? Number.NaN;
}

/** `BTC-USDT`: the index a derivative follows. */
export function underlyingOf({ base, quote }: Instrument): string {
  // Contracts against USD with a USD stablecoin margin (`BTC-USD_UM-SWAP`) follow the USD index.
  const [currency = quote] = quote.split('_', 1);
  return `${base}-${currency}`;
}
