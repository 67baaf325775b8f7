/** `verify`: proves what the store has. Exit 1 on a hole nobody explains or a wrong candle. */
import type { Command } from 'commander';
import { formatUs } from '../../base/clock.ts';
import { UsageError } from '../../base/errors.ts';
import { redactUrl } from '../../base/redact.ts';
import { parseTimeframe } from '../../model/timeframe.ts';
import type { CliIo } from '../cli-io.ts';
import type { CliParts } from '../cli-parts.ts';
import { type ConfigFlags, storeToRead, withConfigOptions } from '../command-options.ts';
import { loadConfig } from '../config/load-config.ts';
import { nameText } from '../stored-name.ts';
import { countText } from '../terminal/number-text.ts';
import { type InstrumentProof, isProven, verifyInstrument } from '../verify/verify-instrument.ts';

interface VerifyFlags extends ConfigFlags {
  readonly timeframe?: readonly string[];
}

/** Faults listed for a person; `--json` has them all. */
const LISTED_MAX = 20;
const EXAMPLES = `
Examples:
  bun run verify
  bun run verify --store sqlite:tickspine.db --timeframe 1m 1h
  bun run verify --json | jq .instruments`;

export function addVerify(
  program: Command,
  io: CliIo,
  parts: CliParts,
  finish: (code: number) => void,
): void {
  const command = program
    .command('verify')
    .summary('proves what the store has and lists what it lost')
    .description(
      'Checks trade ids against rows, gaps and their state, and candles against trades. ' +
        'Exit code 1 on an unexplained hole or a wrong candle.',
    )
    .option('--timeframe <name...>', "candles to check (default: the config's)");
  withConfigOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (flags: VerifyFlags) => finish(await verify(flags, io, parts)));
}

async function verify(flags: VerifyFlags, io: CliIo, parts: CliParts): Promise<number> {
  const { config } = loadConfig(flags.config, io.directory, io.environment);
  const timeframes = flags.timeframe ?? config.candles.timeframes;
  for (const name of timeframes) {
    if (parseTimeframe(name) === undefined) {
      throw new UsageError(`option --timeframe: '${name}' is not a timeframe such as 5m`);
    }
  }
  const storeUrl = storeToRead(flags, config);
  const feeds = (await parts.discoverVenues()).flatMap((venue) => venue.feeds);
  const isContiguous = (id: string): boolean | undefined =>
    feeds.find((feed) => feed.id === id)?.tradeIdsContiguous;
  const isMerged = (id: string, tape: string | null): boolean =>
    feeds.find((feed) => feed.id === id)?.mergedTapes?.some((each) => each === tape) === true;
  const rules = { timeframes, isContiguous, isMerged };
  const reader = await parts.openReader(storeUrl);
  const instruments: InstrumentProof[] = [];
  try {
    for (const instrument of await reader.instruments()) {
      instruments.push(await verifyInstrument(reader, instrument, rules));
    }
  } finally {
    await reader.close();
  }
  const ok = instruments.every(isProven);
  const result = { command: 'verify', store: redactUrl(storeUrl), ok, timeframes, instruments };
  io.stdout(flags.json === true ? `${JSON.stringify(result)}\n` : verifyText(instruments, ok));
  return ok ? 0 : 1;
}

/** Ends with a newline. */
export function verifyText(instruments: readonly InstrumentProof[], ok: boolean): string {
  const lines = instruments.flatMap(instrumentLines);
  if (instruments.length === 0) lines.push('the store has no instruments');
  lines.push(ok ? 'verified: every hole is explained' : 'NOT verified: see the lines with !');
  return `${lines.join('\n')}\n`;
}

function instrumentLines(proof: InstrumentProof): string[] {
  const ids = proof.first_id === null ? '' : `, ids ${proof.first_id} to ${proof.last_id}`;
  const counts = [
    `${countText(proof.trades)} trades${ids}`,
    `gaps open ${proof.gaps_open} (${countText(proof.ids_in_open_gaps)} ids)`,
    `repaired ${proof.gaps_repaired}`,
    `candles ${countText(proof.candles_checked)} checked`,
  ];
  if (proof.gaps_filled > 0) counts.push(`${countText(proof.gaps_filled)} open gaps are filled`);
  if (proof.ids_not_market > 0) counts.push(`${countText(proof.ids_not_market)} no market trades`);
  if (proof.ids_merged > 0) counts.push(`${countText(proof.ids_merged)} part of merged trades`);
  if (proof.candles_behind > 0) counts.push(`${countText(proof.candles_behind)} unfinished`);
  if (proof.proof === 'time') counts.push('ids of this venue prove nothing');
  const holes = proof.unexplained_holes.map(
    (hole) =>
      `  ! hole: ids ${hole.from_id} to ${hole.to_id} (${countText(hole.missing)}), ` +
      `the store says ${hole.claim}`,
  );
  const candles = proof.wrong_candles.map(
    (each) =>
      `  ! candle ${each.timeframe} ${formatUs(each.open_us)} (${each.state}): ${each.reason}`,
  );
  const head = `${nameText(proof)}: ${counts.join(', ')}`;
  return [head, ...shortened(holes), ...shortened(candles)];
}

function shortened(lines: readonly string[]): string[] {
  if (lines.length <= LISTED_MAX) return [...lines];
  const rest = `  ! and ${countText(lines.length - LISTED_MAX)} more: --json lists them`;
  return [...lines.slice(0, LISTED_MAX), rest];
}
