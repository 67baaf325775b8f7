/**
 * Markets of the embedded exchange as OKX lists them: swaps trade in contracts of ten lots of a
 * tenth, inverse ones in contracts of a fixed number of dollars. Texts carry no zeros at the end.
 */
import { listMarket } from '../kit/sim-coins.ts';
import type { SimInstrument, SimListing, SimStep } from '../sim-contract.ts';
import { PERP_PAIRS, SPOT_PAIRS } from './catalogue.ts';

/** Of a linear contract: its lot is a tenth. */
const LOTS_PER_CONTRACT = 10;
/** Dollars a contract: 100 of BTC, 10 of all others. */
const inverseValueOf = (base: string): number => (base === 'BTC' ? 100 : 10);

export const LISTINGS: readonly SimListing[] = [
  ...SPOT_PAIRS.map((pair) => listSpot(pair)),
  ...PERP_PAIRS.map((pair) => listPerp(pair)),
];

function listSpot(pair: string): SimListing {
  const [base = '', quote = ''] = pair.split('/');
  return listMarket(base, quote, 'spot', `${base}-${quote}`);
}

function listPerp(pair: string): SimListing {
  const [base = '', quote = ''] = pair.split('/');
  const listing = listMarket(base, quote, 'perp', `${base}-${quote}-SWAP`);
  if (quote !== 'USD') return listing;
  const inverseValue = inverseValueOf(base);
  return { ...listing, inverseValue, lot: stepNear(inverseValue / listing.price) };
}

/** The step of two digits nearest to `size`. */
function stepNear(size: number): SimStep {
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(size)));
  return { units: Math.max(1, Math.round(size * 10 ** decimals)), decimals };
}

export function isSwap({ marketType }: SimListing): boolean {
  return marketType === 'perp';
}

/** `ctVal` of a swap. */
export function contractValue({ lot, inverseValue }: SimListing): string {
  if (inverseValue !== undefined) return String(inverseValue);
  return trimZeros((LOTS_PER_CONTRACT * lot.units * 10 ** -lot.decimals).toFixed(lot.decimals));
}

/** `lotSz` of a market. */
export function lotText(instrument: SimInstrument): string {
  return sizeText(instrument, 1);
}

/** `sz`: base units for spot, contracts for swaps. */
export function sizeText(instrument: SimInstrument, lots: number): string {
  const { listing } = instrument;
  if (!isSwap(listing)) return trimZeros(instrument.sizeText(lots));
  if (listing.inverseValue !== undefined) return String(lots);
  return trimZeros((lots / LOTS_PER_CONTRACT).toFixed(1));
}

export function priceText(instrument: SimInstrument, ticks: number): string {
  return trimZeros(instrument.priceText(ticks));
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
