/**
 * `public/instruments`: what the venue says of its markets, one answer a type. Swaps and futures
 * leave `baseCcy` and `quoteCcy` empty, so their names are taken from `instId`.
 */
import { parseDecimalText } from '../../base/decimal.ts';
import type { InstrumentMeta } from '../../model/instrument.ts';
import type { JsonObject } from '../kit/json-fields.ts';
import { ContractSize } from './contract-size.ts';
import { FEED_ID, INST_TYPE_OF, type InstType } from './feeds.ts';
import type { Markets } from './markets.ts';
import { type NativeParts, nativeParts, symbolOf } from './symbols.ts';

export class InstrumentLists {
  readonly #markets: Markets;
  /** Types that are recorded, in the order they are asked for. */
  readonly #types: readonly InstType[];
  readonly #lists = new Map<InstType, readonly InstrumentMeta[]>();

  constructor(markets: Markets, types: readonly InstType[]) {
    this.#markets = markets;
    this.#types = types;
  }

  get first(): InstType {
    return this.#types[0] ?? 'SPOT';
  }

  /** The type to ask for after `type`; undefined when that was the last or is none of ours. */
  after(type: InstType): InstType | undefined {
    const position = this.#types.indexOf(type);
    return position < 0 ? undefined : this.#types[position + 1];
  }

  isLast(type: InstType): boolean {
    return this.#types.at(-1) === type;
  }

  /** All markets of the types that were read. */
  all(): readonly InstrumentMeta[] {
    return this.#types.flatMap((type) => this.#lists.get(type) ?? []);
  }

  /** Takes the answer of one type, with the contract sizes in it; false when a row is none. */
  read(type: InstType, rows: readonly JsonObject[]): boolean {
    const list: InstrumentMeta[] = [];
    const sizes = new Map<string, ContractSize>();
    for (const row of rows) {
      const { instId, state } = row;
      if (typeof instId !== 'string' || typeof state !== 'string') return false;
      const parts = nativeParts(instId);
      // A name we cannot read is nothing we record.
      if (parts === undefined || INST_TYPE_OF[parts.marketType] !== type) continue;
      const contract = type === 'SPOT' ? undefined : contractOf(row);
      // Listings that are announced only come without a contract.
      if (type !== 'SPOT' && contract === undefined) continue;
      if (contract !== undefined) sizes.set(instId, contract);
      list.push(describe(instId, state, parts, row, contract));
    }
    this.#lists.set(type, list);
    for (const market of this.#markets.all) {
      const contract = sizes.get(market.instId);
      if (contract !== undefined) market.contract = contract;
    }
    return true;
  }
}

function contractOf({ ctVal, ctMult, ctType }: JsonObject): ContractSize | undefined {
  if (typeof ctVal !== 'string' || typeof ctMult !== 'string') return undefined;
  if (ctType !== 'linear' && ctType !== 'inverse') return undefined;
  return ContractSize.of(ctVal, ctMult, ctType === 'inverse');
}

function describe(
  instId: string,
  state: string,
  parts: NativeParts,
  row: JsonObject,
  contract: ContractSize | undefined,
): InstrumentMeta {
  const lot = stepOf(row.lotSz);
  const isLinear = contract?.isInverse === false;
  const lotText = typeof row.lotSz === 'string' ? row.lotSz : '';
  return {
    venue: FEED_ID,
    symbol: symbolOf(parts),
    marketType: parts.marketType,
    venueSymbol: instId,
    base: parts.base,
    quote: parts.quote,
    tickSize: stepOf(row.tickSz),
    // Base units; contracts where what they are worth varies.
    lotSize: isLinear && lot !== null ? contract.baseUnits(lotText, lot, 1) : lot,
    // Base units of a contract; quote units where it is inverse.
    contractSize: contract?.value ?? 1,
    status: state,
  };
}

function stepOf(text: unknown): number | null {
  const value = typeof text === 'string' ? parseDecimalText(text) : Number.NaN;
  return value > 0 ? value : null;
}
