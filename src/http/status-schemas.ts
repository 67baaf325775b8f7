/** The status answers as OpenAPI describes them. */
import { z } from '@hono/zod-openapi';

const us = z.number().int();
const numbers = z.record(z.string(), z.number());
const feedState = z.enum(['connecting', 'live', 'degraded', 'stopped']);
const marketType = z.enum(['spot', 'perp', 'future', 'option']);
const orNone = z.number().nullable().openapi({ description: 'null: none yet' });

export const healthSchema = z
  .object({
    status: z.enum(['ok', 'degraded']),
    version: z.string(),
    session_id: z.string(),
    now_us: us,
    uptime_seconds: z.number(),
    store: z.object({
      state: z.enum(['ok', 'behind', 'unreachable']),
      problem: z.string(),
      spool_batches: z.number(),
    }),
    stores_behind: z.array(z.object({ name: z.string(), spool_batches: z.number() })),
    feeds: z.array(
      z.object({
        feed: z.string(),
        venue: z.string(),
        state: feedState,
        problem: z.string(),
        last_frame_us: orNone,
      }),
    ),
    captures: z
      .array(
        z.object({ venue: z.string(), state: z.enum(['ok', 'failing']), lost_lines: z.number() }),
      )
      .openapi({ description: 'Empty when nothing is captured' }),
    workers: z.array(z.object({ name: z.string(), state: z.string(), restarts: z.number() })),
  })
  .openapi('Health');

const latency = z.object({
  count: z.number(),
  p50: z.number(),
  p99: z.number(),
  p999: z.number(),
  max: z.number(),
});

export const statsSchema = z
  .object({
    session_id: z.string(),
    version: z.string(),
    store: z.string().openapi({ description: 'Kind of the store', example: 'sqlite' }),
    timeframes: z.array(z.string()).readonly(),
    now: z.string(),
    now_us: us,
    started_us: us,
    uptime_seconds: z.number(),
    feeds: z.array(
      z.object({
        feed: z.string(),
        venue: z.string(),
        state: feedState,
        problem: z.string(),
        ring_fill: z.number().openapi({ description: 'Share of the writer ring in use, 0 to 1' }),
        counters: numbers.readonly(),
        latency_us: z.record(z.string(), latency).readonly(),
      }),
    ),
    writer: numbers.readonly().openapi({ description: 'Of the first store' }),
    stores: z.array(z.object({ name: z.string(), counters: numbers.readonly() })),
    aggregator: numbers.readonly(),
    workers: z
      .array(z.object({ name: z.string(), state: z.string(), restarts: z.number() }))
      .readonly(),
  })
  .openapi('Stats');

export const venueSchema = z
  .object({
    venue: z.string(),
    feeds: z.array(
      z.object({
        feed: z.string(),
        state: feedState,
        problem: z.string(),
        instruments: z.array(
          z.object({ symbol: z.string(), market_type: marketType, venue_symbol: z.string() }),
        ),
      }),
    ),
  })
  .openapi('Venue');

export const liveSchema = z
  .object({
    venue: z.string(),
    symbol: z.string(),
    market_type: marketType,
    feed: z.string(),
    last_trade_us: orNone,
    last_price: orNone,
    last_size: orNone,
    quote_us: orNone,
    bid_price: orNone,
    bid_size: orNone,
    ask_price: orNone,
    ask_size: orNone,
    trade_count: z.number(),
    volume: z.number(),
  })
  .openapi('Live');

export const instrumentSchema = z
  .object({
    venue: z.string(),
    symbol: z.string(),
    market_type: marketType,
    feed: z.string(),
    venue_symbol: z.string(),
    base: z.string(),
    quote: z.string(),
    tape: z.string().nullable(),
    tick_size: z.number().nullable(),
    lot_size: z.number().nullable(),
    contract_size: z.number(),
    status: z.string(),
    recording: z.boolean().openapi({ description: 'This process records it now' }),
  })
  .openapi('Instrument');
