/** Candles whose first or last trades nothing tells apart. */
import { describe, expect, test } from 'bun:test';
import { CandleRebuilder, candleFault } from '../../../../src/cli/verify/candle-check.ts';
import { parseTimeframe, type Timeframe } from '../../../../src/model/timeframe.ts';
import type { CandleRow, TradeRow } from '../../../../src/store/contract.ts';

const timeframe = parseTimeframe('1s') as Timeframe;

function trade(id: number | string, price: number, recvUs: number): TradeRow {
  return {
    trade_id: id,
    ts_us: 5_000_000,
    recv_us: recvUs,
    price,
    size: 1,
    side: 'buy',
  } as TradeRow;
}

function fault(trades: readonly TradeRow[], open: number, close: number): string | undefined {
  const rebuilder = new CandleRebuilder(timeframe);
  for (const each of trades) rebuilder.add(each);
  const prices = trades.map((each) => each.price);
  const volume = trades.length;
  const stored = {
    trade_count: trades.length,
    open,
    close,
    high: Math.max(...prices),
    low: Math.min(...prices),
    volume,
    quote_volume: prices.reduce((sum, price) => sum + price, 0),
    buy_volume: volume,
  } as CandleRow;
  return candleFault(rebuilder.newest as NonNullable<typeof rebuilder.newest>, stored);
}

describe('trades of one time', () => {
  const sameFrame = [trade('b', 10, 7), trade('a', 11, 7), trade('c', 12, 7)];

  test('with names for ids open and close a candle in any order', () => {
    expect(fault(sameFrame, 11, 10)).toBeUndefined();
    expect(fault(sameFrame, 12, 11)).toBeUndefined();
    expect(fault(sameFrame, 9, 11)).toContain('open');
    expect(fault(sameFrame, 12, 13)).toContain('close');
  });

  test('are told apart by their receipt', () => {
    const twoFrames = [trade('b', 10, 7), trade('a', 11, 8), trade('c', 12, 8)];
    expect(fault(twoFrames, 10, 11)).toBeUndefined();
    expect(fault(twoFrames, 11, 12)).toContain('open');
    expect(fault(twoFrames, 10, 10)).toContain('close');
  });

  test('are in the order of ids that are numbers', () => {
    const numbered = [trade(2, 10, 7), trade(1, 11, 7), trade(3, 12, 7)];
    expect(fault(numbered, 11, 12)).toBeUndefined();
    expect(fault(numbered, 10, 12)).toContain('open');
    expect(fault(numbered, 11, 10)).toContain('close');
  });
});
