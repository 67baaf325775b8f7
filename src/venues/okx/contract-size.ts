/**
 * Sizes in base units. Spot sizes are; swaps and futures count contracts. A linear contract is a
 * fixed amount of the base (0.01 BTC), an inverse one of the quote (100 USD), which is more or less
 * of the base as the price goes. Values come with the instrument list.
 */
import { losesPrecision, parseDecimalText } from '../../base/decimal.ts';

/** Powers of ten up to here are exact as float64. */
const EXACT_POWER = 22;
const POWERS = Array.from({ length: EXACT_POWER + 1 }, (_, i) => Number(`1e${i}`));
const MANTISSA_MAX = Number.MAX_SAFE_INTEGER;

/** A decimal as `mantissa` × 10^-`decimals`, both exact; mantissa NaN where it is too long. */
interface Decimal {
  readonly mantissa: number;
  readonly decimals: number;
}

export class ContractSize {
  /** Base units of one contract, or quote units where it is inverse. */
  readonly value: number;
  readonly isInverse: boolean;
  readonly #unit: Decimal;

  private constructor(unit: Decimal, isInverse: boolean) {
    this.#unit = unit;
    this.value = unit.mantissa / (POWERS[unit.decimals] as number);
    this.isInverse = isInverse;
  }

  /** From `ctVal` and `ctMult`; undefined when they are no positive decimals. */
  static of(ctVal: string, ctMult: string, isInverse: boolean): ContractSize | undefined {
    const unit = product(decimalOf(ctVal), decimalOf(ctMult));
    return unit.mantissa > 0 ? new ContractSize(unit, isInverse) : undefined;
  }

  /** Base units of `text` contracts at `price`: one rounding where contracts are linear. */
  baseUnits(text: string, contracts: number, price: number): number {
    const { mantissa, decimals } = product(decimalOf(text), this.#unit);
    const exact = mantissa / (POWERS[decimals] as number);
    const value = Number.isNaN(exact) ? contracts * this.value : exact;
    return this.isInverse && value !== 0 ? value / price : value;
  }
}

function decimalOf(text: string): Decimal {
  const value = parseDecimalText(text);
  const point = text.indexOf('.');
  const decimals = point < 0 ? 0 : text.length - point - 1;
  const isExact = decimals <= EXACT_POWER && !losesPrecision(text);
  // The product is off by less than half: the integer nearest to it is the text without its point.
  const mantissa = isExact ? Math.round(value * (POWERS[decimals] as number)) : Number.NaN;
  return { mantissa: mantissa <= MANTISSA_MAX ? mantissa : Number.NaN, decimals };
}

function product(a: Decimal, b: Decimal): Decimal {
  const mantissa = a.mantissa * b.mantissa;
  const decimals = a.decimals + b.decimals;
  const isExact = mantissa <= MANTISSA_MAX && decimals <= EXACT_POWER;
  return { mantissa: isExact ? mantissa : Number.NaN, decimals };
}
