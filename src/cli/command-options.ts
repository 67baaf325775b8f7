/** Options that several commands share, under the same names and with the same meaning. */
import { type Command, Option } from 'commander';
import { UsageError } from '../base/errors.ts';
import { LOG_LEVELS } from '../base/log.ts';
import type { Config } from './config/config-schema.ts';
import { DEFAULT_CONFIG_FILE, storeUrlsOf } from './config/load-config.ts';
import type { Address } from './config/quantity.ts';
import type { Overrides } from './config/resolve-config.ts';
import {
  addressOption,
  durationOption,
  rateOption,
  seedOption,
  storeOption,
} from './option-values.ts';

export interface ConfigFlags {
  readonly config?: string;
  readonly store?: readonly string[];
  readonly logLevel?: string;
  readonly json?: true;
}

export interface RunFlags extends ConfigFlags {
  readonly capture?: string;
  /** `false` for --no-http. */
  readonly http?: Address | false;
  readonly statsInterval?: number;
  readonly allowUnlisted?: true;
}

export interface SimulatorFlags {
  readonly rate?: number;
  readonly seed?: number;
  readonly faults?: string;
  readonly truth?: string;
}

export const SIMULATOR_DEFAULTS = { rate: 1000, seed: 1, faults: 'none' } as const;

export function withConfigOptions(command: Command): Command {
  return command
    .option('--config <file>', `config file (default: ${DEFAULT_CONFIG_FILE} when it exists)`)
    .option('--store <url>', 'store, such as sqlite:tickspine.db; again for one more', storeOption)
    .addOption(new Option('--log-level <level>', 'least level logged').choices(LOG_LEVELS))
    .option('--json', 'one JSON object on stdout at the end');
}

export function withRunOptions(command: Command): Command {
  return withConfigOptions(command)
    .option('--http <host:port>', 'address of the API and the dashboard', addressOption)
    .option('--no-http', 'no API, no dashboard')
    .option('--stats-interval <duration>', 'time between two stats lines', durationOption)
    .option('--allow-unlisted', 'take symbols that no catalogue lists');
}

export function withSimulatorOptions(command: Command): Command {
  const { rate, seed, faults } = SIMULATOR_DEFAULTS;
  return command
    .option('--rate <number>', `frames a second it sends (default: ${rate})`, rateOption)
    .option('--seed <number>', `seed of everything random (default: ${seed})`, seedOption)
    .option('--faults <list>', `all, none or drop=0.001,disconnect=10s,… (default: ${faults})`)
    .option('--truth <file>', 'writes every trade it makes, as NDJSON');
}

export function overridesOf(flags: RunFlags): Overrides {
  return {
    stores: flags.store,
    captureDir: flags.capture,
    http: flags.http === false ? 'off' : flags.http,
    statsIntervalMs: flags.statsInterval,
    logLevel: flags.logLevel,
    allowUnlisted: flags.allowUnlisted,
  };
}

/** The stores a command works on: the options', else the config's. */
export function storesToUse(flags: ConfigFlags, config: Config): readonly string[] {
  return flags.store ?? storeUrlsOf(config);
}

/** The one store that a reading command looks into: the option's, else the config's first. */
export function storeToRead(flags: ConfigFlags, config: Config): string {
  const [url, second] = storesToUse(flags, config);
  if (flags.store !== undefined && second !== undefined) {
    throw new UsageError('option --store: one store is read at a time');
  }
  return url ?? config.store;
}
