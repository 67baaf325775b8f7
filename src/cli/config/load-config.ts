/**
 * Reads and checks the config: a file, or the built-in defaults. Throws `UsageError` with the one
 * line for the user. Touches nothing but the config file itself.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { errorText, UsageError } from '../../base/errors.ts';
import { parseTimeframe } from '../../model/timeframe.ts';
import { type Config, configSchema } from './config-schema.ts';
import { ConfigSource, type Environment } from './config-source.ts';
import { complaintOf } from './issue-text.ts';

export const DEFAULT_CONFIG_FILE = 'tickspine.yaml';

export interface LoadedConfig {
  readonly config: Config;
  /** For problems that show up only later, when symbols meet venues. */
  readonly source: ConfigSource;
}

/**
 * The config in `file`; without one, in `tickspine.yaml` of `directory` when it exists, else the
 * defaults.
 */
export function loadConfig(
  file: string | undefined,
  directory: string,
  environment: Environment,
): LoadedConfig {
  const path = resolve(directory, file ?? DEFAULT_CONFIG_FILE);
  if (file === undefined && !existsSync(path)) return checkConfig(ConfigSource.defaults());
  const name = file ?? basename(path);
  return checkConfig(ConfigSource.fromText(name, readConfigFile(path, name), environment));
}

function readConfigFile(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as { code?: string };
    const fact = code === 'ENOENT' ? 'no such file' : errorText(error);
    throw new UsageError(`config ${name}: ${fact}`);
  }
}

/** The values of `source` against the schema. Throws `UsageError` about the first problem. */
export function checkConfig(source: ConfigSource): LoadedConfig {
  const result = configSchema.safeParse(source.values);
  if (!result.success) {
    const [issue] = result.error.issues;
    if (issue === undefined) throw result.error;
    const { path, reason } = complaintOf(issue, source.values);
    throw source.problem(path, reason);
  }
  checkStores(result.data, source);
  checkTimeframes(result.data, source);
  return { config: result.data, source };
}

/** The stores that rows go to, the first of which is read. */
export function storeUrlsOf({ store, stores }: Config): readonly string[] {
  return stores ?? [store];
}

function checkStores({ stores }: Config, source: ConfigSource): void {
  if (stores === undefined) return;
  const { values } = source;
  if (typeof values === 'object' && values !== null && 'store' in values) {
    throw source.problem(['stores'], 'stands instead of store: give one of the two');
  }
  for (const [i, url] of stores.entries()) {
    if (stores.indexOf(url) === i) continue;
    throw source.problem(['stores', i], `is the same as stores[${stores.indexOf(url)}]`);
  }
}

function checkTimeframes({ candles }: Config, source: ConfigSource): void {
  const seen = new Map<string, number>();
  for (const [i, name] of candles.timeframes.entries()) {
    // 60s and 1m are the same buckets under two names, which would be stored twice.
    const timeframe = parseTimeframe(name);
    const key = timeframe?.unit === 'M' ? name : String(timeframe?.lengthUs);
    const earlier = seen.get(key);
    if (earlier !== undefined) {
      const same = `'${name}' is the same as candles.timeframes[${earlier}]`;
      throw source.problem(['candles', 'timeframes', i], same);
    }
    seen.set(key, i);
  }
}
