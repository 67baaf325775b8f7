/**
 * Klines of the embedded exchange, summed from the very trades it makes. Lots and ticks are whole
 * numbers, so the sums are exact as long as they stay below 2^53.
 */
import { US_PER_MS, US_PER_SECOND } from '../../base/clock.ts';
import {
  bucketEndUs,
  bucketOpenUs,
  parseTimeframe,
  type Timeframe,
} from '../../model/timeframe.ts';
import type { SimInstrument, SimTrade } from '../sim-contract.ts';

const ROWS_DEFAULT = 500;
const ROWS_MAX = 1000;
/**
 * Trades summed for one request: the exchange is one thread and must go on trading. An answer is
 * cut short after as many; a page of fewer rows than asked for is one a client must take anyway.
 */
const TRADES_MAX = 400_000;

interface Kline {
  readonly openUs: number;
  open: number;
  high: number;
  low: number;
  close: number;
  lots: number;
  /** Ticks × lots. */
  value: number;
  count: number;
  buyLots: number;
  buyValue: number;
}

/** The body of `klines`: rows ascending, the one under way included. */
export function klineRows(
  instrument: SimInstrument,
  query: URLSearchParams,
  nowUs: number,
  pads: readonly [string, string],
): string {
  const timeframe = parseTimeframe(query.get('interval') ?? '1m') ?? parseTimeframe('1m');
  if (timeframe === undefined) return '[]';
  const limit = Math.min(ROWS_MAX, Math.max(1, Number(query.get('limit') ?? ROWS_DEFAULT)));
  const startTime = query.get('startTime');
  const endTime = query.get('endTime');
  const endUs = Math.min(nowUs, endTime === null ? nowUs : Number(endTime) * US_PER_MS);
  let openUs = openOf(timeframe, startTime === null ? endUs : Number(startTime) * US_PER_MS);
  if (startTime === null) openUs = openBefore(timeframe, openUs, limit - 1);
  else if (openUs < Number(startTime) * US_PER_MS) openUs = bucketEndUs(timeframe, openUs);
  const rows: string[] = [];
  let budget = TRADES_MAX;
  while (rows.length < limit && openUs <= endUs && budget > 0) {
    const kline = sum(instrument, openUs, Math.min(bucketEndUs(timeframe, openUs), nowUs + 1));
    budget -= kline.count;
    const endOfRow = bucketEndUs(timeframe, openUs);
    if (kline.count > 0) rows.push(rowText(instrument, kline, endOfRow, pads));
    openUs = endOfRow;
  }
  return `[${rows.join(',')}]`;
}

function openOf(timeframe: Timeframe, tsUs: number): number {
  return bucketOpenUs(timeframe, tsUs);
}

function openBefore(timeframe: Timeframe, openUs: number, count: number): number {
  let open = openUs;
  for (let i = 0; i < count; i += 1) open = bucketOpenUs(timeframe, open - US_PER_SECOND);
  return open;
}

function sum(instrument: SimInstrument, openUs: number, endUs: number): Kline {
  const trade: SimTrade = { number: 0, tsUs: 0, ticks: 0, lots: 0, isSell: false };
  const last = Math.min(instrument.newestTrade(), instrument.tradeFrom(endUs) - 1);
  const kline: Kline = {
    openUs,
    open: 0,
    high: 0,
    low: 0,
    close: 0,
    lots: 0,
    value: 0,
    count: 0,
    buyLots: 0,
    buyValue: 0,
  };
  for (let number = instrument.tradeFrom(openUs); number <= last; number += 1) {
    instrument.readTrade(number, trade);
    const { ticks, lots } = trade;
    if (kline.count === 0) kline.open = ticks;
    kline.high = kline.count === 0 ? ticks : Math.max(kline.high, ticks);
    kline.low = kline.count === 0 ? ticks : Math.min(kline.low, ticks);
    kline.close = ticks;
    kline.lots += lots;
    kline.value += ticks * lots;
    kline.count += 1;
    if (!trade.isSell) {
      kline.buyLots += lots;
      kline.buyValue += ticks * lots;
    }
  }
  return kline;
}

function rowText(
  instrument: SimInstrument,
  kline: Kline,
  endUs: number,
  [pricePad, sizePad]: readonly [string, string],
): string {
  const { tick, lot } = instrument.listing;
  const scale = 10 ** (tick.decimals + lot.decimals);
  const price = (ticks: number) => `"${instrument.priceText(ticks)}${pricePad}"`;
  const size = (lots: number) => `"${instrument.sizeText(lots)}${sizePad}"`;
  const value = (steps: number) => `"${((steps * tick.units * lot.units) / scale).toFixed(8)}"`;
  const prices = [kline.open, kline.high, kline.low, kline.close].map(price).join(',');
  const closeMs = endUs / US_PER_MS - 1;
  return (
    `[${kline.openUs / US_PER_MS},${prices},${size(kline.lots)},${closeMs}` +
    `,${value(kline.value)},${kline.count},${size(kline.buyLots)},${value(kline.buyValue)},"0"]`
  );
}
