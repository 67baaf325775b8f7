/**
 * Sizes of inverse contracts (COIN-M): a contract is worth a fixed number of quote units, 100 or 10
 * USD, so its size in base units is contracts × value / price. Values come with the instrument list
 * only; until it was read nothing that has a size can be said.
 *
 * Messages arrive with sizes in contracts and leave with base units; `nativeSize` stays.
 */
import type { Instrument, InstrumentMeta } from '../../model/instrument.ts';
import type {
  DepthMessage,
  DerivativeMessage,
  LiquidationMessage,
  QuoteMessage,
  TradeMessage,
} from '../contract.ts';

export class Contracts {
  readonly #bySymbol: ReadonlyMap<string, number>;
  /** Quote units of one contract, by instrument index; absent: not known yet. */
  readonly #values = new Map<number, number>();
  /** Open interest comes without a price, so the newest mark price stands in. */
  readonly #marks = new Map<number, number>();

  constructor(instruments: readonly Instrument[]) {
    this.#bySymbol = new Map(instruments.map((each) => [each.venueSymbol, each.index]));
  }

  learn(list: readonly InstrumentMeta[]): void {
    for (const { venueSymbol, contractSize } of list) {
      const index = this.#bySymbol.get(venueSymbol);
      if (index !== undefined) this.#values.set(index, contractSize);
    }
  }

  /** Each converter answers false, and leaves the message unusable, while the value is unknown. */
  trade(message: TradeMessage): boolean {
    const value = this.#values.get(message.instrument);
    if (value === undefined) return false;
    message.size = baseUnits(message.nativeSize, value, message.price);
    return true;
  }

  liquidation(message: LiquidationMessage): boolean {
    const value = this.#values.get(message.instrument);
    if (value === undefined) return false;
    message.size = baseUnits(message.nativeSize, value, message.price);
    return true;
  }

  quote(message: QuoteMessage): boolean {
    const value = this.#values.get(message.instrument);
    if (value === undefined) return false;
    message.bidSize = baseUnits(message.bidSize, value, message.bidPrice);
    message.askSize = baseUnits(message.askSize, value, message.askPrice);
    return true;
  }

  depth(message: DepthMessage): boolean {
    const value = this.#values.get(message.instrument);
    if (value === undefined) return false;
    const { prices, sizes } = message;
    for (let i = message.bidCount + message.askCount - 1; i >= 0; i -= 1) {
      sizes[i] = baseUnits(sizes[i] as number, value, prices[i] as number);
    }
    return true;
  }

  noteMark({ instrument, markPrice }: DerivativeMessage): void {
    this.#marks.set(instrument, markPrice);
  }

  /** Also false before the first mark price. */
  openInterest(message: DerivativeMessage): boolean {
    const value = this.#values.get(message.instrument);
    const mark = this.#marks.get(message.instrument);
    if (value === undefined || mark === undefined) return false;
    message.openInterest = baseUnits(message.openInterest, value, mark);
    return true;
  }
}

/** None stays none: an empty side is quoted at price 0. */
function baseUnits(contracts: number, value: number, price: number): number {
  return contracts === 0 ? 0 : (contracts * value) / price;
}
