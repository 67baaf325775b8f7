/** The engine's config as the benches use it: the defaults but for what they choose. */
import { DEFAULT_TIMEFRAMES } from '../../src/cli/config/config-schema.ts';
import type { EngineConfig, FeedConfig } from '../../src/engine/engine-config.ts';
import type { Instrument } from '../../src/model/instrument.ts';

export interface ConfigChoices {
  readonly feeds: readonly Omit<FeedConfig, 'staleAfterUs'>[];
  readonly instruments: readonly Instrument[];
  readonly storeUrl: string;
  readonly spoolDir?: string;
  readonly flushMs?: number;
  readonly deltas?: boolean;
  /** Larger than the default for runs at full throttle. */
  readonly ringBytes?: number;
}

const MIB = 1 << 20;

export function engineConfig(choices: ConfigChoices): EngineConfig {
  const ringBytes = choices.ringBytes ?? 8 * MIB;
  return {
    command: 'bench',
    version: 'bench',
    configJson: '{}',
    storeUrls: [choices.storeUrl],
    feeds: choices.feeds.map((feed) => ({ ...feed, staleAfterUs: {} })),
    instruments: choices.instruments,
    timeframes: DEFAULT_TIMEFRAMES,
    book: { depth: 20, intervalMs: 100, deltas: choices.deltas ?? false },
    writer: {
      flushMs: choices.flushMs ?? 100,
      batchRows: 20_000,
      spoolDir: choices.spoolDir ?? 'spool',
      spoolMaxBytes: 1024 * MIB,
    },
    rings: {
      writerBytes: ringBytes,
      aggregatorBytes: ringBytes / 2,
      candleBytes: MIB,
      backlogBytes: 32 * MIB,
    },
    repair: { maxTrades: 1_000_000, graceMs: 300 },
    retention: [],
    shutdownMs: 5000,
    captureDir: undefined,
    captureRotateBytes: 256 * MIB,
    logLevel: 'error',
  };
}
