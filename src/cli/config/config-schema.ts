/**
 * Every key of `tickspine.yaml`, its form and its default. `tickspine.example.yaml` documents them
 * and a test holds the two together. What depends on the venues found (feeds, symbols, channels on
 * offer) is checked in `resolve-feeds.ts`.
 */
import { z } from 'zod';
import { LOG_LEVELS } from '../../base/log.ts';
import { CHANNEL_NAMES } from '../../model/record-layout.ts';
import { parseTimeframe } from '../../model/timeframe.ts';
import {
  ADDRESS_FORM,
  DURATION_FORM,
  parseAddress,
  parseDuration,
  parseSize,
  SIZE_FORM,
} from './quantity.ts';

const MIB = 2 ** 20;

/** Text that `parse` understands, as what it gives. */
function parsed<T>(form: string, parse: (text: string) => T | undefined) {
  return z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `'${text}' is not ${form}` });
    return z.NEVER;
  });
}

/** A duration between `minMs` and `maxMs`, in ms. */
function duration(minMs: number, maxMs: number) {
  return parsed(DURATION_FORM, parseDuration).refine((ms) => ms >= minMs && ms <= maxMs, {
    error: `must be between ${minMs} ms and ${maxMs} ms`,
  });
}

const size = parsed(SIZE_FORM, parseSize);

/** A ring's length: the position arithmetic needs a power of two. */
const ringSize = size
  .refine((length) => Number.isInteger(Math.log2(length)), {
    error: (issue) => `${String(issue.input)} bytes is not a power of two`,
  })
  .refine((length) => length >= 2 ** 16 && length <= 2 ** 30, {
    error: 'must be between 64KiB and 1GiB',
  });

const timeframe = z.string().refine((text) => parseTimeframe(text) !== undefined, {
  error: (issue) =>
    `'${String(issue.input)}' is not a timeframe: a count and one of s, m, h, d, w, M, such as 5m`,
});

const url = (schemes: string) =>
  z.string().refine((text) => new RegExp(`^(${schemes})://\\S+$`).test(text), {
    error: `must be a URL that starts with ${schemes.split('|').join(':// or ')}://`,
  });

const channel = z.enum(CHANNEL_NAMES);

export const feedSchema = z.strictObject({
  symbols: z.array(z.string().min(1)).min(1),
  channels: z.array(channel).min(1).default(['trades', 'quotes', 'book']),
  trades: z.enum(['trade', 'aggTrade']).optional(),
  urls: z
    .strictObject({ ws: url('wss|ws').optional(), rest: url('https|http').optional() })
    .prefault({}),
  stale_after: z
    .strictObject({
      trades: duration(100, 86_400_000).optional(),
      quotes: duration(100, 86_400_000).optional(),
      book: duration(100, 86_400_000).optional(),
      derivative: duration(100, 86_400_000).optional(),
      liquidations: duration(100, 86_400_000).optional(),
    })
    .prefault({}),
});

const DEFAULT_SYMBOLS = ['BTC/USDT', 'ETH/USDT'];
export const DEFAULT_STORE = 'sqlite:tickspine.db';
export const DEFAULT_FEEDS = {
  'binance.spot': { symbols: DEFAULT_SYMBOLS },
  'binance.usdm': { symbols: DEFAULT_SYMBOLS },
};
export const DEFAULT_TIMEFRAMES = ['1s', '1m', '5m', '15m', '1h', '4h', '1d'];

/** How long rows are kept. */
const keep = duration(3_600_000, 36_500 * 86_400_000);

export const configSchema = z.strictObject({
  store: z.string().min(1).default(DEFAULT_STORE),
  stores: z.array(z.string().min(1)).min(1).optional(),
  feeds: z.record(z.string(), feedSchema).prefault(DEFAULT_FEEDS),
  candles: z
    .strictObject({ timeframes: z.array(timeframe).min(1).default(DEFAULT_TIMEFRAMES) })
    .prefault({}),
  book: z
    .strictObject({
      depth: z.int().min(1).max(1000).default(20),
      interval: duration(10, 3_600_000).prefault('100ms'),
      deltas: z.boolean().default(false),
    })
    .prefault({}),
  writer: z
    .strictObject({
      flush_ms: z.int().min(1).max(60_000).default(250),
      batch_rows: z.int().min(1).max(1_000_000).default(20_000),
      spool_dir: z.string().min(1).default('spool'),
      spool_max: size
        .refine((length) => length >= MIB, { error: 'must be at least 1MiB' })
        .prefault('1GiB'),
    })
    .prefault({}),
  retention: z
    .strictObject({
      trades: keep.optional(),
      quotes: keep.optional(),
      orderbook_snapshots: keep.optional(),
      orderbook_deltas: keep.optional(),
      derivatives: keep.optional(),
      liquidations: keep.optional(),
      data_quality: keep.optional(),
      candles: z.record(timeframe, keep).prefault({}),
    })
    .prefault({}),
  rings: z
    .strictObject({
      writer: ringSize.prefault('8MiB'),
      aggregator: ringSize.prefault('4MiB'),
      candles: ringSize.prefault('1MiB'),
      backlog: ringSize.prefault('32MiB'),
    })
    .prefault({}),
  repair: z
    .strictObject({
      max_trades: z.int().min(0).default(1_000_000),
      grace_ms: z.int().min(0).max(60_000).default(300),
    })
    .prefault({}),
  http: z
    .strictObject({
      listen: parsed(`off or ${ADDRESS_FORM}`, (text) =>
        text === 'off' ? ('off' as const) : parseAddress(text),
      ).prefault('127.0.0.1:8710'),
      token: z.string().regex(/^\S+$/, { error: 'must not be empty or hold blanks' }).optional(),
    })
    .prefault({}),
  capture: z
    .strictObject({
      dir: z.string().min(1).optional(),
      rotate: size
        .refine((length) => length >= MIB, { error: 'must be at least 1MiB' })
        .prefault('256MiB'),
    })
    .prefault({}),
  shutdown_ms: z.int().min(0).max(600_000).default(5000),
  stats_interval: duration(100, 86_400_000).prefault('10s'),
  log_level: z.enum(LOG_LEVELS).default('info'),
  allow_unlisted: z.boolean().default(false),
});

/** The config as the schema gives it: durations in ms, sizes in bytes, defaults filled in. */
export type Config = z.output<typeof configSchema>;
export type FeedSection = z.output<typeof feedSchema>;
