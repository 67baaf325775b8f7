/**
 * All feeds with a dialect recorded by the whole engine into one store, a few seconds: each channel
 * a feed offers is a view with rows, and `instruments` holds what the venue's REST says.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { systemClock } from '../../src/base/clock.ts';
import { Engine } from '../../src/engine/engine.ts';
import { CHANNEL_NAMES, type ChannelName } from '../../src/model/record-layout.ts';
import { startExchangeThread } from '../../src/sim/exchange-thread.ts';
import { until } from '../support/condition.ts';
import { engineConfig } from '../support/recording-config.ts';
import { rowsOf } from '../support/store-file.ts';
import { checkTruth, type TruthCheck } from '../support/truth-check.ts';
import { type FeedUnderTest, feedsUnderTest, pickListings, resolve } from '../support/venue-rig.ts';
import { WorkFolder } from '../support/work-folder.ts';

const RATE = 1_500;
const LIMIT_MS = 150_000;
const feeds = (await feedsUnderTest()).filter(({ dialect }) => dialect !== undefined);
const instruments = feeds
  .flatMap(({ feed, dialect }) => {
    const listings = dialect === undefined ? [] : pickListings(dialect, 2);
    return listings.map((listing) => resolve(feed, listing.venueSymbol, 0));
  })
  .map((instrument, index) => ({ ...instrument, index }));

const VIEWS: Readonly<Record<ChannelName, readonly [view: string, number: string]>> = {
  trades: ['trades', 'price'],
  quotes: ['quotes', 'coalesce(bid_price, ask_price)'],
  book: ['orderbook_snapshots', 'length(bids)'],
  derivative: [
    'derivatives',
    'coalesce(mark_price, index_price, funding_rate, open_interest, next_funding_us)',
  ],
  liquidations: ['liquidations', 'price * size'],
};

const folder = new WorkFolder();
const path = folder.file('live.db');
let truth: TruthCheck | undefined;

beforeAll(async () => {
  const truthFile = folder.file('truth.ndjson');
  const exchange = await startExchangeThread({
    seed: 21,
    rate: RATE,
    truthFile,
    feeds: feeds.map(({ feed }) => feed.id),
    instruments: instruments.map(({ feed, symbol, marketType }) => ({ feed, symbol, marketType })),
  });
  const config = {
    ...engineConfig(exchange, folder),
    instruments,
    feeds: feeds.map(({ feed }) => ({
      feed: feed.id,
      venue: feed.venue,
      urls: exchange.urls(feed.id),
      channels: CHANNEL_NAMES.filter((name) => feed.channels[name] !== undefined),
      staleAfterUs: {},
    })),
  };
  const engine = new Engine(config, { clock: systemClock, log: () => {} });
  try {
    await engine.start();
    const isTraded = () => engine.view.live().filter((row) => row.tradeCount > 5).length;
    await until('every instrument trades', () => isTraded() === instruments.length);
    const first = engine.view.writer().trades;
    await until('rows flow', () => engine.view.writer().trades > first + 20 * instruments.length);
    // Mark prices come by a clock of seconds. What is still missing then is named by its own test.
    await until('every view has rows', () => feeds.every(hasAllRows)).catch(() => {});
  } finally {
    await engine.stop();
    await exchange.stop();
  }
  truth = checkTruth(path, truthFile);
}, LIMIT_MS);

afterAll(() => folder[Symbol.dispose]());

test('all feeds at once are stored whole', () => {
  expect(truth).toMatchObject({ missing: 0, duplicate: 0, different: 0, unknown: 0, samples: [] });
});

interface RowCount {
  readonly rows: number;
  /** Rows whose number is not NULL. */
  readonly numbers: number;
}

/** Over the feed's instruments: a spot pair beside a swap has no mark price. */
function countRows({ feed }: FeedUnderTest, channel: ChannelName): RowCount {
  const [view, number] = VIEWS[channel];
  const sql = `SELECT count(*) AS rows, count(${number}) AS numbers
    FROM ${view} WHERE venue = ? AND symbol = ? AND market_type = ?`;
  const counts = instruments
    .filter((each) => each.feed === feed.id)
    .map(({ symbol, marketType }) => rowsOf(path, sql, feed.venue, symbol, marketType)[0]);
  const sum = (name: keyof RowCount) => counts.reduce((n, each) => n + Number(each?.[name]), 0);
  return { rows: sum('rows'), numbers: sum('numbers') };
}

/** Liquidations are rare: a few seconds need not bring one. */
function steadyChannels({ feed }: FeedUnderTest): readonly ChannelName[] {
  const names = CHANNEL_NAMES.filter((name) => feed.channels[name] !== undefined);
  return names.filter((name) => name !== 'liquidations');
}

function hasAllRows(each: FeedUnderTest): boolean {
  return steadyChannels(each).every((channel) => countRows(each, channel).rows > 0);
}

describe.each(feeds.map((each) => [each.feed.id, each] as const))('%s', (id, tested) => {
  const { feed } = tested;
  const own = instruments.filter((each) => each.feed === id);

  test('has rows in the view of each channel it offers', () => {
    for (const channel of steadyChannels(tested)) {
      const { rows, numbers } = countRows(tested, channel);
      expect({ channel, hasRows: rows > 0 }).toEqual({ channel, hasRows: true });
      expect({ channel, numbers }).toEqual({ channel, numbers: rows });
    }
    if (feed.channels.liquidations === undefined) return;
    console.log(`${id}: ${countRows(tested, 'liquidations').rows} liquidations`);
  });

  test('has its instruments with lot, contract size and status as REST says', () => {
    for (const { symbol, marketType, venueSymbol } of own) {
      const [row] = rowsOf(
        path,
        'SELECT * FROM instruments WHERE venue = ? AND symbol = ? AND market_type = ?',
        feed.venue,
        symbol,
        marketType,
      );
      expect(row).toMatchObject({ feed: id, venue_symbol: venueSymbol });
      // Null where the venue has no fixed step of prices.
      expect(Number(row?.tick_size ?? 1)).toBeGreaterThan(0);
      expect(Number(row?.lot_size)).toBeGreaterThan(0);
      expect(Number(row?.contract_size)).toBeGreaterThan(0);
      expect(row?.status).not.toBe('');
    }
  });
});
