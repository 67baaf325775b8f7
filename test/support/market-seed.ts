/**
 * A small market as plain data, and as rows: what the HTTP suites serve. Three instruments, one a
 * perpetual of the same symbol; trades come in sweeps that share one millisecond.
 */
import { formatUs } from '../../src/base/clock.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import { bucketOpenUs, parseTimeframe } from '../../src/model/timeframe.ts';
import type { CandleRow, GapRow, InstrumentRow, TradeRow } from '../../src/store/contract.ts';
import { emptyRows, type MemoryRows } from './memory-reader.ts';
import { plainInstrument } from './plain-engine-view.ts';

/** 2026-01-01 00:00 UTC. */
export const SEED_START_US = 1_767_225_600_000_000;
export const SEED_MINUTES = 30;
export const SWEEP_COUNT = 7;

export interface SeedTrade {
  readonly instrument: Instrument;
  readonly tradeId: number;
  readonly tsUs: number;
  readonly recvUs: number;
  readonly price: number;
  readonly size: number;
  readonly isSell: boolean;
}

export interface MarketSeed {
  readonly instruments: readonly Instrument[];
  readonly trades: readonly SeedTrade[];
}

/** Per instrument and minute four sweeps of seven trades each; values have up to 15 digits. */
export function marketSeed(): MarketSeed {
  const instruments = [
    plainInstrument(0, 'binance', 'BTC/USDT', 'spot'),
    plainInstrument(1, 'binance', 'BTC/USDT', 'perp'),
    plainInstrument(2, 'okx', 'ETH/USDT', 'spot'),
  ];
  const trades: SeedTrade[] = [];
  for (const instrument of instruments) {
    for (let i = 0; i < SEED_MINUTES * 4 * SWEEP_COUNT; i += 1) {
      const sweep = Math.floor(i / SWEEP_COUNT);
      const tsUs = SEED_START_US + sweep * 15_000_000 + 123_000;
      trades.push({
        instrument,
        tradeId: 1_000 + i,
        tsUs,
        recvUs: tsUs + 400 + i,
        price: 61_234.56 + instrument.index + ((i * 37) % 101) / 100,
        size: 0.00012345 * (1 + (i % 9)),
        isSell: i % 3 === 0,
      });
    }
  }
  return { instruments, trades };
}

export function instrumentRowOf(instrument: Instrument): InstrumentRow {
  const { venue, symbol, marketType, venueSymbol, base, quote, feed, tape } = instrument;
  const names = { venue, symbol, marketType, venueSymbol, base, quote, feed, tape };
  return { ...names, tickSize: 0.01, lotSize: 0.00001, contractSize: 1, status: 'trading' };
}

export function tradeRowOf(trade: SeedTrade): TradeRow {
  return {
    venue: trade.instrument.venue,
    symbol: trade.instrument.symbol,
    market_type: trade.instrument.marketType,
    trade_id: trade.tradeId,
    ts: formatUs(trade.tsUs),
    ts_us: trade.tsUs,
    recv_us: trade.recvUs,
    price: trade.price,
    size: trade.size,
    side: trade.isSell ? 'sell' : 'buy',
    is_buyer_maker: trade.isSell,
  };
}

export function memoryRows(seed: MarketSeed, timeframes: readonly string[]): MemoryRows {
  const rows = emptyRows();
  rows.instruments.push(...seed.instruments.map(instrumentRowOf));
  rows.trades.push(...seed.trades.map(tradeRowOf));
  for (const name of timeframes) rows.candles.push(...candlesOf(seed, name));
  rows.gaps.push(...gapsOf(seed));
  return rows;
}

function candlesOf(seed: MarketSeed, name: string): CandleRow[] {
  const timeframe = parseTimeframe(name);
  if (timeframe === undefined) throw new Error(`timeframe ${name}`);
  const groups = Map.groupBy(
    seed.trades,
    (t) => `${t.instrument.index} ${bucketOpenUs(timeframe, t.tsUs)}`,
  );
  return [...groups.values()].map((trades) => candleOf(trades, name, timeframe));
}

function candleOf(
  trades: readonly SeedTrade[],
  name: string,
  timeframe: NonNullable<ReturnType<typeof parseTimeframe>>,
): CandleRow {
  const first = trades[0] as SeedTrade;
  const prices = trades.map((t) => t.price);
  const sum = (of: (t: SeedTrade) => number) => trades.reduce((total, t) => total + of(t), 0);
  const tsUs = bucketOpenUs(timeframe, first.tsUs);
  const volume = sum((t) => t.size);
  const quoteVolume = sum((t) => t.size * t.price);
  return {
    venue: first.instrument.venue,
    symbol: first.instrument.symbol,
    market_type: first.instrument.marketType,
    timeframe: name,
    ts: formatUs(tsUs),
    ts_us: tsUs,
    open: first.price,
    high: Math.max(...prices),
    low: Math.min(...prices),
    close: prices.at(-1) as number,
    volume,
    quote_volume: quoteVolume,
    trade_count: trades.length,
    buy_volume: sum((t) => (t.isSell ? 0 : t.size)),
    vwap: quoteVolume / volume,
    state: 'complete',
    revision: 0,
  };
}

/** Two gaps an instrument: one repaired, one open, in that order of time. */
export function gapsOf(seed: MarketSeed): GapRow[] {
  return seed.instruments.flatMap(({ venue, symbol, marketType }) =>
    [0, 1].map((i) => {
      const fromUs = SEED_START_US + i * 60_000_000;
      return {
        venue,
        symbol,
        market_type: marketType,
        kind: 'trade_gap',
        from_id: 5_000 + i * 10,
        to_id: 5_004 + i * 10,
        from_us: fromUs,
        to_us: fromUs + 1_000_000,
        cause: 'disconnect',
        detected_us: fromUs + 1_500_000,
        repaired: i === 0 ? (1 as const) : (0 as const),
        repaired_us: i === 0 ? fromUs + 9_000_000 : null,
        how: i === 0 ? 'rest' : null,
      };
    }),
  );
}
