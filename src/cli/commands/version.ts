/** `version`: what is running here, for reports. */
import type { Command } from 'commander';
import type { CliIo } from '../cli-io.ts';
import type { CliParts } from '../cli-parts.ts';

export function addVersion(
  program: Command,
  io: CliIo,
  parts: CliParts,
  finish: (code: number) => void,
): void {
  program
    .command('version')
    .description('Prints the version of Tickspine, Bun and the machine.')
    .option('--json', 'one JSON object on stdout')
    .addHelpText('after', '\nExample:\n  bun src/cli/main.ts version --json')
    .action((flags: { json?: true }) => {
      const { platform, arch } = process;
      const facts = {
        command: 'version',
        version: parts.version,
        bun: Bun.version,
        platform,
        arch,
      };
      const text = `tickspine ${facts.version} (bun ${facts.bun}, ${platform} ${arch})`;
      io.stdout(`${flags.json === true ? JSON.stringify(facts) : text}\n`);
      finish(0);
    });
}
