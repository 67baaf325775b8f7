/**
 * From the checked config and the options of the command line to what the engine and the server
 * take. Options win over the file. Pure: nothing is opened, bound or created here.
 */

import { resolve } from 'node:path';
import { UsageError } from '../../base/errors.ts';
import { redactText, redactUrl } from '../../base/redact.ts';
import type { EngineConfig, RetentionRule } from '../../engine/engine-config.ts';
import { assertMayBind } from '../../http/bearer-token.ts';
import type { RetainedTable } from '../../store/contract.ts';
import { storeScheme } from '../../store/open-store.ts';
import type { VenueModule } from '../../venues/contract.ts';
import type { Config } from './config-schema.ts';
import { type LoadedConfig, storeUrlsOf } from './load-config.ts';
import type { Address } from './quantity.ts';
import { resolveFeeds, type SimulatedCatalogue } from './resolve-feeds.ts';

/** What the command line says beyond the file; absent members leave the file's. */
export interface Overrides {
  readonly stores?: readonly string[] | undefined;
  readonly captureDir?: string | undefined;
  readonly http?: Address | 'off' | undefined;
  readonly statsIntervalMs?: number | undefined;
  readonly logLevel?: string | undefined;
  readonly allowUnlisted?: boolean | undefined;
}

export interface ResolveRules {
  /** As it is recorded in `sessions`: `collect`, `collect --simulate`, `replay`. */
  readonly command: string;
  readonly version: string;
  /** Relative paths are below it. */
  readonly directory: string;
  readonly venues: readonly VenueModule[];
  /** URL schemes of the stores of this build. */
  readonly storeSchemes: readonly string[];
  readonly simulated?: SimulatedCatalogue | undefined;
}

export interface HttpPlan extends Address {
  readonly token: string | undefined;
}

export interface RunPlan {
  readonly engine: EngineConfig;
  readonly http: HttpPlan | undefined;
  readonly statsIntervalMs: number;
}

export function resolveConfig(
  { config, source }: LoadedConfig,
  overrides: Overrides,
  rules: ResolveRules,
): RunPlan {
  const storeUrls = resolveStores(config, overrides, source, rules.storeSchemes);
  const { feeds, instruments } = resolveFeeds(config.feeds, source, {
    venues: rules.venues,
    allowUnlisted: overrides.allowUnlisted ?? config.allow_unlisted,
    simulated: rules.simulated,
  });
  const captureDir = overrides.captureDir ?? config.capture.dir;
  const { book, writer, rings, repair } = config;
  const engine: EngineConfig = {
    command: rules.command,
    version: rules.version,
    configJson: sessionConfig(config, overrides, source),
    storeUrls,
    feeds,
    instruments,
    timeframes: config.candles.timeframes,
    book: { depth: book.depth, intervalMs: book.interval, deltas: book.deltas },
    writer: {
      flushMs: writer.flush_ms,
      batchRows: writer.batch_rows,
      spoolDir: resolve(rules.directory, writer.spool_dir),
      spoolMaxBytes: writer.spool_max,
    },
    rings: {
      writerBytes: rings.writer,
      aggregatorBytes: rings.aggregator,
      candleBytes: rings.candles,
      backlogBytes: rings.backlog,
    },
    repair: { maxTrades: repair.max_trades, graceMs: repair.grace_ms },
    retention: retentionRules(config),
    shutdownMs: config.shutdown_ms,
    captureDir: captureDir === undefined ? undefined : resolve(rules.directory, captureDir),
    captureRotateBytes: config.capture.rotate,
    logLevel: overrides.logLevel ?? config.log_level,
  };
  return {
    engine,
    http: resolveHttp(config, overrides, source),
    statsIntervalMs: overrides.statsIntervalMs ?? config.stats_interval,
  };
}

function resolveStores(
  config: Config,
  overrides: Overrides,
  source: LoadedConfig['source'],
  schemes: readonly string[],
): readonly string[] {
  const urls = overrides.stores ?? storeUrlsOf(config);
  for (const [i, url] of urls.entries()) {
    if (schemes.includes(storeScheme(url))) continue;
    const known = schemes.map((each) => `${each}:…`).join(', ');
    const fact = `'${redactUrl(url)}' is not a store URL; this build has ${known || 'none'}`;
    if (overrides.stores !== undefined) throw new UsageError(`option --store: ${fact}`);
    throw source.problem(config.stores === undefined ? ['store'] : ['stores', i], fact);
  }
  return urls;
}

function retentionRules({ retention }: Config): readonly RetentionRule[] {
  const { candles, ...tables } = retention;
  const rules: RetentionRule[] = [];
  for (const [table, ms] of Object.entries(tables)) {
    if (ms !== undefined)
      rules.push({ target: { table: table as RetainedTable }, keepUs: ms * 1000 });
  }
  for (const [timeframe, ms] of Object.entries(candles)) {
    rules.push({ target: { table: 'candles', timeframe }, keepUs: ms * 1000 });
  }
  return rules;
}

function resolveHttp(
  config: Config,
  overrides: Overrides,
  source: LoadedConfig['source'],
): HttpPlan | undefined {
  const listen = overrides.http ?? config.http.listen;
  if (listen === 'off') return undefined;
  const { token } = config.http;
  try {
    assertMayBind(listen.hostname, token);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    if (overrides.http !== undefined) throw new UsageError(`option --http: ${error.message}`);
    throw source.problem(['http', 'listen'], error.message);
  }
  return { ...listen, token };
}

/** What the session's row keeps of the config: no secret, and `${NAME}` as it was written. */
function sessionConfig(
  config: Config,
  overrides: Overrides,
  source: LoadedConfig['source'],
): string {
  const shown = (url: string) => redactUrl(source.masked(url));
  const given = overrides.stores?.map(shown);
  const store = given ?? redactUrl(source.shown(['store'], config.store));
  const stores = config.stores?.map(shown);
  const { token, ...http } = config.http;
  const kept = { ...config, store, stores, http: { ...http, has_token: token !== undefined } };
  return JSON.stringify(
    { ...kept, options: { ...overrides, stores: given } },
    (_key, value: unknown) =>
      typeof value === 'string' ? redactText(source.masked(value)) : value,
  );
}
