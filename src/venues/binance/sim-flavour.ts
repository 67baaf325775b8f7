/**
 * Where the three feeds differ as the embedded exchange speaks them, and how an instrument's prices
 * and sizes are written: spot with eight digits after the point, COIN-M's sizes as whole contracts.
 */
import type { SimInstrument, SimStep } from '../sim-contract.ts';

export interface SimFlavour {
  readonly isFutures: boolean;
  /** Sizes are contracts of `SimListing.inverseValue` quote units. */
  readonly isInverse: boolean;
  /** One endpoint for `public` streams and one for `market` streams. */
  readonly isRouted: boolean;
  readonly restPrefix: string;
  /** `st` of the rows. */
  readonly settlement: number;
}

export const SPOT_FLAVOUR: SimFlavour = {
  isFutures: false,
  isInverse: false,
  isRouted: false,
  restPrefix: '/api/v3/',
  settlement: 0,
};

export const USDM_FLAVOUR: SimFlavour = {
  isFutures: true,
  isInverse: false,
  isRouted: true,
  restPrefix: '/fapi/v1/',
  settlement: 1,
};

export const COINM_FLAVOUR: SimFlavour = {
  isFutures: true,
  isInverse: true,
  isRouted: false,
  restPrefix: '/dapi/v1/',
  settlement: 2,
};

/** Spot writes all decimals with eight digits after the point. */
const SPOT_DECIMALS = 8;

/** An instrument and the zeros its decimals end with. */
export interface SimNaming {
  readonly instrument: SimInstrument;
  readonly symbol: string;
  /** `BTCUSD` of `BTCUSD_PERP`. */
  readonly pair: string;
  readonly isInverse: boolean;
  readonly pricePad: string;
  readonly sizePad: string;
}

export function nameOf(instrument: SimInstrument, flavour: SimFlavour): SimNaming {
  const { tick, lot, venueSymbol } = instrument.listing;
  return {
    instrument,
    symbol: venueSymbol,
    pair: venueSymbol.split('_', 1)[0] ?? venueSymbol,
    isInverse: flavour.isInverse,
    pricePad: flavour.isFutures ? '' : padding(tick),
    sizePad: flavour.isFutures ? '' : padding(lot),
  };
}

export function priceOf(naming: SimNaming, ticks: number): string {
  return naming.instrument.priceText(ticks) + naming.pricePad;
}

export function sizeOf(naming: SimNaming, lots: number): string {
  return naming.isInverse ? String(lots) : naming.instrument.sizeText(lots) + naming.sizePad;
}

function padding({ decimals }: SimStep): string {
  return (decimals === 0 ? '.' : '') + '0'.repeat(SPOT_DECIMALS - decimals);
}
