import { describe, expect, test } from 'bun:test';
import { panelLines } from '../../../../src/cli/terminal/panel.ts';
import { PanelScreen } from '../../../../src/cli/terminal/panel-screen.ts';
import { statsValues } from '../../../../src/cli/terminal/stats-line.ts';
import type { FeedSample, StatsSample } from '../../../../src/cli/terminal/stats-sample.ts';

function feed(name: string, frames: number, over: Partial<FeedSample> = {}): FeedSample {
  return {
    feed: name,
    state: 'live',
    problem: '',
    frames,
    received: frames * 2,
    committed: frames,
    lagUs: 12_300,
    gapsOpen: 0,
    gapsRepaired: 2,
    ringShare: 0.031,
    ...over,
  };
}

function sample(second: number, feeds: readonly FeedSample[]): StatsSample {
  return {
    nowUs: 1e15 + second * 1e6,
    startedUs: 1e15,
    feeds,
    storedRows: 123_456,
    candles: 12,
    spoolLength: 0,
    restarts: 0,
  };
}

const earlier = sample(9, [feed('binance.spot', 0), feed('binance.usdm', 500)]);
const now = sample(10, [
  feed('binance.spot', 1_500),
  feed('binance.usdm', 700, { state: 'degraded', problem: 'resyncing 2 books', gapsOpen: 1 }),
]);
const OPTIONS = {
  title: 'tickspine 0.1.0 collect',
  places: ['sqlite:tickspine.db'],
  columns: 100,
  rows: 24,
  hasColour: false,
};

describe('panel', () => {
  test('shows rates, lag, gaps and fill of each feed, and totals', () => {
    const lines = panelLines(earlier, now, OPTIONS);
    expect(lines[0]).toBe('tickspine 0.1.0 collect  00:00:10  sqlite:tickspine.db');
    const cells = (i: number) => lines[i]?.split(/ {2,}/);
    expect(cells(1)?.[0]).toBe('feed');
    expect(cells(2)).toEqual([
      'binance.spot',
      'live',
      '1.50k',
      '3.00k',
      '1.50k',
      '12.3 ms',
      '0',
      '2',
      '3 %',
    ]);
    expect(cells(3)).toEqual([
      'binance.usdm',
      'degraded',
      '200',
      '400',
      '200',
      '12.3 ms',
      '1',
      '2',
      '3 %',
    ]);
    expect(lines[4]).toMatch(/^total +1\.70k +3\.40k +1\.70k +1 +4$/);
    expect(lines[5]).toBe('stored 123,456 rows  candles 12');
    expect(lines[6]).toBe('! binance.usdm: resyncing 2 books');
  });

  test('shows dashes before there is anything to compare with', () => {
    expect(panelLines(undefined, now, OPTIONS)[2]).toMatch(/^binance\.spot +live +– +– +–/);
  });

  test('never shows a negative rate when a worker counts from 0 again', () => {
    const lines = panelLines(now, sample(11, [feed('binance.spot', 3)]), OPTIONS);
    expect(lines.join('\n')).not.toContain('-');
  });

  test.each([1, 2, 10, 20, 33, 47, 60, 80, 200])('fits %i columns', (columns) => {
    for (const hasColour of [false, true]) {
      const lines = panelLines(earlier, now, { ...OPTIONS, columns, hasColour });
      for (const line of lines) {
        expect(Bun.stripANSI(line).length).toBeLessThanOrEqual(Math.max(1, columns - 1));
      }
    }
  });

  test('keeps name, state and received longest when columns are short', () => {
    const [, header] = panelLines(earlier, now, { ...OPTIONS, columns: 40 });
    expect(header?.trim().split(/ {2,}/)).toEqual(['feed', 'state', 'received/s']);
  });

  test.each([1, 2, 3, 5, 24])('fits %i rows', (rows) => {
    const lines = panelLines(earlier, now, { ...OPTIONS, rows });
    expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
    expect(lines[0]).toContain('tickspine');
  });

  test('colours states only where colour is wanted', () => {
    expect(panelLines(earlier, now, OPTIONS).join('')).not.toContain('\x1b');
    const coloured = panelLines(earlier, now, { ...OPTIONS, hasColour: true }).join('\n');
    expect(coloured).toContain('\x1b[32m');
    expect(coloured).toContain('\x1b[33m');
    expect(Bun.stripANSI(coloured)).toBe(panelLines(earlier, now, OPTIONS).join('\n'));
  });
});

test('the stats line has every feed with rates, and null for what is absent', () => {
  const values = statsValues(earlier, now);
  expect(values).toMatchObject({ elapsed_s: 10, stored_rows: 123_456, restarts: 0 });
  expect(values.feeds).toMatchObject([
    { feed: 'binance.spot', frames_per_s: 1500, received_per_s: 3000, stored_per_s: 1500 },
    { feed: 'binance.usdm', state: 'degraded', problem: 'resyncing 2 books', gaps_open: 1 },
  ]);
  expect(JSON.stringify(statsValues(undefined, now))).toContain('"frames_per_s":null');
});

/** What a terminal shows after `text`: as far as the panel's codes go. */
function terminal(text: string): { lines: string[]; hasCursor: boolean } {
  const lines: string[] = [''];
  let [row, column, hasCursor] = [0, 0, true];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is read
  for (const [token] of text.matchAll(/\x1b\[[?\d;]*[a-zA-Z]|[^\x1b]/g)) {
    if (token === '\n') {
      row += 1;
      column = 0;
      lines[row] ??= '';
    } else if (token === '\r') column = 0;
    else if (token === '\x1b[?25l') hasCursor = false;
    else if (token === '\x1b[?25h') hasCursor = true;
    else if (token === '\x1b[K') lines[row] = (lines[row] ?? '').slice(0, column);
    else if (token === '\x1b[J') {
      lines[row] = (lines[row] ?? '').slice(0, column);
      lines.length = row + 1;
    } else if (token === '\x1b[2J') lines.splice(0, lines.length, '');
    else if (token === '\x1b[H') [row, column] = [0, 0];
    else if (token.length > 1 && token.endsWith('A'))
      row = Math.max(0, row - Number(token.slice(2, -1)));
    else if (token.length === 1) {
      const line = lines[row] ?? '';
      lines[row] = line.slice(0, column) + token + line.slice(column + 1);
      column += 1;
    }
  }
  return { lines, hasCursor };
}

describe('panel screen', () => {
  test('draws in place, prints above itself and leaves nothing behind', () => {
    let text = 'before\n';
    const screen = new PanelScreen((part) => {
      text += part;
    });
    screen.draw(['one long line', 'two', 'three']);
    expect(terminal(text)).toEqual({
      lines: ['before', 'one long line', 'two', 'three', ''],
      hasCursor: false,
    });
    screen.draw(['one', 'two']);
    expect(terminal(text).lines).toEqual(['before', 'one', 'two', '']);
    screen.print('a log line\n');
    expect(terminal(text).lines).toEqual(['before', 'a log line', 'one', 'two', '']);
    screen.draw(['1']);
    expect(terminal(text).lines).toEqual(['before', 'a log line', '1', '']);
    screen.close();
    screen.close();
    expect(terminal(text)).toEqual({ lines: ['before', 'a log line', ''], hasCursor: true });
    screen.print('after\n');
    expect(terminal(text).lines).toEqual(['before', 'a log line', 'after', '']);
  });

  test('starts afresh when the terminal changed size', () => {
    let text = '';
    const screen = new PanelScreen((part) => {
      text += part;
    });
    screen.draw(['one', 'two']);
    screen.resized();
    screen.draw(['1', '2']);
    expect(terminal(text).lines).toEqual(['1', '2', '']);
  });
});
