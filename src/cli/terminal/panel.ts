/** The live panel as lines of text: a pure function of two samples and the size of the screen. */
import { countText, elapsedText, lengthText, rateText, spanText } from './number-text.ts';
import { type FeedSample, feedRate, type StatsSample } from './stats-sample.ts';
import { type Cell, type Column, tableLines, truncate } from './table.ts';

export interface PanelOptions {
  /** `tickspine 0.1.0 collect` */
  readonly title: string;
  /** Where the data goes and is served; no secrets. */
  readonly places: readonly string[];
  readonly columns: number;
  readonly rows: number;
  readonly hasColour: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: 'feed', align: 'left' },
  { title: 'state', align: 'left' },
  { title: 'frames/s', align: 'right', rank: 5 },
  { title: 'received/s', align: 'right', rank: 1 },
  { title: 'stored/s', align: 'right', rank: 4 },
  { title: 'lag', align: 'right', rank: 3 },
  { title: 'gaps', align: 'right', rank: 2 },
  { title: 'repaired', align: 'right', rank: 6 },
  { title: 'ring', align: 'right', rank: 7 },
];
const STATE_COLOURS = { live: 32, connecting: 33, degraded: 33, stopped: 31 } as const;

/** At most `rows - 1` lines, each at most `columns - 1` wide, so that nothing wraps or scrolls. */
export function panelLines(
  earlier: StatsSample | undefined,
  now: StatsSample,
  options: PanelOptions,
): string[] {
  const width = Math.max(1, options.columns - 1);
  const elapsed = elapsedText((now.nowUs - now.startedUs) / 1e6);
  const head = [options.title, elapsed, ...options.places].join('  ');
  const rows = now.feeds.map((feed) => feedCells(earlier, now, feed));
  if (now.feeds.length > 1) rows.push(totalCells(earlier, now));
  const restarts = now.restarts === 0 ? '' : `  restarts ${countText(now.restarts)}`;
  const spool = now.spoolLength === 0 ? '' : `  spool ${lengthText(now.spoolLength)}`;
  const foot = `stored ${countText(now.storedRows)} rows  candles ${countText(now.candles)}`;
  const problems = now.feeds
    .filter((feed) => feed.problem !== '')
    .map((feed) => `! ${feed.feed}: ${feed.problem}`);
  const lines = [
    truncate(head, width),
    ...tableLines(COLUMNS, rows, width, options.hasColour),
    truncate(`${foot}${spool}${restarts}`, width),
    ...problems.map((line) => truncate(line, width)),
  ];
  return fitHeight(lines, Math.max(1, options.rows - 1));
}

function feedCells(
  earlier: StatsSample | undefined,
  now: StatsSample,
  feed: FeedSample,
): (string | Cell)[] {
  const rate = feedRate(earlier, now, feed.feed);
  const gaps: Cell =
    feed.gapsOpen > 0
      ? { text: countText(feed.gapsOpen), colour: 31 }
      : { text: countText(feed.gapsOpen) };
  return [
    feed.feed,
    { text: feed.state, colour: STATE_COLOURS[feed.state] },
    rateText(rate.framesPerS),
    rateText(rate.receivedPerS),
    rateText(rate.committedPerS),
    spanText(feed.lagUs),
    gaps,
    countText(feed.gapsRepaired),
    `${Math.round(feed.ringShare * 100)} %`,
  ];
}

function totalCells(earlier: StatsSample | undefined, now: StatsSample): (string | Cell)[] {
  const rates = now.feeds.map((feed) => feedRate(earlier, now, feed.feed));
  const sum = <T>(items: readonly T[], pick: (item: T) => number): number =>
    items.reduce((total, item) => total + pick(item), 0);
  return [
    'total',
    '',
    rateText(sum(rates, (rate) => rate.framesPerS)),
    rateText(sum(rates, (rate) => rate.receivedPerS)),
    rateText(sum(rates, (rate) => rate.committedPerS)),
    '',
    countText(sum(now.feeds, (feed) => feed.gapsOpen)),
    countText(sum(now.feeds, (feed) => feed.gapsRepaired)),
    '',
  ];
}

function fitHeight(lines: readonly string[], height: number): string[] {
  if (lines.length <= height) return [...lines];
  const hidden = lines.length - height + 1;
  return height === 1 ? lines.slice(0, 1) : [...lines.slice(0, height - 1), `… ${hidden} more`];
}
