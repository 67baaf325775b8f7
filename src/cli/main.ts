/** Entry point of the command line: `bun src/cli/main.ts COMMAND …`. */
import packageJson from '../../package.json' with { type: 'json' };
import { processIo } from './cli-io.ts';
import { builtParts } from './cli-parts.ts';
import { runCli } from './run-cli.ts';

// A reader that went away (`| head`) ends the output, not the recording.
process.stdout.on('error', (error: { code?: string }) => {
  if (error.code !== 'EPIPE') throw error;
});

const code = await runCli(process.argv.slice(2), processIo(), builtParts(packageJson.version));
// Explicit: a worker or socket that is still open must not keep a finished command alive. What was
// written to a pipe goes out first.
process.stdout.write('', () => process.exit(code));
