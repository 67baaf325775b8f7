/**
 * `get_instruments`, asked for by kind: an answer of its own for each kind in use. The session gets
 * all of them together, so nothing is handed on before the last came.
 *
 * Names tell which contracts are inverse. Where the list says otherwise, the amounts would be read
 * in the wrong unit: the instrument is left out, which the session reports, and its frames are
 * refused.
 */
import type { Instrument, InstrumentMeta, MarketType } from '../../model/instrument.ts';
import { type JsonObject, readNumber, readObject } from '../kit/json-fields.ts';
import { canonicalName, isInverse, parseNative } from './symbols.ts';

export type ListKind = 'future' | 'option' | 'spot';

const KINDS: Readonly<Record<MarketType, ListKind>> = {
  perp: 'future',
  future: 'future',
  option: 'option',
  spot: 'spot',
};

export function listKinds(instruments: readonly Instrument[]): readonly ListKind[] {
  return [...new Set(instruments.map((each) => KINDS[each.marketType]))].sort();
}

interface Listed {
  readonly meta: InstrumentMeta;
  /** Undefined where the list does not say. */
  readonly isInverse: boolean | undefined;
}

export class MarketLists {
  readonly kinds: readonly ListKind[];
  readonly #lists = new Map<ListKind, readonly Listed[]>();

  constructor(instruments: readonly Instrument[]) {
    this.kinds = listKinds(instruments);
  }

  /** Takes the list of one kind; false when it is none. */
  take(kind: ListKind, result: unknown): boolean {
    if (!Array.isArray(result)) return false;
    const list: Listed[] = [];
    for (const row of result) {
      const market = readObject(row);
      if (typeof market?.instrument_name !== 'string') return false;
      const listed = readMarket(market, market.instrument_name);
      if (listed === 'wrong') return false;
      if (listed !== 'unnamed') list.push(listed);
    }
    this.#lists.set(kind, list);
    return true;
  }

  /** Names whose contracts are of another type than the name says. */
  misnamed(): readonly string[] {
    return this.#all()
      .filter(({ meta, isInverse: said }) => {
        return said !== undefined && said !== isInverse(meta.marketType, meta.venueSymbol);
      })
      .map(({ meta }) => meta.venueSymbol);
  }

  /** All markets that are what their names say; undefined until every list is there. */
  markets(): readonly InstrumentMeta[] | undefined {
    if (this.kinds.some((kind) => !this.#lists.has(kind))) return undefined;
    const misnamed = new Set(this.misnamed());
    return this.#all()
      .map(({ meta }) => meta)
      .filter((meta) => !misnamed.has(meta.venueSymbol));
  }

  #all(): readonly Listed[] {
    return [...this.#lists.values()].flat();
  }
}

/** `unnamed`: a market whose name we do not take apart (a combo). */
function readMarket(market: JsonObject, venueSymbol: string): Listed | 'unnamed' | 'wrong' {
  const tickSize = readNumber(market.tick_size);
  const lotSize = readNumber(market.min_trade_amount);
  const contractSize = readNumber(market.contract_size);
  if (!(tickSize > 0) || !(lotSize > 0) || !(contractSize > 0)) return 'wrong';
  if (typeof market.is_active !== 'boolean') return 'wrong';
  const named = parseNative(venueSymbol);
  if (named === undefined) return 'unnamed';
  const { marketType, base, quote } = named;
  const isContract = marketType === 'perp' || marketType === 'future';
  const type = market.instrument_type;
  return {
    isInverse: isContract && typeof type === 'string' ? type === 'reversed' : undefined,
    meta: {
      venue: 'deribit',
      symbol: canonicalName(named),
      marketType,
      venueSymbol,
      base,
      quote,
      // The smallest: options have larger ones at higher prices (`tick_size_steps`).
      tickSize,
      lotSize,
      // Amounts, not contracts: only inverse ones are worth something else than they say.
      contractSize: isInverse(marketType, venueSymbol) ? contractSize : 1,
      status: market.is_active ? 'active' : 'inactive',
    },
  };
}
