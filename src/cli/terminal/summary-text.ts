/** The end summary for a person: the same figures as the JSON object. */
import type { FeedSummary, LatencyJson, RunSummary } from '../summary.ts';
import { countText, elapsedText, lengthText, spanText } from './number-text.ts';
import { type Column, tableLines } from './table.ts';

const COUNT_COLUMNS: readonly Column[] = [
  { title: 'feed', align: 'left' },
  ...[
    'received',
    'stored',
    'duplicates',
    'gaps',
    'repaired',
    'open',
    'dropped',
    'malformed',
    'resyncs',
    'bbo checked',
    'bbo wrong',
  ].map((title): Column => ({ title, align: 'right' })),
];
const LATENCY_COLUMNS: readonly Column[] = [
  { title: 'latency', align: 'left' },
  { title: '', align: 'left' },
  ...['count', 'p50', 'p99', 'p99.9', 'max'].map((title): Column => ({ title, align: 'right' })),
];
const LATENCY_NAMES: readonly (readonly [keyof FeedSummary['latency'], string])[] = [
  ['venue_to_received', 'venue → received, raw'],
  ['venue_to_received_corrected', 'venue → received, clocks aligned'],
  ['received_to_published', 'received → published'],
  ['received_to_aggregated', 'received → candles'],
  ['received_to_committed', 'received → stored'],
];

/** Ends with a newline. */
export function summaryText(summary: RunSummary): string {
  const { stored } = summary;
  const rows = Object.entries(stored)
    .filter(([, count]) => count > 0)
    .map(([table, count]) => `${table} ${countText(count)}`);
  const already =
    summary.trades_already_stored > 0
      ? `; ${countText(summary.trades_already_stored)} trades were there already`
      : '';
  const lines = [
    `${summary.command}: ${elapsedText(summary.duration_s)}, ended by ${summary.exit_reason}`,
    '',
    ...tableLines(COUNT_COLUMNS, summary.venues.map(countCells)),
    '',
    ...tableLines(LATENCY_COLUMNS, summary.venues.flatMap(latencyRows)),
    '',
    `${writtenTo(summary.store)}: ${rows.join(', ') || 'none'}${already}`,
    ...summary.stores.slice(1).map(storeLine),
    ...warnings(summary),
  ];
  return `${lines.join('\n')}\n`;
}

function countCells(feed: FeedSummary): string[] {
  const counts = [
    feed.received,
    feed.stored,
    feed.duplicates,
    feed.gaps,
    feed.repaired,
    feed.open_gaps,
    feed.dropped,
    feed.malformed,
    feed.resyncs,
    feed.bbo_checked,
    feed.bbo_mismatched,
  ];
  return [feed.feed, ...counts.map(countText)];
}

function latencyRows(feed: FeedSummary): string[][] {
  return LATENCY_NAMES.map(([stage, name], i) => {
    const { count, ...spans } = feed.latency[stage];
    return [i === 0 ? feed.feed : '', name, countText(count), ...spanTexts(spans)];
  });
}

function spanTexts(spans: Omit<LatencyJson, 'count'>): string[] {
  return [spans.p50_us, spans.p99_us, spans.p999_us, spans.max_us].map((us) =>
    spanText(us ?? Number.NaN),
  );
}

/** A row that is changed is written again: these are no counts of rows there are. */
function writtenTo(store: string): string {
  return `rows written to ${store}, changes included`;
}

function storeLine({ store, rows, trades }: RunSummary['stores'][number]): string {
  return `${writtenTo(store)}: ${countText(rows)}, trades ${countText(trades)}`;
}

function warnings(summary: RunSummary): string[] {
  const lines = summary.venues
    .filter((feed) => feed.problem !== '')
    .map((feed) => `! ${feed.feed}: ${feed.problem}`);
  if (summary.restarts > 0) lines.push(`! workers restarted ${countText(summary.restarts)} times`);
  const { checksums_failed: failed, checksums_verified: verified } = summary;
  if (failed > 0) {
    const all = countText(verified + failed);
    lines.push(`! ${countText(failed)} book checksums of ${all} failed`);
  }
  if (summary.quarantined > 0) {
    lines.push(`! ${countText(summary.quarantined)} records set aside: see data_quality`);
  }
  if (summary.capture_lost > 0) {
    lines.push(`! ${countText(summary.capture_lost)} lines missing in the capture: see the log`);
  }
  for (const { store, spool_length: length, spool_dropped: dropped } of summary.stores) {
    if (length > 0) {
      const waiting = lengthText(length);
      lines.push(`! ${waiting} wait in the spool and go into ${store} on the next start`);
    }
    if (dropped > 0) lines.push(`! ${countText(dropped)} records missing in ${store}: spool full`);
  }
  return lines;
}
