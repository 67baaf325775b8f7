/**
 * Golden frames and answers of every venue folder decode to the messages written beside them. Files
 * of another form are left to the venue's own tests, by name.
 */
import { describe, expect, test } from 'bun:test';
import type { FeedModule, FeedProtocol } from '../../src/venues/contract.ts';
import { discoverVenues } from '../../src/venues/discover.ts';
import { type FixtureFile, fixtureFiles, type VenueFixture } from '../support/venue-fixtures.ts';
import { resolve } from '../support/venue-rig.ts';
import { Collector, type Copied } from '../unit/venues/binance/collector.ts';

const feeds = (await discoverVenues()).flatMap((venue) => venue.feeds);
const files = fixtureFiles();

describe.each(feeds.map((feed) => feed.id))('%s', (feedId) => {
  const own = files.flatMap(({ fixtures = [] }) => fixtures.filter((f) => f.feed === feedId));
  const feed = feeds.find((each) => each.id === feedId) as FeedModule;
  const symbols = [...new Set(own.flatMap(symbolsOf))];
  const list = own.find(({ messages }) => messages.some(({ type }) => type === 'instruments'));

  test('has fixtures, of every channel it offers', () => {
    const venueFiles = files.filter(({ venue }) => venue === feed.venue);
    expect(venueFiles.length).toBeGreaterThan(0);
    expect(venueFiles.filter((each) => !each.isExplained).map(({ file }) => file)).toEqual([]);
    const foreign = venueFiles.filter(({ fixtures }) => fixtures === undefined);
    for (const { venue, file } of foreign) {
      console.log(`${venue}/fixtures/${file}: its form is known to the venue's own tests only`);
    }
    if (foreign.length > 0) return;
    const kinds = new Set(own.flatMap(({ messages }) => messages.map((each) => each.type)));
    const typeOf = {
      trades: 'trade',
      quotes: 'quote',
      book: 'depth',
      derivative: 'derivative',
      liquidations: 'liquidation',
    } as const;
    const missing = Object.keys(feed.channels).filter(
      (channel) => !kinds.has(typeOf[channel as keyof typeof typeOf]),
    );
    expect(missing).toEqual([]);
  });

  for (const fixture of own) {
    test(fixture.name, () => {
      const { outcome, messages } = decode(feed, symbols, fixture, list);
      expect(String(outcome)).toBe(fixture.outcome);
      expect(messages.length).toBe(fixture.messages.length);
      for (const [i, expected] of fixture.messages.entries()) {
        expect(messages[i]).toMatchObject(restore(expected, symbols));
      }
    });
  }
});

test('every golden fixture is of a feed there is', () => {
  const known = new Set(feeds.map((feed) => feed.id));
  const venues = new Set(feeds.map((feed) => feed.venue));
  const isKnown = ({ feed }: VenueFixture) => known.has(feed);
  const wrong = files
    .filter(({ venue }) => venues.has(venue))
    .flatMap(({ venue, file, fixtures = [] }: FixtureFile) =>
      fixtures.filter((each) => !isKnown(each)).map((each) => `${venue}/${file} ${each.feed}`),
    );
  expect([...new Set(wrong)]).toEqual([]);
});

/** `list`: the feed's golden instrument list, where it cannot decode before it has that. */
function decode(
  feed: FeedModule,
  symbols: readonly string[],
  fixture: VenueFixture,
  list: VenueFixture | undefined,
) {
  const protocol = feed.createProtocol({
    instruments: symbols.map((symbol, index) => resolve(feed, symbol, index)),
    channels: ['trades', 'quotes', 'book', 'derivative', 'liquidations'],
    urls: feed.urls,
    anyTape: true,
  });
  if (feed.needsInstruments === true) learnInstruments(protocol, feed.id);
  if (feed.needsInstruments === true && list !== fixture) {
    protocol.decodeRest(list?.url ?? '', list?.body ?? '', new Collector());
  }
  const out = new Collector();
  const { frame, frame_base64, url = '', body } = fixture;
  if (body !== undefined) return { outcome: protocol.decodeRest(url, body, out), ...out };
  const bytes =
    frame === undefined
      ? new Uint8Array(Buffer.from(frame_base64 ?? '', 'base64'))
      : new TextEncoder().encode(frame);
  return { outcome: protocol.decode(bytes, bytes.length, out), ...out };
}

/** Such a feed decodes nothing before its list: the fixture of that answer comes first. */
function learnInstruments(protocol: FeedProtocol, feedId: string): void {
  for (const { fixtures = [] } of files) {
    for (const { feed, url = '', body, messages } of fixtures) {
      const isList = messages.some(({ type }) => type === 'instruments');
      if (feed === feedId && isList) protocol.decodeRest(url, body ?? '', new Collector());
    }
  }
}

function symbolsOf({ messages }: VenueFixture): string[] {
  return messages.flatMap(({ symbol }) => (typeof symbol === 'string' ? [symbol] : []));
}

/** From the fixture's terms to the collector's. */
function restore(message: Readonly<Record<string, unknown>>, symbols: readonly string[]): Copied {
  const { symbol, ...rest } = message;
  const values = Object.entries(rest).map(([key, value]) => [key, value ?? Number.NaN]);
  const restored: Copied = Object.fromEntries(values);
  if (message.type === 'ack' || message.type === 'stream-ack') {
    if (message.error === undefined || message.error === null) delete restored.error;
  }
  if (typeof symbol === 'string') restored.instrument = symbols.indexOf(symbol);
  return restored;
}
