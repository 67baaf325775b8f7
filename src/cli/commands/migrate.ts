/** `migrate`: shows which schema changes a store lacks, and applies them. */
import type { Command } from 'commander';
import { redactText } from '../../base/redact.ts';
import { appliedOrPending, type MigrationState, migrate } from '../../store/migrate.ts';
import type { CliIo } from '../cli-io.ts';
import type { CliParts } from '../cli-parts.ts';
import { type ConfigFlags, storesToUse, withConfigOptions } from '../command-options.ts';
import { loadConfig } from '../config/load-config.ts';

interface MigrateFlags extends ConfigFlags {
  readonly dryRun?: true;
  readonly sql?: true;
}

interface StoreMigrations {
  readonly store: string;
  readonly applied_now: number;
  readonly migrations: readonly MigrationState[];
}

const EXAMPLES = `
Examples:
  bun run migrate --dry-run        what every store of the config lacks
  bun run migrate --dry-run --sql  the statements, for who runs them by hand
  bun run migrate --store postgres://writer@db/market`;

export function addMigrate(
  program: Command,
  io: CliIo,
  parts: CliParts,
  finish: (code: number) => void,
): void {
  const command = program
    .command('migrate')
    .summary('shows and applies pending schema changes')
    .description('Shows and applies pending schema changes. Recording does the same at its start.')
    .option('--dry-run', 'show only: makes and writes nothing')
    .option('--sql', 'print the statements of pending changes');
  withConfigOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (flags: MigrateFlags) => finish(await migrateStores(flags, io, parts)));
}

async function migrateStores(flags: MigrateFlags, io: CliIo, parts: CliParts): Promise<number> {
  const { config } = loadConfig(flags.config, io.directory, io.environment);
  const isDry = flags.dryRun === true;
  const stores: StoreMigrations[] = [];
  for (const url of storesToUse(flags, config)) {
    const session = await parts.openMigrations(url, isDry ? 'look' : 'change');
    try {
      const before = await appliedOrPending(session.target, session.migrations);
      if (flags.sql === true && flags.json !== true) {
        const pending = session.migrations.filter((_, i) => before[i]?.state === 'pending');
        for (const { sql } of pending) io.stdout(`${sql.trimEnd()}\n\n`);
      }
      const appliedNow = isDry ? 0 : await migrate(session.target, session.migrations);
      const migrations = isDry
        ? before
        : await appliedOrPending(session.target, session.migrations);
      stores.push({ store: redactText(url), applied_now: appliedNow, migrations });
    } finally {
      await session.close();
    }
  }
  io.stdout(
    flags.json === true ? `${JSON.stringify({ command: 'migrate', stores })}\n` : text(stores),
  );
  return 0;
}

function text(stores: readonly StoreMigrations[]): string {
  const lines = stores.flatMap(({ store, applied_now: appliedNow, migrations }) => {
    const pending = migrations.filter(({ state }) => state === 'pending').length;
    const isNew = pending === migrations.length ? ': no store there yet' : '';
    const applied = `${migrations.length - pending} applied (${appliedNow} now)`;
    return [
      `${store}: ${applied}, ${pending} pending${isNew}`,
      ...migrations.map(({ version, name, state }) => `  ${version}-${name}: ${state}`),
    ];
  });
  return `${lines.join('\n')}\n`;
}
