/**
 * The venue has announced that book streams will begin without a snapshot. Against the embedded
 * exchange with its snapshots taken off the wire, books are seeded from REST and right.
 */
import { expect, test } from 'bun:test';
import { discoverDialects } from '../../../../src/sim/discover-dialects.ts';
import { until } from '../../../support/condition.ts';
import { VenueRig } from '../../../support/venue-rig.ts';
import { FEED } from './okx-protocol.ts';

test('books are right though the stream brings no snapshot', async () => {
  const dialect = (await discoverDialects()).find((each) => each.feed === FEED.id);
  if (dialect === undefined) throw new Error('the exchange does not speak it');
  await using rig = await VenueRig.start({ feed: FEED, dialect });
  let dropped = 0;
  rig.wire.edit = (frame) => {
    const isSnapshot = typeof frame === 'string' && frame.includes('"action":"snapshot"');
    dropped += isSnapshot ? 1 : 0;
    return isSnapshot ? [] : [frame];
  };
  const valid = () => rig.recording.count('books_valid') === 2;
  await until('books seeded from REST', valid, 15_000);
  expect(dropped).toBeGreaterThan(0);
  await rig.moreTrades(10);
  const { books, trades } = await rig.judge();
  expect(books).toMatchObject({ wrong: 0, samples: [] });
  expect(books.compared).toBeGreaterThan(0);
  expect(trades).toMatchObject({ missing: 0, different: 0 });
  expect(rig.recording.count('bbo_mismatched')).toBe(0);
}, 30_000);
