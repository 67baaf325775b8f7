/**
 * What contracts are in base units. A linear contract is a fixed amount of the base coin (0.0001
 * BTC), an inverse one a fixed amount of the quote currency (100 USD), worth less of the coin the
 * higher the price. Sizes differ by orders of magnitude between instruments and can change, so they
 * come from the instrument list only.
 */
import type { Instrument } from '../../model/instrument.ts';

interface Size {
  readonly isInverse: boolean;
  /** The size is `mantissa` / `scale`, both exact, so that a product is rounded once. */
  readonly mantissa: number;
  readonly scale: number;
}

const DECIMAL = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/;
/** Powers of ten up to here are exact in float64. */
const POWER_MAX = 22;

export class ContractSizes {
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly #sizes = new Map<number, Size>();

  constructor(instruments: readonly Instrument[]) {
    this.#indexOf = new Map(instruments.map((each) => [each.venueSymbol, each.index]));
  }

  /** `value` is what the venue says a contract of `venueSymbol` holds. */
  learn(venueSymbol: string, value: number, isInverse: boolean): void {
    const index = this.#indexOf.get(venueSymbol);
    if (index !== undefined) this.#sizes.set(index, { isInverse, ...exactParts(value) });
  }

  has(instrument: number): boolean {
    return this.#sizes.has(instrument);
  }

  /** Base units of `contracts` at `price`; NaN while the size is not known. */
  baseUnits(instrument: number, contracts: number, price: number): number {
    const size = this.#sizes.get(instrument);
    if (size === undefined) return Number.NaN;
    if (contracts === 0) return 0;
    const value = (contracts * size.mantissa) / size.scale;
    return size.isInverse ? value / price : value;
  }
}

/** Base units of `lots` contracts of a linear market, rounded once. */
export function linearUnits(contracts: number, value: number): number {
  const { mantissa, scale } = exactParts(value);
  return (contracts * mantissa) / scale;
}

/** 0.0001 is 1 / 10000. */
function exactParts(value: number): { mantissa: number; scale: number } {
  const [, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(String(value)) ?? [];
  const power = fraction.length - Number(exponent);
  const mantissa = Number(whole + fraction);
  const isExact = whole !== '' && power >= 0 && power <= POWER_MAX;
  return isExact && Number.isSafeInteger(mantissa)
    ? { mantissa, scale: Number(`1e${power}`) }
    : { mantissa: value, scale: 1 };
}
