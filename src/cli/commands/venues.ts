/** `venues`: which feeds there are, what each records, and what that was verified against. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../../base/errors.ts';
import type { CliIo } from '../cli-io.ts';
import type { CliParts } from '../cli-parts.ts';
import {
  feedEntries,
  TABLE_END,
  TABLE_START,
  venuesMarkdown,
  venuesText,
  withVenues,
} from '../venues-facts.ts';

interface VenuesFlags {
  readonly json?: true;
  /** `true` when no file was named. */
  readonly markdown?: string | true;
}

const EXAMPLES = `
Examples:
  bun run venues
  bun run venues --json | jq -r '.feeds[].feed'
  bun run venues --markdown README.md`;

export function addVenues(
  program: Command,
  io: CliIo,
  parts: CliParts,
  finish: (code: number) => void,
): void {
  program
    .command('venues')
    .summary('shows the feeds there are and what was verified')
    .description('Shows feeds, channels, limits and what each decoder was verified against.')
    .option('--json', 'one JSON object on stdout')
    .option('--markdown [file]', 'the tables as Markdown; into FILE, between its venues markers')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: VenuesFlags) => finish(await venues(flags, io, parts)));
}

async function venues(flags: VenuesFlags, io: CliIo, parts: CliParts): Promise<number> {
  const entries = feedEntries(await parts.discoverVenues());
  if (flags.json === true) {
    io.stdout(`${JSON.stringify({ command: 'venues', feeds: entries })}\n`);
  } else if (flags.markdown === true) io.stdout(`${venuesMarkdown(entries)}\n`);
  else if (flags.markdown === undefined) io.stdout(venuesText(entries));
  else {
    const path = resolve(io.directory, flags.markdown);
    if (!existsSync(path)) throw new UsageError(`venues: ${flags.markdown}: no such file`);
    const before = readFileSync(path, 'utf8');
    const after = withVenues(before, entries);
    if (after === undefined) {
      const markers = `${TABLE_START} and ${TABLE_END}`;
      throw new UsageError(`venues: ${flags.markdown} has no lines ${markers} to write between`);
    }
    if (after !== before) writeFileSync(path, after);
    const fact = after === before ? 'was up to date' : `${entries.length} feeds written`;
    io.stdout(`${flags.markdown}: ${fact}\n`);
  }
  return 0;
}
