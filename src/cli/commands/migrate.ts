/** `migrate`: shows which schema changes a store lacks, and applies them. */
import type { Command } from 'commander';
import { redactUrl } from '../../base/redact.ts';
import type { MigrationSession } from '../../store/contract.ts';
import { appliedOrPending, type MigrationState, migrate } from '../../store/migrate.ts';
import type { CliIo } from '../cli-io.ts';
import type { CliParts } from '../cli-parts.ts';
import { type ConfigFlags, storesToUse, withConfigOptions } from '../command-options.ts';
import { loadConfig } from '../config/load-config.ts';
import { type KlinesRequest, klinesOption } from '../option-values.ts';

interface MigrateFlags extends ConfigFlags {
  readonly dryRun?: true;
  readonly sql?: true;
  readonly klines?: readonly KlinesRequest[];
}

interface KlinesState {
  readonly view: string;
  readonly timeframe: string;
  readonly state: 'made' | 'pending';
}

interface StoreMigrations {
  readonly store: string;
  readonly applied_now: number;
  readonly migrations: readonly MigrationState[];
  readonly klines: readonly KlinesState[];
}

const EXAMPLES = `
Examples:
  bun run migrate --dry-run        what every store of the config lacks
  bun run migrate --dry-run --sql  the statements, for who runs them by hand
  bun run migrate --store postgres://writer@db/market
  bun run migrate --klines binance:BTC/USDT:1m --klines okx:BTC/USDT:perp:5m`;

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
    .option('--sql', 'print the statements of pending changes')
    .option(
      '--klines <market>',
      'make the view <venue>_<symbol>_klines, as venue:symbol[:type]:timeframe; again for one more',
      klinesOption,
    );
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
      const klines = await makeViews(session, flags.klines ?? [], isDry);
      stores.push({ store: redactUrl(url), applied_now: appliedNow, migrations, klines });
    } finally {
      await session.close();
    }
  }
  io.stdout(
    flags.json === true ? `${JSON.stringify({ command: 'migrate', stores })}\n` : text(stores),
  );
  return 0;
}

async function makeViews(
  session: MigrationSession,
  requests: readonly KlinesRequest[],
  isDry: boolean,
): Promise<KlinesState[]> {
  const states: KlinesState[] = [];
  for (const { view, key, timeframe } of requests) {
    if (!isDry) await session.createKlinesView(key, timeframe);
    states.push({ view, timeframe, state: isDry ? 'pending' : 'made' });
  }
  return states;
}

function text(stores: readonly StoreMigrations[]): string {
  const lines = stores.flatMap(({ store, applied_now: appliedNow, migrations, klines }) => {
    const pending = migrations.filter(({ state }) => state === 'pending').length;
    const isNew = pending === migrations.length ? ': no store there yet' : '';
    const applied = `${migrations.length - pending} applied (${appliedNow} now)`;
    return [
      `${store}: ${applied}, ${pending} pending${isNew}`,
      ...migrations.map(({ version, name, state }) => `  ${version}-${name}: ${state}`),
      ...klines.map(({ view, timeframe, state }) => `  ${view} (${timeframe}): ${state}`),
    ];
  });
  return `${lines.join('\n')}\n`;
}
