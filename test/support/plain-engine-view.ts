/** An EngineView of plain data. */
import { AGGREGATOR_COUNTERS, LATENCY_STAGES, WRITER_COUNTERS } from '../../src/engine/counters.ts';
import type { EngineView, FeedView, LiveRow } from '../../src/engine/engine-view.ts';
import type { Instrument, MarketType } from '../../src/model/instrument.ts';
import { FEED_COUNTERS } from '../../src/venues/feed-counters.ts';

export const VIEW_START_US = 1_767_225_600_000_000;

export function plainInstrument(
  index: number,
  venue: string,
  symbol: string,
  marketType: MarketType,
): Instrument {
  const [base = '', quote = ''] = symbol.split('/');
  const feed = `${venue}.${marketType === 'spot' ? 'spot' : 'usdm'}`;
  const venueSymbol = base + quote;
  return { index, venue, symbol, marketType, feed, venueSymbol, base, quote, tape: 'trade' };
}

function record<Name extends string>(
  names: readonly Name[],
  values: Partial<Record<Name, number>>,
): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, values[name] ?? 0])) as Record<Name, number>;
}

export function plainFeed(
  instrument: Instrument,
  over: Partial<Pick<FeedView, 'state' | 'problem'>> & {
    counters?: Partial<FeedView['counters']>;
  } = {},
): FeedView {
  const summary = { count: 4, p50: 250, p99: 900, p999: 1_500, max: 2_000 };
  return {
    feed: instrument.feed,
    venue: instrument.venue,
    state: over.state ?? 'live',
    problem: over.problem ?? '',
    counters: record(FEED_COUNTERS, over.counters ?? {}),
    latency: Object.fromEntries(
      LATENCY_STAGES.map((stage) => [stage, summary]),
    ) as FeedView['latency'],
  };
}

export interface PlainView {
  instruments: Instrument[];
  feeds: FeedView[];
  live: LiveRow[];
  timeframes: string[];
  spoolBatches: number;
  storeUrl: string;
}

export function plainEngineView(state: PlainView): EngineView {
  return {
    sessionId: 'session-1',
    startedUs: VIEW_START_US,
    version: '0.1.0',
    storeUrl: state.storeUrl,
    timeframes: state.timeframes,
    nowUs: () => VIEW_START_US + 60_000_000,
    instruments: () => state.instruments,
    feeds: () => state.feeds,
    writer: () => record(WRITER_COUNTERS, { rows: 7, spool_batches: state.spoolBatches }),
    stores: () => [
      { name: 'sqlite', url: state.storeUrl, counters: record(WRITER_COUNTERS, { rows: 7 }) },
    ],
    captures: () => [],
    aggregator: () => record(AGGREGATOR_COUNTERS, { candles: 3 }),
    workers: () => [{ name: 'venue.binance', state: 'running', restarts: 2 }],
    live: () => state.live,
  };
}
