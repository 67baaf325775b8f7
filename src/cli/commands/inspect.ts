/** `inspect`: what the store holds: rows, first and last times, sessions, gaps. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { formatUs } from '../../base/clock.ts';
import { redactUrl } from '../../base/redact.ts';
import type { GapRow, SessionInfo, StoreReader, TableFacts } from '../../store/contract.ts';
import type { CliIo } from '../cli-io.ts';
import type { CliParts } from '../cli-parts.ts';
import { type ConfigFlags, storeToRead, withConfigOptions } from '../command-options.ts';
import { loadConfig } from '../config/load-config.ts';
import { countOption } from '../option-values.ts';
import { nameText, type StoredName, storedName } from '../stored-name.ts';
import { countText } from '../terminal/number-text.ts';
import { type Column, tableLines } from '../terminal/table.ts';

interface InspectFlags extends ConfigFlags {
  readonly sessions: number;
  readonly gaps: number;
  readonly backup?: string;
}

const GAPS_COUNTED_MAX = 1_000_000;
const EXAMPLES = `
Examples:
  bun run inspect
  bun run inspect --store sqlite:tickspine.db --gaps 50
  bun run inspect --backup backups/monday.db
  bun run inspect --json | jq .tables`;

export interface GapCount {
  readonly kind: string;
  readonly open: number;
  readonly repaired: number;
}

export interface StoreFacts {
  readonly command: 'inspect';
  readonly store: string;
  readonly tables: readonly TableFacts[];
  readonly instruments: readonly (StoredName & { readonly feed: string })[];
  /** Newest first. `ended_us` null: at work, or killed. */
  readonly sessions: readonly {
    readonly session_id: string;
    readonly command: string;
    readonly version: string;
    readonly host: string;
    readonly started_us: number;
    readonly ended_us: number | null;
  }[];
  readonly gaps: readonly GapCount[];
  /** Newest open ones. */
  readonly open_gaps: readonly GapRow[];
}

export function addInspect(
  program: Command,
  io: CliIo,
  parts: CliParts,
  finish: (code: number) => void,
): void {
  const command = program
    .command('inspect')
    .summary('shows what the store holds')
    .description('Shows row counts, first and last times, sessions and gaps of the store.')
    .option('--sessions <count>', 'newest sessions listed', countOption, 5)
    .option('--gaps <count>', 'newest open gaps listed', countOption, 10)
    .option('--backup <file>', 'first write a copy of the store there, while recording goes on');
  withConfigOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (flags: InspectFlags) => finish(await inspect(flags, io, parts)));
}

async function inspect(flags: InspectFlags, io: CliIo, parts: CliParts): Promise<number> {
  const { config } = loadConfig(flags.config, io.directory, io.environment);
  const storeUrl = storeToRead(flags, config);
  if (flags.backup !== undefined) {
    await parts.backup(storeUrl, resolve(io.directory, flags.backup));
  }
  const reader = await parts.openReader(storeUrl);
  try {
    const facts = await readFacts(reader, redactUrl(storeUrl), flags);
    io.stdout(flags.json === true ? `${JSON.stringify(facts)}\n` : inspectText(facts));
  } finally {
    await reader.close();
  }
  return 0;
}

async function readFacts(
  reader: StoreReader,
  store: string,
  { sessions, gaps }: Pick<InspectFlags, 'sessions' | 'gaps'>,
): Promise<StoreFacts> {
  const ledger = await reader.gaps({ limit: GAPS_COUNTED_MAX, order: 'desc' });
  const instruments = await reader.instruments();
  return {
    command: 'inspect',
    store,
    tables: await reader.tables(),
    instruments: instruments.map((row) => ({ ...storedName(row), feed: row.feed })),
    sessions: (await reader.sessions(Math.max(sessions, 1))).slice(0, sessions).map(sessionFacts),
    gaps: countGaps(ledger),
    open_gaps: ledger.filter((gap) => gap.repaired === 0).slice(0, gaps),
  };
}

function sessionFacts(session: SessionInfo): StoreFacts['sessions'][number] {
  const { sessionId, command, version, host, startedUs, endedUs } = session;
  return {
    session_id: sessionId,
    command,
    version,
    host,
    started_us: startedUs,
    ended_us: endedUs,
  };
}

function countGaps(ledger: readonly GapRow[]): GapCount[] {
  const kinds = [...new Set(ledger.map((gap) => gap.kind))].sort();
  return kinds.map((kind) => {
    const rows = ledger.filter((gap) => gap.kind === kind);
    const repaired = rows.filter((gap) => gap.repaired === 1).length;
    return { kind, open: rows.length - repaired, repaired };
  });
}

/** Ends with a newline. */
export function inspectText(facts: StoreFacts): string {
  const { tables, instruments, sessions, gaps } = facts;
  const sections = [
    section(
      [left('table'), right('rows'), left('first'), left('last')],
      tables.map((t) => [t.table, countText(t.rows), timeText(t.firstUs), timeText(t.lastUs)]),
    ),
    section(
      [left('instrument'), left('feed')],
      instruments.map((row) => [nameText(row), row.feed]),
    ),
    section(
      [left('session'), left('command'), left('version'), left('started'), left('ended')],
      sessions.map((s) => [
        s.session_id,
        s.command,
        s.version,
        timeText(s.started_us),
        s.ended_us === null ? 'at work or killed' : timeText(s.ended_us),
      ]),
    ),
    section(
      [left('gaps'), right('open'), right('repaired')],
      gaps.map((gap) => [gap.kind, countText(gap.open), countText(gap.repaired)]),
    ),
    facts.open_gaps.map(gapText).join('\n'),
  ];
  return `${[`store ${facts.store}`, ...sections.filter((text) => text !== '')].join('\n\n')}\n`;
}

/** A table, or nothing when it has no rows. */
function section(columns: readonly Column[], rows: readonly string[][]): string {
  return rows.length === 0 ? '' : tableLines(columns, rows).join('\n');
}

function gapText(gap: GapRow): string {
  const ids = gap.from_id === null ? '' : ` ids ${gap.from_id} to ${gap.to_id ?? '?'}`;
  const until = gap.to_us === null ? 'open' : timeText(gap.to_us);
  const name = `${gap.venue} ${gap.symbol} ${gap.market_type}`;
  return `open ${gap.kind}: ${name}${ids}, ${timeText(gap.from_us)} to ${until}: ${gap.cause}`;
}

function timeText(us: number | null): string {
  return us === null ? '–' : formatUs(us);
}

function left(title: string) {
  return { title, align: 'left' } as const;
}

function right(title: string) {
  return { title, align: 'right' } as const;
}
