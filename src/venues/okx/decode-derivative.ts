/**
 * What OKX says of swaps and futures beside trades: mark price, index, funding and open interest
 * come in four channels. A tick carries the newest value of each, so that one row says all that is
 * known at its time; NaN for what was not said yet.
 */
import type { DerivativeMessage } from '../contract.ts';
import { type JsonObject, readDecimalText } from '../kit/json-fields.ts';
import type { Market } from './markets.ts';
import { readOptionalDecimal, readTimeText } from './wire-fields.ts';

export type DerivativeChannel = 'mark-price' | 'index-tickers' | 'funding-rate' | 'open-interest';

export function isDerivativeChannel(name: string): name is DerivativeChannel {
  return Object.hasOwn(READERS, name);
}

/** Values of one message; only those of its channel are there. */
interface Values {
  markPrice?: number;
  indexPrice?: number;
  fundingRate?: number;
  nextFundingUs?: number;
  openInterest?: number;
}

const READERS: Readonly<Record<DerivativeChannel, (row: JsonObject) => Values | undefined>> = {
  'mark-price': ({ markPx }) => {
    const markPrice = readDecimalText(markPx);
    return markPrice > 0 ? { markPrice } : undefined;
  },
  'index-tickers': ({ idxPx }) => {
    const indexPrice = readDecimalText(idxPx);
    return indexPrice > 0 ? { indexPrice } : undefined;
  },
  // `fundingRate` is what will be paid at `fundingTime`.
  'funding-rate': (row) => {
    const fundingRate = readOptionalDecimal(row.fundingRate);
    const nextFundingUs = readTimeText(row.fundingTime);
    if (fundingRate === undefined || nextFundingUs < 0) return undefined;
    return { fundingRate, nextFundingUs: nextFundingUs === 0 ? Number.NaN : nextFundingUs };
  },
  // `oi` counts contracts, `oiCcy` is the same in the base currency.
  'open-interest': ({ oiCcy }) => {
    const openInterest = readDecimalText(oiCcy);
    return openInterest >= 0 ? { openInterest } : undefined;
  },
};

export class DerivativeState {
  readonly #messages = new Map<number, DerivativeMessage>();

  /** Values of a row and its time (0: not known); undefined when it is not one of the channel. */
  read(channel: DerivativeChannel, row: JsonObject): { values: Values; tsUs: number } | undefined {
    const tsUs = readTimeText(row.ts);
    const values = READERS[channel](row);
    return tsUs < 0 || values === undefined ? undefined : { values, tsUs };
  }

  /** Puts values into the instrument's state and returns it. */
  merge(market: Market, values: Values, tsUs: number): DerivativeMessage {
    const message = this.#messages.get(market.index) ?? {
      instrument: market.index,
      tsUs,
      markPrice: Number.NaN,
      indexPrice: Number.NaN,
      fundingRate: Number.NaN,
      nextFundingUs: Number.NaN,
      openInterest: Number.NaN,
    };
    this.#messages.set(market.index, message);
    message.tsUs = tsUs === 0 ? Number.NaN : tsUs;
    return Object.assign(message, values);
  }
}
