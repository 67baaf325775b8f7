/**
 * Stored candles against candles made again from stored trades, by code that shares nothing with
 * the recorder's but the calendar of buckets and the compensated sum.
 *
 * Trades come in order of time; within one time, ids decide. Ids that are names have no order: what
 * came at one time in one frame may open or close a candle with any of its prices, as the store
 * does not keep the order in the frame. Prices must be equal, sums agree to SUM_TOLERANCE (each
 * side is exact to 1e-12).
 */
import { addCompensated, readCompensated } from '../../base/compensated-sum.ts';
import { bucketEndUs, bucketOpenUs, type Timeframe } from '../../model/timeframe.ts';
import type { CandleRow, TradeRow } from '../../store/contract.ts';

const SUM_TOLERANCE = 4e-12;

export interface WrongCandle {
  readonly timeframe: string;
  readonly open_us: number;
  readonly state: CandleRow['state'] | 'missing';
  /** `close: stored 101.5, from trades 101` */
  readonly reason: string;
}

/** A candle as the trades make it. */
export interface RebuiltCandle {
  readonly openUs: number;
  readonly endUs: number;
  open: number;
  high: number;
  low: number;
  close: number;
  trades: number;
  /** Volume, quote volume, buy volume: compensated pairs. */
  readonly sums: Float64Array;
  firstTrade: TradeRow;
  lastTrade: TradeRow;
  /** Prices of the trades that nothing tells from the first one, and from the last one. */
  opens: number[];
  closes: number[];
}

export class CandleRebuilder {
  readonly timeframe: Timeframe;
  #current: RebuiltCandle | undefined;
  #done: RebuiltCandle[] = [];

  constructor(timeframe: Timeframe) {
    this.timeframe = timeframe;
  }

  /** Trades in order of `ts_us`. */
  add(trade: TradeRow): void {
    const { timeframe } = this;
    let candle = this.#current;
    if (candle === undefined || trade.ts_us >= candle.endUs) {
      if (candle !== undefined) this.#done.push(candle);
      const openUs = bucketOpenUs(timeframe, trade.ts_us);
      candle = newCandle(openUs, bucketEndUs(timeframe, openUs), trade);
      this.#current = candle;
    }
    candle.high = Math.max(candle.high, trade.price);
    candle.low = Math.min(candle.low, trade.price);
    if (isBefore(trade, candle.firstTrade)) {
      candle.firstTrade = trade;
      candle.open = trade.price;
      candle.opens = [trade.price];
    } else if (!isBefore(candle.firstTrade, trade)) candle.opens.push(trade.price);
    if (isBefore(candle.lastTrade, trade)) {
      candle.lastTrade = trade;
      candle.close = trade.price;
      candle.closes = [trade.price];
    } else if (!isBefore(trade, candle.lastTrade)) candle.closes.push(trade.price);
    candle.trades += 1;
    addCompensated(candle.sums, 0, trade.size);
    addCompensated(candle.sums, 2, trade.price * trade.size);
    if (trade.side === 'buy') addCompensated(candle.sums, 4, trade.size);
  }

  get doneCount(): number {
    return this.#done.length;
  }

  /** Candles that no later trade can fall into; each is given out once. */
  takeDone(): RebuiltCandle[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  /** The bucket of the newest trade: a recorder at work may not have closed it yet. */
  get newest(): RebuiltCandle | undefined {
    return this.#current;
  }
}

function newCandle(openUs: number, endUs: number, trade: TradeRow): RebuiltCandle {
  const { price } = trade;
  return {
    openUs,
    endUs,
    open: price,
    high: price,
    low: price,
    close: price,
    trades: 0,
    sums: new Float64Array(6),
    firstTrade: trade,
    lastTrade: trade,
    opens: [],
    closes: [],
  };
}

function isBefore(a: TradeRow, b: TradeRow): boolean {
  if (a.ts_us !== b.ts_us) return a.ts_us < b.ts_us;
  if (typeof a.trade_id === 'number' && typeof b.trade_id === 'number') {
    return a.trade_id < b.trade_id;
  }
  return a.recv_us < b.recv_us;
}

/** Why `stored` is not what the trades make; undefined when it is. */
export function candleFault(made: RebuiltCandle, stored: CandleRow): string | undefined {
  if (stored.trade_count !== made.trades) {
    return fault('trade_count', stored.trade_count, made.trades);
  }
  if (!made.opens.includes(stored.open)) return fault('open', stored.open, made.open);
  if (!made.closes.includes(stored.close)) return fault('close', stored.close, made.close);
  for (const name of ['high', 'low'] as const) {
    if (stored[name] !== made[name]) return fault(name, stored[name], made[name]);
  }
  for (const [i, name] of (['volume', 'quote_volume', 'buy_volume'] as const).entries()) {
    const sum = readCompensated(made.sums, i * 2);
    const tolerance = SUM_TOLERANCE * Math.max(Math.abs(sum), Math.abs(stored[name]));
    if (Math.abs(stored[name] - sum) > tolerance) return fault(name, stored[name], sum);
  }
  return undefined;
}

function fault(name: string, stored: number, made: number): string {
  return `${name}: stored ${stored}, from trades ${made}`;
}
