/**
 * Liquidations: one subscription brings those of all instruments of a type. The first frame after
 * subscribing is a backlog of old ones and is left out; a later subscription's backlog is what may
 * have been missed in between, so of it only what was seen already is left out.
 */
import { parseDecimalText } from '../../base/decimal.ts';
import { TextId } from '../../model/text-id.ts';
import type { LiquidationMessage } from '../contract.ts';
import { type JsonObject, readObject } from '../kit/json-fields.ts';
import { RecentIds } from '../kit/recent-ids.ts';
import { baseUnits, isSizeKnown, type Market, type Markets } from './markets.ts';
import { readRows, readTimeText } from './wire-fields.ts';

export class LiquidationTape {
  readonly #markets: Markets;
  readonly #seen = new RecentIds();
  readonly #key = new TextId();
  /** By type: time of the newest row of its backlog; NaN while that is still to come. */
  readonly #backlogUs = new Map<string, number>();

  constructor(markets: Markets) {
    this.#markets = markets;
  }

  /** The first subscription of a type brings a backlog. */
  onSubscribed(instType: string): void {
    if (!this.#backlogUs.has(instType)) this.#backlogUs.set(instType, Number.NaN);
  }

  /** New liquidations of the frame's rows; undefined when a row of ours is none. */
  read(instType: string, rows: readonly JsonObject[]): readonly LiquidationMessage[] | undefined {
    const found: LiquidationMessage[] = [];
    let newestUs = 0;
    for (const row of rows) {
      const details = readRows(row.details);
      if (typeof row.instId !== 'string' || details === undefined) return undefined;
      const market = this.#markets.byId(row.instId);
      for (const detail of details) {
        const tsUs = readTimeText(detail.ts);
        if (tsUs < 0) return undefined;
        newestUs = Math.max(newestUs, tsUs);
        if (market === undefined) continue;
        const message = readDetail(detail, market, tsUs);
        if (message === undefined) return undefined;
        if (tsUs > 0) found.push(message);
      }
    }
    const backlogUs = this.#backlogUs.get(instType) ?? 0;
    if (Number.isNaN(backlogUs)) {
      this.#backlogUs.set(instType, newestUs);
      return [];
    }
    return found.filter(({ tsUs, instrument, price, nativeSize, isSell }) => {
      // Within the length of an id, however many digits the numbers have.
      const what = `${isSell ? 's' : 'b'}${instrument.toString(36)} ${tsUs.toString(36)}`;
      this.#key.set(`${what} ${price} ${nativeSize}`);
      return tsUs > backlogUs && this.#seen.add(this.#key);
    });
  }
}

/** `side` is that of the order that closes the position; `bkPx` the price it goes bankrupt at. */
function readDetail(
  detail: JsonObject,
  market: Market,
  tsUs: number,
): LiquidationMessage | undefined {
  const { side, bkPx, sz } = readObject(detail) ?? {};
  if (typeof bkPx !== 'string' || typeof sz !== 'string' || !isSizeKnown(market)) return undefined;
  if (side !== 'buy' && side !== 'sell') return undefined;
  const price = parseDecimalText(bkPx);
  const nativeSize = parseDecimalText(sz);
  if (!(price > 0 && nativeSize > 0)) return undefined;
  const size = baseUnits(market, sz, nativeSize, price);
  return { instrument: market.index, tsUs, price, size, nativeSize, isSell: side === 'sell' };
}
