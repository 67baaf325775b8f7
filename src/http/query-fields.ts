/**
 * Query parameters, one definition each for validation and OpenAPI. Values arrive as text; a value
 * that is not exactly of its grammar is refused, never repaired.
 */
import { z } from '@hono/zod-openapi';
import { MARKET_TYPES, type MarketType } from '../model/instrument.ts';
import { LEDGER_KINDS } from '../model/record-layout.ts';
import { parseTimeframe } from '../model/timeframe.ts';
import { parseTimeText } from './time-text.ts';

export const LIMIT_MAX = 10_000;
export const LIMIT_DEFAULT = 1_000;
const NAME_LENGTH_MAX = 64;

function nameField(description: string, example: string) {
  return z
    .string()
    .min(1, 'is empty')
    .max(NAME_LENGTH_MAX, `is longer than ${NAME_LENGTH_MAX} characters`)
    .openapi({ description, example });
}

function timeField(description: string) {
  return z
    .string()
    .transform((text, context) => {
      const result = parseTimeText(text);
      if (result.ok) return result.us;
      context.addIssue({ code: 'custom', message: result.reason });
      return z.NEVER;
    })
    .openapi({ type: 'string', description, example: '2026-01-31T00:00:00Z' });
}

const venue = nameField('Venue id.', 'binance');
const symbol = nameField('Canonical symbol, BASE/QUOTE.', 'BTC/USDT');

export const marketTypeField = z
  .enum(MARKET_TYPES as readonly [MarketType, ...MarketType[]], {
    error: `must be one of ${MARKET_TYPES.join(', ')}`,
  })
  .optional()
  .openapi({ description: 'Needed only where a symbol is listed as several types.' });

export const timeframeField = z
  .string()
  .refine((text) => parseTimeframe(text) !== undefined, {
    error: 'must be a count and a unit of s, m, h, d, w, M: 1m, 37m, 4h, 1d',
  })
  .openapi({ description: 'N of s, m, h, d, w or M (months).', example: '1m' });

export const limitField = z
  .string()
  .regex(/^[1-9]\d{0,4}$/, `must be a whole number from 1 to ${LIMIT_MAX}`)
  .transform(Number)
  .refine((count) => count <= LIMIT_MAX, `must be a whole number from 1 to ${LIMIT_MAX}`)
  .optional()
  .openapi({
    type: 'integer',
    minimum: 1,
    maximum: LIMIT_MAX,
    default: LIMIT_DEFAULT,
    description: 'Rows of a page.',
  });

/** Optional on lists: what is left out is not narrowed. */
export const INSTRUMENT_FILTER = {
  venue: venue.optional(),
  symbol: symbol.optional(),
  market_type: marketTypeField,
};

/** For routes that answer about one instrument. */
export const ONE_INSTRUMENT = { venue, symbol, market_type: marketTypeField };

export const PAGE_FIELDS = {
  start: timeField('First time, inclusive.').optional(),
  end: timeField('Last time, exclusive.').optional(),
  limit: limitField,
  order: z.enum(['asc', 'desc'], { error: 'must be asc or desc' }).optional().openapi({
    description: 'By time; default asc when `start` is given, else desc (newest first).',
  }),
  cursor: z
    .string()
    .optional()
    .openapi({ description: 'The `next` of the page before; repeat its other parameters.' }),
  format: z
    .enum(['json', 'csv'], { error: 'must be json or csv' })
    .optional()
    .openapi({ description: 'Default json.' }),
};

export const GAP_FIELDS = {
  kind: z
    .enum(LEDGER_KINDS, { error: `must be one of ${LEDGER_KINDS.join(', ')}` })
    .optional()
    .openapi({ description: 'As in the ledger.', example: 'trade_gap' }),
  repaired: z
    .enum(['0', '1', 'true', 'false'], { error: 'must be 0, 1, true or false' })
    .transform((text) => text === '1' || text === 'true')
    .optional()
    .openapi({ type: 'string', enum: ['0', '1', 'true', 'false'] }),
};
