/**
 * `/api/v1/health`, `/stats`, `/venues`, `/live` and `/instruments`: the engine as it is now. All
 * but `instruments` need no store, so they answer while it is down.
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { formatUs, US_PER_SECOND } from '../../base/clock.ts';
import type { EngineView, FeedView } from '../../engine/engine-view.ts';
import { defineGet } from '../get-route.ts';
import { createHealthReport } from '../health-report.ts';
import type { InstrumentListing } from '../instrument-directory.ts';
import { jsonResponse } from '../page-query.ts';
import { INSTRUMENT_FILTER } from '../query-fields.ts';
import { ROW_PROBLEMS, type RouteDeps } from '../route-deps.ts';
import {
  healthSchema,
  instrumentSchema,
  liveSchema,
  statsSchema,
  venueSchema,
} from '../status-schemas.ts';

export function addStatusRoutes(app: OpenAPIHono, deps: RouteDeps): void {
  const healthReport = createHealthReport(deps);
  defineGet(
    app,
    {
      path: '/api/v1/health',
      tag: 'status',
      summary: 'Whether everything is recorded and stored',
      description: 'Always 200 while the process serves; needs no token.',
      query: {},
      answers: { 'application/json': healthSchema },
    },
    async () => jsonResponse(await healthReport()),
  );
  defineGet(
    app,
    {
      path: '/api/v1/stats',
      tag: 'status',
      summary: 'Counters, latencies, rings, writer, aggregator, workers',
      query: {},
      answers: { 'application/json': statsSchema },
    },
    () => jsonResponse(statsOf(deps.view)),
  );
  defineGet(
    app,
    {
      path: '/api/v1/venues',
      tag: 'status',
      summary: 'Venues with their feeds and instruments',
      query: {},
      answers: { 'application/json': z.object({ data: z.array(venueSchema), next: z.null() }) },
    },
    () => jsonResponse({ data: venuesOf(deps.view), next: null }),
  );
  defineGet(
    app,
    {
      path: '/api/v1/live',
      tag: 'status',
      summary: 'Latest trade and quote of each instrument being recorded',
      query: {},
      answers: { 'application/json': z.object({ data: z.array(liveSchema), next: z.null() }) },
    },
    () => jsonResponse({ data: deps.view.live().map(liveRow), next: null }),
  );
  defineGet(
    app,
    {
      path: '/api/v1/instruments',
      tag: 'status',
      summary: 'Instruments that are stored or being recorded',
      query: INSTRUMENT_FILTER,
      answers: {
        'application/json': z.object({ data: z.array(instrumentSchema), next: z.null() }),
      },
      problems: ROW_PROBLEMS,
    },
    async (query) => {
      const found = await deps.directory.find(query);
      return jsonResponse({ data: found.map(instrumentRow), next: null });
    },
  );
}

function statsOf(view: EngineView): z.infer<typeof statsSchema> {
  const nowUs = view.nowUs();
  return {
    session_id: view.sessionId,
    version: view.version,
    // Only the kind of store: the rest of the URL may hold a path or a password.
    store: view.storeUrl.split(':', 1)[0] ?? '',
    timeframes: view.timeframes,
    now: formatUs(nowUs),
    now_us: nowUs,
    started_us: view.startedUs,
    uptime_seconds: (nowUs - view.startedUs) / US_PER_SECOND,
    feeds: view.feeds().map((feed) => ({
      feed: feed.feed,
      venue: feed.venue,
      state: feed.state,
      problem: feed.problem,
      ring_fill: ringFill(feed),
      counters: feed.counters,
      latency_us: feed.latency,
    })),
    writer: view.writer(),
    stores: view.stores().map(({ name, counters }) => ({ name, counters })),
    aggregator: view.aggregator(),
    workers: view.workers(),
  };
}

/** Share of the writer ring in use, 0 to 1. */
function ringFill(feed: FeedView): number {
  const { ring_used_length: used, ring_capacity: capacity } = feed.counters;
  return capacity > 0 ? used / capacity : 0;
}

function venuesOf(view: EngineView): z.infer<typeof venueSchema>[] {
  const feeds = view.feeds();
  const instruments = view.instruments();
  return [...new Set(feeds.map((feed) => feed.venue))].map((venue) => ({
    venue,
    feeds: feeds
      .filter((feed) => feed.venue === venue)
      .map((feed) => ({
        feed: feed.feed,
        state: feed.state,
        problem: feed.problem,
        instruments: instruments
          .filter((instrument) => instrument.feed === feed.feed)
          .map(({ symbol, marketType, venueSymbol }) => ({
            symbol,
            market_type: marketType,
            venue_symbol: venueSymbol,
          })),
      })),
  }));
}

function liveRow(row: ReturnType<EngineView['live']>[number]) {
  const { venue, symbol, marketType, feed } = row.instrument;
  return {
    venue,
    symbol,
    market_type: marketType,
    feed,
    last_trade_us: row.lastTradeUs,
    last_price: row.lastPrice,
    last_size: row.lastSize,
    quote_us: row.quoteUs,
    bid_price: row.bidPrice,
    bid_size: row.bidSize,
    ask_price: row.askPrice,
    ask_size: row.askSize,
    trade_count: row.tradeCount,
    volume: row.volume,
  };
}

function instrumentRow(item: InstrumentListing): z.infer<typeof instrumentSchema> {
  return {
    venue: item.venue,
    symbol: item.symbol,
    market_type: item.marketType,
    feed: item.feed,
    venue_symbol: item.venueSymbol,
    base: item.base,
    quote: item.quote,
    tape: item.tape,
    tick_size: item.tickSize,
    lot_size: item.lotSize,
    contract_size: item.contractSize,
    status: item.status,
    recording: item.isRecorded,
  };
}
