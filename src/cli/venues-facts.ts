/**
 * What the manifests of all feeds say of themselves, as data, as a text table and as the tables of
 * the README. Used by the `venues` command; a test holds the README against it.
 */
import { CHANNEL_NAMES, type ChannelName } from '../model/record-layout.ts';
import type { FeedLimits, FeedModule, VenueModule } from '../venues/contract.ts';
import { tableLines } from './terminal/table.ts';

export interface ChannelEntry {
  readonly channel: ChannelName;
  readonly stream: string;
  readonly docs: string;
  readonly verified: string;
  readonly stale_after_s: number;
}

/** A limit that a venue does not have is null. */
export interface FeedEntry {
  readonly feed: string;
  readonly venue: string;
  readonly ws: string;
  readonly rest: string;
  /** Tapes of trades, the default first. */
  readonly tapes: readonly string[];
  /** What proves that no trade is missing. */
  readonly trade_gaps_by: 'ids' | 'time';
  readonly known_symbols: number;
  readonly limits: {
    readonly streams_per_connection: number | null;
    readonly frames_per_second: number | null;
    readonly connects_per_5_minutes: number | null;
    readonly connection_life_h: number | null;
    readonly rest_weight_per_minute: number | null;
    readonly heartbeat_s: number | null;
  };
  readonly channels: readonly ChannelEntry[];
}

export const TABLE_START = '<!-- venues:start -->';
export const TABLE_END = '<!-- venues:end -->';

const SECOND_US = 1_000_000;
const HOUR_US = 3600 * SECOND_US;

/** Sorted by feed. */
export function feedEntries(venues: readonly VenueModule[]): readonly FeedEntry[] {
  const feeds = venues.flatMap((venue) => venue.feeds);
  return feeds.map(feedEntry).sort((a, b) => (a.feed < b.feed ? -1 : 1));
}

function feedEntry(feed: FeedModule): FeedEntry {
  const { id, venue, urls, tapes, tradeIdsContiguous, catalogue, limits } = feed;
  return {
    feed: id,
    venue,
    ws: urls.ws,
    rest: urls.rest,
    tapes,
    trade_gaps_by: tradeIdsContiguous ? 'ids' : 'time',
    known_symbols: catalogue.length,
    limits: limitEntry(limits),
    channels: CHANNEL_NAMES.flatMap((channel) => {
      const facts = feed.channels[channel];
      if (facts === undefined) return [];
      const { streamName: stream, docs, verified, staleAfterUs } = facts;
      return [{ channel, stream, docs, verified, stale_after_s: staleAfterUs / SECOND_US }];
    }),
  };
}

function limitEntry(limits: FeedLimits): FeedEntry['limits'] {
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  return {
    streams_per_connection: finite(limits.streamsPerConnection),
    frames_per_second: finite(limits.framesPerSecond),
    connects_per_5_minutes: finite(limits.connectsPer5Minutes),
    connection_life_h: finite(limits.connectionLifeUs / HOUR_US),
    rest_weight_per_minute: finite(limits.restWeightPerMinute),
    heartbeat_s: finite(limits.heartbeatUs / SECOND_US),
  };
}

/** Ends with a newline. */
export function venuesText(entries: readonly FeedEntry[]): string {
  const columns = ['feed', 'channel', 'stream', 'verified against', 'docs'];
  const rows = entries.flatMap(({ feed, channels }) =>
    channels.map((each) => [feed, each.channel, each.stream, each.verified, each.docs]),
  );
  const channelLines = tableLines(
    columns.map((title) => ({ title, align: 'left' })),
    rows,
  );
  const limitLines = tableLines(
    ['feed', 'trade gaps by', 'limits'].map((title) => ({ title, align: 'left' })),
    entries.map((entry) => [entry.feed, entry.trade_gaps_by, limitsText(entry)]),
  );
  return `${[...channelLines, '', ...limitLines].join('\n')}\n`;
}

function limitsText({ limits }: FeedEntry): string {
  const { streams_per_connection, frames_per_second, rest_weight_per_minute } = limits;
  const parts = [
    `${streams_per_connection ?? 'any number of'} streams a connection`,
    `${frames_per_second ?? 'any number of'} frames/s`,
    `REST ${rest_weight_per_minute ?? 'without limit'} a minute`,
  ];
  return parts.join(', ');
}

/** The README's part between the markers: what there is, and behind a fold what proves it. */
export function venuesMarkdown(entries: readonly FeedEntry[]): string {
  const head = ['feed', ...CHANNEL_NAMES, 'trade gaps by', 'limits'];
  const rows = entries.map((entry) => [
    `\`${entry.feed}\``,
    ...CHANNEL_NAMES.map((name) => {
      const found = entry.channels.find(({ channel }) => channel === name);
      return found === undefined ? '–' : `[${escapeCell(found.stream)}](${found.docs})`;
    }),
    entry.trade_gaps_by,
    limitsText(entry),
  ]);
  const proof = entries.flatMap(({ feed, channels }) =>
    channels.map(({ channel, verified }) => [`\`${feed}\``, channel, escapeCell(verified)]),
  );
  return [
    TABLE_START,
    ...markdownTable(head, rows),
    '',
    '<details><summary>What each decoder was verified against</summary>',
    '',
    ...markdownTable(['feed', 'channel', 'verified against'], proof),
    '',
    '</details>',
    TABLE_END,
  ].join('\n');
}

/** `text` with what stands between the markers replaced; undefined when it has no markers. */
export function withVenues(text: string, entries: readonly FeedEntry[]): string | undefined {
  const start = text.indexOf(TABLE_START);
  const end = text.indexOf(TABLE_END);
  if (start < 0 || end < start) return undefined;
  const after = text.slice(end + TABLE_END.length);
  return `${text.slice(0, start)}${venuesMarkdown(entries)}${after}`;
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)];
}

/** Stream names hold `<symbol>` and sometimes `|`; neither may be taken for markup. */
function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
