/** `replay FILE…`: a capture through the same venue code into a store. Needs no network. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { UsageError } from '../../base/errors.ts';
import type { CliIo } from '../cli-io.ts';
import type { CliParts } from '../cli-parts.ts';
import { overridesOf, type RunFlags, withRunOptions } from '../command-options.ts';
import { loadConfig } from '../config/load-config.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { speedOption } from '../option-values.ts';
import { runEngine } from '../run-engine.ts';

interface ReplayFlags extends RunFlags {
  readonly speed: number;
}

const EXAMPLES = `
Examples:
  bun run replay captures/binance-0001.cap.zst
  bun run replay day/*.cap.gz --store sqlite:day.db --json
  bun run replay day/*.cap.gz --speed 1          as it was received, with the dashboard`;

export function addReplay(
  program: Command,
  io: CliIo,
  parts: CliParts,
  finish: (code: number) => void,
): void {
  const command = program
    .command('replay')
    .argument('<file...>', 'captures (.cap, .cap.gz, .cap.zst) in order')
    .summary('puts captures through the recorder')
    .description('Puts captures through the same code as live data, into a store.')
    .addOption(
      new Option('--speed <factor>', '1 as it was received, max as fast as it goes')
        .argParser(speedOption)
        .default(Number.POSITIVE_INFINITY, 'max'),
    );
  withRunOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], flags: ReplayFlags) =>
      finish(await replay(files, flags, io, parts)),
    );
}

async function replay(
  names: readonly string[],
  flags: ReplayFlags,
  io: CliIo,
  parts: CliParts,
): Promise<number> {
  const files = names.map((name) => existingFile(name, io.directory));
  const loaded = loadConfig(flags.config, io.directory, io.environment);
  const resolved = resolveConfig(loaded, overridesOf(flags), {
    command: 'replay',
    version: parts.version,
    directory: io.directory,
    venues: await parts.discoverVenues(),
    storeSchemes: await parts.storeSchemes(),
  });
  await parts.checkStoreUrls(resolved.engine.storeUrls);
  // A replay at full speed is over before anybody could look; it serves only when asked to.
  const isServed = flags.http !== undefined || Number.isFinite(flags.speed);
  const plan = { ...resolved, http: isServed ? resolved.http : undefined };
  const options = { config: plan.engine, files, speed: flags.speed };
  const run = { plan, durationMs: undefined, isJson: flags.json === true };
  return runEngine({ ...run, start: () => parts.startReplay(options) }, io, parts);
}

function existingFile(name: string, directory: string): string {
  const path = resolve(directory, name);
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts?.isFile() === true) return path;
  throw new UsageError(`replay: ${name}: ${facts === undefined ? 'no such file' : 'not a file'}`);
}
