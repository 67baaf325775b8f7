/**
 * The command line as a function: arguments in, exit code out. 0 done, 1 failed, 2 wrong usage or
 * config. A failure is one line on stderr; a broken invariant keeps its stack, as it is a fault.
 */
import { Command, CommanderError } from 'commander';
import { EngineError, errorText, UsageError } from '../base/errors.ts';
import { redactText } from '../base/redact.ts';
import type { CliIo } from './cli-io.ts';
import type { CliParts } from './cli-parts.ts';
import { addCollect } from './commands/collect.ts';
import { addInspect } from './commands/inspect.ts';
import { addMigrate } from './commands/migrate.ts';
import { addReplay } from './commands/replay.ts';
import { addSimulate } from './commands/simulate.ts';
import { addVenues } from './commands/venues.ts';
import { addVerify } from './commands/verify.ts';
import { addVersion } from './commands/version.ts';

const COMMANDS = [
  addCollect,
  addSimulate,
  addReplay,
  addInspect,
  addVerify,
  addMigrate,
  addVenues,
  addVersion,
] as const;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** `args` without the runtime and the script. Never throws. */
export async function runCli(args: readonly string[], io: CliIo, parts: CliParts): Promise<number> {
  let code = 0;
  const program = createProgram(io, parts, (result) => {
    code = result;
  });
  try {
    if (args.length === 0) throw new UsageError('no command given; --help lists them');
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    return report(error, args, io);
  }
}

function createProgram(io: CliIo, parts: CliParts, finish: (code: number) => void): Command {
  const program = new Command('tickspine')
    .description('Records market data from many venues, and proves what it has.')
    .version(parts.version, '-V, --version', 'prints the version')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: io.stdout,
      // Errors are thrown and reported as one line by the caller.
      writeErr: () => {},
      getOutHelpWidth: () => 100,
    })
    .addHelpText('after', '\nEach command has its own --help with examples.');
  for (const add of COMMANDS) add(program, io, parts, finish);
  return program;
}

function report(error: unknown, args: readonly string[], io: CliIo): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    return report(new UsageError(errorText(error).replace(/^error: /, '')), args, io);
  }
  if (args.includes('--json')) {
    const command = args.find((arg) => !arg.startsWith('-')) ?? null;
    const code = error instanceof EngineError ? error.code : 'internal';
    const message = redactText(errorText(error));
    io.stdout(`${JSON.stringify({ command, error: { code, message } })}\n`);
  }
  if (error instanceof UsageError) return reportLine(error.message, EXIT_USAGE, io);
  if (error instanceof EngineError) return reportLine(error.message, EXIT_FAILED, io);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.stderr(`tickspine: ${redactText(stack)}\n`);
  return EXIT_FAILED;
}

function reportLine(text: string, code: number, io: CliIo): number {
  io.stderr(`tickspine: ${redactText(text).replace(/\s*\n\s*/g, ' ')}\n`);
  return code;
}
