/**
 * Every feed under every fault the embedded exchange has, for some seconds: frames dropped,
 * doubled, reordered, delayed and broken, REST refused and stale, connections cut, streams stalled.
 * No trade with an id in a row is lost, none doubled or changed, and no wrong book is recorded.
 */
import { describe, expect, test } from 'bun:test';
import type { FeedCounter } from '../../src/venues/feed-counters.ts';
import { feedsUnderTest, VenueRig } from '../support/venue-rig.ts';

const FAULTS =
  'all,drop=0.003,duplicate=0.003,reorder=0.003,malformed=0.003,disconnect=4s,stall=6s';
const SECONDS = Number(process.env.SECONDS ?? 12);

for (const { feed, dialect } of await feedsUnderTest()) {
  if (dialect === undefined) {
    test.skip(`${feed.id}: the embedded exchange does not speak it`, () => {});
    continue;
  }
  describe.concurrent(feed.id, () => {
    test('under every fault at once', async () => {
      const setup = { feed, dialect, instrumentCount: 3, rate: 200, faults: FAULTS };
      await using rig = await VenueRig.start(setup);
      await rig.flowing();
      await Bun.sleep(SECONDS * 1000);
      const { trades, books, quotes } = await rig.judge();
      const { recording, wire } = rig;
      const count = (name: FeedCounter) => recording.count(name);
      const { missing, duplicate, different, unknown } = trades;
      console.log(
        `${feed.id}: ${trades.compared} trades, ${missing} missing, ` +
          `gaps ${count('trade_gaps')} repaired ${count('trade_gaps_repaired')}; ` +
          `${books.compared} books, ${books.wrong} wrong, resyncs ${count('book_resyncs')}; ` +
          `malformed ${count('malformed')}, ${wire.opened} connections`,
      );
      expect({ duplicate, different, unknown }).toEqual({ duplicate: 0, different: 0, unknown: 0 });
      if (feed.tradeIdsContiguous)
        expect({ missing, samples: trades.samples }).toEqual({ missing: 0, samples: [] });
      if (rig.isSequenced || !rig.hasChanges) expect(books.samples).toEqual([]);
      if (feed.tradeIdsContiguous) expect(quotes.samples).toEqual([]);
      expect(wire.policyCloses).toEqual([]);
    }, 90_000);
  });
}
