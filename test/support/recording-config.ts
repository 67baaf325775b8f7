/** The engine's config for an embedded exchange: Binance's two feeds with two instruments each. */
import type { EngineConfig, FeedConfig } from '../../src/engine/engine-config.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import type { Exchange } from '../../src/sim/exchange-options.ts';
import type { WorkFolder } from './work-folder.ts';

const MIB = 1_048_576;

/** Stores into `live.db` of `folder`. */
export function engineConfig(exchange: Exchange, folder: WorkFolder): EngineConfig {
  return {
    command: 'test',
    version: '0',
    configJson: '{}',
    storeUrls: [`sqlite:${folder.file('live.db')}`],
    feeds: [feed(exchange, 'binance.spot'), feed(exchange, 'binance.usdm')],
    instruments: [
      instrument(0, 'BTC', false),
      instrument(1, 'ETH', false),
      instrument(2, 'BTC', true),
      instrument(3, 'ETH', true),
    ],
    timeframes: ['1s', '1m', '5m', '15m', '1h', '4h', '1d'],
    book: { depth: 20, intervalMs: 100, deltas: false },
    writer: {
      flushMs: 250,
      batchRows: 20_000,
      spoolDir: folder.file('spool'),
      spoolMaxBytes: 64 * MIB,
    },
    rings: {
      writerBytes: 8 * MIB,
      aggregatorBytes: 4 * MIB,
      candleBytes: MIB,
      backlogBytes: 32 * MIB,
    },
    repair: { maxTrades: 1_000_000, graceMs: 300 },
    retention: [],
    shutdownMs: 5_000,
    captureDir: undefined,
    captureRotateBytes: 256 * MIB,
    logLevel: 'silent',
  };
}

function feed(exchange: Exchange, id: string): FeedConfig {
  const channels = ['trades', 'quotes', 'book'] as const;
  return { feed: id, venue: 'binance', urls: exchange.urls(id), channels, staleAfterUs: {} };
}

function instrument(index: number, base: string, isPerp: boolean): Instrument {
  return {
    index,
    feed: isPerp ? 'binance.usdm' : 'binance.spot',
    venue: 'binance',
    symbol: `${base}/USDT`,
    marketType: isPerp ? 'perp' : 'spot',
    venueSymbol: `${base}USDT`,
    base,
    quote: 'USDT',
    tape: isPerp ? 'aggTrade' : 'trade',
  };
}
