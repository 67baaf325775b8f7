/** `simulate`: the embedded exchange alone, for a client under test or a second recorder. */
import type { Command } from 'commander';
import { systemClock } from '../../base/clock.ts';
import type { CliIo } from '../cli-io.ts';
import type { CliParts } from '../cli-parts.ts';
import {
  SIMULATOR_DEFAULTS,
  type SimulatorFlags,
  withSimulatorOptions,
} from '../command-options.ts';
import { durationOption, portOption } from '../option-values.ts';
import { awaitStop } from '../stop-request.ts';
import { elapsedText } from '../terminal/number-text.ts';

interface SimulateFlags extends SimulatorFlags {
  readonly port: number;
  readonly duration?: number;
  readonly json?: true;
}

const DEFAULT_PORT = 8720;
const EXAMPLES = `
Examples:
  bun run simulate                                    until stopped, on port ${DEFAULT_PORT}
  bun run simulate --rate 20000 --seed 7 --faults all --truth truth.ndjson
  bun run simulate --faults drop=0.001,disconnect=10s --duration 1m --json`;

export function addSimulate(
  program: Command,
  io: CliIo,
  parts: CliParts,
  finish: (code: number) => void,
): void {
  const command = program
    .command('simulate')
    .summary('runs the embedded exchange alone')
    .description("Serves every venue's own dialect over WebSocket and REST, seeded, offline.")
    .option('--port <port>', 'port on 127.0.0.1, 0 for any', portOption, DEFAULT_PORT)
    .option('--duration <duration>', 'stop after this time', durationOption)
    .option('--json', 'one JSON object on stdout at the end');
  withSimulatorOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (flags: SimulateFlags) => finish(await simulate(flags, io, parts)));
}

async function simulate(flags: SimulateFlags, io: CliIo, parts: CliParts): Promise<number> {
  const startedUs = systemClock.monoUs();
  const { rate, seed, faults } = { ...SIMULATOR_DEFAULTS, ...flags };
  const simulator = await parts.startSimulator({
    port: flags.port,
    rate,
    seed,
    faults,
    truthFile: flags.truth,
    instruments: undefined,
  });
  for (const [feed, { ws, rest }] of Object.entries(simulator.urls)) {
    io.stderr(`${feed}  ${ws}  ${rest}\n`);
  }
  // It never ends by itself.
  const stop = await awaitStop(io, flags.duration, new Promise(() => {}), () => {});
  await simulator.stop();
  const seconds = (systemClock.monoUs() - startedUs) / 1e6;
  const facts = await simulator.facts();
  if (flags.json === true) {
    const head = { command: 'simulate', exit_reason: stop.reason, duration_s: seconds };
    io.stdout(`${JSON.stringify({ ...head, rate, seed, faults, ...facts })}\n`);
  } else {
    const counts = Object.entries(facts).map(([name, count]) => `${name} ${count}`);
    io.stdout(`simulate: ${elapsedText(seconds)}, ended by ${stop.reason}: ${counts.join(', ')}\n`);
  }
  return 0;
}
