/**
 * Rows as OpenAPI describes them and the columns of their CSV. `satisfies` holds them against the
 * store's contract: a column that is added there must be added here.
 */
import { z } from '@hono/zod-openapi';
import type {
  BookRow,
  CandleRow,
  CoverageRow,
  DerivativeRow,
  GapRow,
  LiquidationRow,
  QuoteRow,
  TradeRow,
} from '../store/contract.ts';

const marketType = z.enum(['spot', 'perp', 'future', 'option']);
const us = z.number().int().openapi({ description: 'µs since the Unix epoch' });
const tsText = z.string().openapi({ example: '2026-01-31 23:59:59.123456', description: 'UTC' });
const instrument = {
  venue: z.string().openapi({ example: 'binance' }),
  symbol: z.string().openapi({ example: 'BTC/USDT' }),
  market_type: marketType,
};

const trade = {
  ...instrument,
  trade_id: z
    .union([z.number(), z.string()])
    .openapi({ description: 'Text where the venue has no ids below 2^53' }),
  ts: tsText,
  ts_us: us,
  recv_us: us,
  price: z.number(),
  size: z.number().openapi({ description: 'Base units' }),
  side: z.enum(['buy', 'sell']).openapi({ description: 'Of the aggressor' }),
  is_buyer_maker: z.boolean(),
} satisfies Record<keyof TradeRow, z.ZodType>;

const quote = {
  ...instrument,
  ts: tsText,
  ts_us: us.openapi({ description: 'The receive time where the venue sends none, µs' }),
  recv_us: us,
  bid_price: z.number().nullable(),
  bid_size: z.number().nullable(),
  ask_price: z.number().nullable(),
  ask_size: z.number().nullable(),
} satisfies Record<keyof QuoteRow, z.ZodType>;

const levels = z.string().openapi({
  description: 'JSON `[[price,size],…]`, best first',
  example: '[[61837.63,0.5],[61837.62,1.25]]',
});

const book = {
  ...instrument,
  ts: tsText,
  ts_us: us,
  recv_us: us,
  sequence: z.number().nullable(),
  bids: levels,
  asks: levels,
} satisfies Record<keyof BookRow, z.ZodType>;

const derivative = {
  ...instrument,
  ts: tsText,
  ts_us: us,
  recv_us: us,
  mark_price: z.number().nullable(),
  index_price: z.number().nullable(),
  funding_rate: z.number().nullable(),
  next_funding_us: us.nullable(),
  open_interest: z.number().nullable().openapi({ description: 'Base units' }),
} satisfies Record<keyof DerivativeRow, z.ZodType>;

const liquidation = {
  ...instrument,
  ts: tsText,
  ts_us: us,
  recv_us: us,
  price: z.number(),
  size: z.number().openapi({ description: 'Base units' }),
  side: z.enum(['buy', 'sell']).openapi({ description: 'Of the liquidation order' }),
} satisfies Record<keyof LiquidationRow, z.ZodType>;

const candle = {
  ...instrument,
  timeframe: z.string().openapi({ example: '1m' }),
  ts: tsText,
  ts_us: us.openapi({ description: 'Open time of the bucket, µs' }),
  open: z.number(),
  high: z.number(),
  low: z.number(),
  close: z.number(),
  volume: z.number(),
  quote_volume: z.number(),
  trade_count: z.number().int(),
  buy_volume: z.number(),
  vwap: z.number().nullable(),
  state: z
    .enum(['complete', 'partial', 'repaired'])
    .openapi({ description: 'partial: the feed was not whole in the bucket' }),
  revision: z.number().int().openapi({ description: 'Rises when a closed candle changes' }),
} satisfies Record<keyof CandleRow, z.ZodType>;

const gap = {
  ...instrument,
  kind: z.string().openapi({ example: 'trade_gap' }),
  from_id: z.number().nullable(),
  to_id: z.number().nullable(),
  from_us: us,
  to_us: us.nullable(),
  cause: z.string(),
  detected_us: us,
  repaired: z.union([z.literal(0), z.literal(1)]),
  repaired_us: us.nullable(),
  how: z.string().nullable(),
} satisfies Record<keyof GapRow, z.ZodType>;

const coverage = {
  ...instrument,
  from_id: z.number().nullable(),
  to_id: z.number().nullable(),
  from_us: us,
  to_us: us,
} satisfies Record<keyof CoverageRow, z.ZodType>;

export const TRADE_COLUMNS = Object.keys(trade) as (keyof TradeRow)[];
export const QUOTE_COLUMNS = Object.keys(quote) as (keyof QuoteRow)[];
export const BOOK_COLUMNS = Object.keys(book) as (keyof BookRow)[];
export const DERIVATIVE_COLUMNS = Object.keys(derivative) as (keyof DerivativeRow)[];
export const LIQUIDATION_COLUMNS = Object.keys(liquidation) as (keyof LiquidationRow)[];
export const CANDLE_COLUMNS = Object.keys(candle) as (keyof CandleRow)[];
export const GAP_COLUMNS = Object.keys(gap) as (keyof GapRow)[];
export const COVERAGE_COLUMNS = Object.keys(coverage) as (keyof CoverageRow)[];

export const tradeSchema = z.object(trade).openapi('Trade');
export const quoteSchema = z.object(quote).openapi('Quote');
export const bookSchema = z.object(book).openapi('Book');
export const derivativeSchema = z.object(derivative).openapi('Derivative');
export const liquidationSchema = z.object(liquidation).openapi('Liquidation');
export const candleSchema = z.object(candle).openapi('Candle');
export const gapSchema = z.object(gap).openapi('Gap');
export const coverageSchema = z.object(coverage).openapi('Coverage');

/** The answers of a list route: a page as JSON, or the same rows as CSV. */
export function pageAnswers(row: z.ZodType): Record<string, z.ZodType> {
  const next = z
    .string()
    .nullable()
    .openapi({ description: 'Cursor of the next page; null when no more rows exist now' });
  return {
    'application/json': z.object({ data: z.array(row), next }),
    'text/csv': z.string().openapi({ description: '`next` is in the header x-next-cursor' }),
  };
}
