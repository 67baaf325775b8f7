/** Trades of the embedded exchange as Bitget writes them: ids of 19 digits, newest first. */
import { US_PER_MS } from '../../base/clock.ts';
import type { SimInstrument, SimTrade, SimTradeIds } from '../sim-contract.ts';
import type { Market } from './sim-rest.ts';

const ID_HEAD = '13';
const ID_DIGITS = 17;
/** Trades in the backlog that begins a subscription. */
const BACKLOG_TRADES = 20;

/** On spot a trade meets two resting orders: two prints in one frame. */
export function fillsPerTrade(market: Market): number {
  return market === 'spot' ? 2 : 1;
}

export function fillIdText(ids: SimTradeIds, fill: number): string {
  return `${ID_HEAD}${String(2 * ids.idBase + fill).padStart(ID_DIGITS, '0')}`;
}

export function numberOfFill(market: Market, ids: SimTradeIds, id: string): number {
  return Math.floor((Number(id.slice(ID_HEAD.length)) - 2 * ids.idBase) / fillsPerTrade(market));
}

export interface FillRow {
  readonly tradeId: string;
  readonly price: string;
  readonly size: string;
  readonly side: 'buy' | 'sell';
  readonly ts: string;
}

/** The prints of a trade, newest first. */
export function fillRows(
  market: Market,
  instrument: SimInstrument,
  trade: SimTrade,
): readonly FillRow[] {
  const count = fillsPerTrade(market);
  const first = Math.floor(trade.lots / count);
  const lots = count === 1 ? [trade.lots] : [first, trade.lots - first];
  return lots
    .map(
      (each, i): FillRow => ({
        ts: String(trade.tsUs / US_PER_MS),
        price: instrument.priceText(trade.ticks),
        size: instrument.sizeText(each),
        side: trade.isSell ? 'sell' : 'buy',
        tradeId: fillIdText(instrument, trade.number * count + i),
      }),
    )
    .toReversed();
}

/** The newest trades since the instrument was first asked for: nothing older is in the truth. */
export class SimBacklog {
  readonly #market: Market;
  readonly #firstShown = new Map<SimInstrument, number>();
  readonly #trade: SimTrade = { number: 0, tsUs: 0, ticks: 0, lots: 0, isSell: false };

  constructor(market: Market) {
    this.#market = market;
  }

  rows(instrument: SimInstrument): readonly FillRow[] {
    const newest = instrument.newestTrade();
    const first = this.#firstShown.get(instrument) ?? newest + 1;
    this.#firstShown.set(instrument, first);
    const rows: FillRow[] = [];
    for (let n = newest; n >= Math.max(first, newest - BACKLOG_TRADES + 1); n -= 1) {
      instrument.readTrade(n, this.#trade);
      rows.push(...fillRows(this.#market, instrument, this.#trade));
    }
    return rows;
  }
}
