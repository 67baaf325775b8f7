/** `collect`: records until stopped; with `--simulate`, the embedded exchange, offline. */
import type { Command } from 'commander';
import { UsageError } from '../../base/errors.ts';
import type { EngineConfig } from '../../engine/engine-config.ts';
import { prepareCaptureDir } from '../../net/capture-writer.ts';
import type { CliIo } from '../cli-io.ts';
import type { CliParts } from '../cli-parts.ts';
import {
  overridesOf,
  type RunFlags,
  SIMULATOR_DEFAULTS,
  type SimulatorFlags,
  withRunOptions,
  withSimulatorOptions,
} from '../command-options.ts';
import { loadConfig } from '../config/load-config.ts';
import { type RunPlan, resolveConfig } from '../config/resolve-config.ts';
import { durationOption } from '../option-values.ts';
import { runEngine } from '../run-engine.ts';
import type { SimulatorHandle } from '../run-handle.ts';

interface CollectFlags extends RunFlags, SimulatorFlags {
  readonly simulate?: true;
  readonly duration?: number;
}

const EXAMPLES = `
Examples:
  bun run collect --simulate --duration 20s     an offline trial of everything
  bun run collect                               records what tickspine.yaml says
  bun run collect --store sqlite:/data/ts.db --capture captures --no-http`;

export function addCollect(
  program: Command,
  io: CliIo,
  parts: CliParts,
  finish: (code: number) => void,
): void {
  const command = program
    .command('collect')
    .summary('records market data until stopped')
    .description('Records market data into the store until it is stopped.')
    .option('--duration <duration>', 'stop after this time', durationOption)
    .option('--simulate', 'record the embedded exchange instead of the venues')
    .option('--capture <dir>', 'also write what came over the wire, for replay');
  withSimulatorOptions(withRunOptions(command))
    .addHelpText('after', EXAMPLES)
    .action(async (flags: CollectFlags) => finish(await collect(flags, io, parts)));
}

async function collect(flags: CollectFlags, io: CliIo, parts: CliParts): Promise<number> {
  checkSimulatorFlags(flags);
  const plan = await planCollect(flags, io, parts);
  await parts.checkStoreUrls(plan.engine.storeUrls);
  if (plan.engine.captureDir !== undefined) prepareCaptureDir(plan.engine.captureDir);
  const run = { plan, durationMs: flags.duration, isJson: flags.json === true };
  if (flags.simulate !== true) {
    return runEngine({ ...run, start: () => parts.startEngine(plan.engine) }, io, parts);
  }
  const simulator = await parts.startSimulator({
    port: 0,
    rate: flags.rate ?? SIMULATOR_DEFAULTS.rate,
    seed: flags.seed ?? SIMULATOR_DEFAULTS.seed,
    faults: flags.faults ?? SIMULATOR_DEFAULTS.faults,
    truthFile: flags.truth,
    instruments: plan.engine.instruments,
  });
  try {
    const engine = atSimulator(plan.engine, simulator);
    return await runEngine({ ...run, start: () => parts.startEngine(engine) }, io, parts);
  } finally {
    await simulator.stop();
  }
}

function checkSimulatorFlags(flags: CollectFlags): void {
  if (flags.simulate === true) return;
  for (const name of ['rate', 'seed', 'faults', 'truth'] as const) {
    if (flags[name] !== undefined) throw new UsageError(`option --${name} needs --simulate`);
  }
}

async function planCollect(flags: CollectFlags, io: CliIo, parts: CliParts): Promise<RunPlan> {
  const loaded = loadConfig(flags.config, io.directory, io.environment);
  const isSimulated = flags.simulate === true;
  return resolveConfig(loaded, overridesOf(flags), {
    command: isSimulated ? 'collect --simulate' : 'collect',
    version: parts.version,
    directory: io.directory,
    venues: await parts.discoverVenues(),
    storeSchemes: await parts.storeSchemes(),
    simulated: isSimulated ? await parts.simulatedCatalogue() : undefined,
  });
}

/** The same config with every feed pointed at the embedded exchange. */
function atSimulator(config: EngineConfig, simulator: SimulatorHandle): EngineConfig {
  const feeds = config.feeds.map((feed) => {
    const urls = simulator.urls[feed.feed];
    if (urls === undefined) {
      throw new UsageError(`the embedded exchange does not speak ${feed.feed}`);
    }
    return { ...feed, urls };
  });
  return { ...config, feeds };
}
