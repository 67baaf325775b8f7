/**
 * ONE suite for every feed: the real agent records the embedded exchange over real sockets, and
 * what it recorded is held against what the exchange did. A feed is found by its folder; one
 * without a dialect is skipped by name. One feed alone: `bun test test/conformance/venues.test.ts
 * -t kraken`.
 */
import { describe, expect, test } from 'bun:test';
import { StatusKind } from '../../src/model/record-layout.ts';
import { until } from '../support/condition.ts';
import { garbageOf, isData, withUnknownFields } from '../support/frame-edits.ts';
import { feedsUnderTest, type RigResult, type RigSetup, VenueRig } from '../support/venue-rig.ts';
import type { Frame } from '../support/wire-proxy.ts';

const LIMIT_MS = 150_000;
const SECOND_US = 1_000_000;

/** What holds at the end of every scenario. */
function expectTrue(rig: VenueRig, { trades, books, quotes }: RigResult): void {
  expect(rig.wire.policyCloses).toEqual([]);
  const { missing, duplicate, different, unknown, samples } = trades;
  expect({ missing, duplicate, different, unknown, samples }).toEqual({
    missing: 0,
    duplicate: 0,
    different: 0,
    unknown: 0,
    samples: [],
  });
  expect(trades.compared).toBeGreaterThan(0);
  expect({ wrong: books.wrong, samples: books.samples }).toEqual({ wrong: 0, samples: [] });
  expect({ wrong: quotes.wrong, samples: quotes.samples }).toEqual({ wrong: 0, samples: [] });
  if (rig.channels.includes('book')) expect(books.compared).toBeGreaterThan(0);
  if (rig.channels.includes('quotes')) expect(quotes.compared).toBeGreaterThan(0);
}

function expectQuiet(rig: VenueRig): void {
  const { recording } = rig;
  expect(recording.statusesOf(StatusKind.gap)).toEqual([]);
  expect(recording.statusesOf(StatusKind.refused)).toEqual([]);
  expect(recording.count('refusals')).toBe(0);
  expect(recording.count('book_gaps')).toBe(0);
  expect(recording.count('disconnects')).toBe(0);
  expect(recording.count('rest_errors')).toBe(0);
  expect(recording.count('checksums_failed')).toBe(0);
  expect(recording.count('bbo_mismatched')).toBe(0);
}

for (const { feed, dialect } of await feedsUnderTest()) {
  if (dialect === undefined) {
    test.skip(`${feed.id}: the embedded exchange does not speak it`, () => {});
    continue;
  }
  const setup: RigSetup = { feed, dialect };

  describe.concurrent(feed.id, () => {
    test(
      'records trades, sides, quotes and books as the exchange made them',
      async () => {
        await using rig = await VenueRig.start({ ...setup, instrumentCount: 3 });
        await rig.flowing();
        await rig.moreTrades(15);
        const channels = rig.channels;
        if (channels.includes('derivative')) {
          await until('a derivative tick', () => rig.recording.derivatives.length > 0);
        }
        const result = await rig.judge();
        expectTrue(rig, result);
        expectQuiet(rig);
        expect(result.restRefusals).toBe(0);
        expect(rig.recording.count('malformed')).toBe(0);
        for (const { index } of rig.traded) {
          expect(rig.recording.statusesOf(StatusKind.live, index)).toHaveLength(1);
          const own = rig.recording.metadata.filter(
            ({ venueSymbol }) => venueSymbol === rig.traded[index]?.venueSymbol,
          );
          expect(own).toHaveLength(1);
          // Null where the venue has no fixed step of prices.
          expect(own[0]?.tickSize ?? 1).toBeGreaterThan(0);
          expect(own[0]?.lotSize).toBeGreaterThan(0);
        }
        const sides = new Set(rig.recording.trades.map((trade) => trade.side));
        expect([...sides].sort()).toEqual(['buy', 'sell']);
      },
      LIMIT_MS,
    );

    test(
      'takes unknown fields and counts malformed frames, and nothing else happens',
      async () => {
        await using rig = await VenueRig.start(setup);
        await rig.flowing();
        const malformed = rig.recording.count('malformed');
        let garbage = 0;
        let frames = 0;
        rig.wire.edit = (frame) => {
          const edited = isData(frame) ? withUnknownFields(frame) : frame;
          frames += 1;
          if (frames % 5 !== 0 || !isData(frame)) return [edited];
          garbage += 1;
          return [garbageOf(frame, garbage), edited];
        };
        await rig.moreTrades(15);
        await until('enough garbage', () => garbage > 5);
        rig.wire.edit = (frame) => [frame];
        await rig.moreTrades(2);
        expect(rig.recording.count('malformed') - malformed).toBe(garbage);
        const result = await rig.judge();
        expectTrue(rig, result);
        expectQuiet(rig);
        expect(rig.wire.opened).toBe(rig.wire.openMax);
      },
      LIMIT_MS,
    );

    test(
      'resyncs the one instrument that missed frames, and only that',
      async () => {
        await using rig = await VenueRig.start(setup);
        await rig.flowing();
        await rig.moreTrades(3);
        const [hurt, other] = rig.traded;
        if (hurt === undefined || other === undefined)
          throw new Error('two instruments are needed');
        const names = (frame: Frame, symbol: string) =>
          Buffer.from(frame as string)
            .toString('latin1')
            .toLowerCase()
            .includes(symbol.toLowerCase());
        let dropped = 0;
        let changes = 0;
        rig.wire.edit = (frame) => {
          const isHurt = names(frame, hurt.venueSymbol) && !names(frame, other.venueSymbol);
          if (!isHurt || !isData(frame)) return [frame];
          dropped += 1;
          return [];
        };
        const opened = rig.wire.opened;
        await until('frames dropped', () => dropped >= 30);
        changes = rig.recording.books.length;
        rig.wire.edit = (frame) => [frame];
        await rig.moreTrades(3);
        const { recording } = rig;
        if (rig.isSequenced) {
          await until('the break is seen', () => recording.count('book_gaps') > 0);
          await until(
            'the book resyncs',
            () => recording.statusesOf(StatusKind.resync, hurt.index).length > 0,
          );
        } else {
          const why = rig.hasChanges
            ? 'no sequence in its book stream'
            : 'each book message is whole';
          console.log(`${feed.id}: ${why}, no break to see`);
        }
        await rig.healed();
        expect(rig.gapsOf(other.index)).toBe(0);
        expect(rig.wire.opened).toBe(opened);
        await until('books go on', () => recording.books.length > changes);
        const result = await rig.judge();
        if (!feed.tradeIdsContiguous) {
          console.log(`${feed.id}: trade ids have holes, a lost frame of trades cannot be seen`);
        } else expect(result.trades).toMatchObject({ missing: 0, duplicate: 0, different: 0 });
        if (rig.isSequenced || !rig.hasChanges) expect(result.books.samples).toEqual([]);
      },
      LIMIT_MS,
    );

    test(
      'subscribes again after a disconnect, and what was missed is refilled or in the ledger',
      async () => {
        await using rig = await VenueRig.start(setup);
        await rig.flowing();
        await rig.moreTrades(3);
        rig.wire.cut();
        await until('connected again', () => rig.wire.openCount > 0);
        await rig.moreTrades(5);
        const { recording } = rig;
        const first = rig.traded[0]?.index ?? 0;
        const asked = { fromId: 1, toId: 2, fromUs: 1, toUs: 2 * SECOND_US };
        const protocol = feed.createProtocol({
          instruments: rig.instruments,
          channels: rig.channels,
          urls: feed.urls,
        });
        const canRefill = protocol.tradesRequest(first, asked) !== undefined;
        await until('the ledger has the hole', () =>
          rig.traded.every(({ index }) => rig.gapsOf(index) > 0),
        );
        if (canRefill) await rig.healed();
        const result = await rig.judge();
        for (const { index } of rig.traded) {
          const ofTrades = (kind: StatusKind) =>
            recording.statusesOf(kind, index).filter((s) => s.channel === 0).length;
          // A backlog that joins what was recorded leaves no hole to refill.
          if (canRefill) expect(ofTrades(StatusKind.repaired)).toBe(ofTrades(StatusKind.gap));
        }
        if (canRefill) expectTrue(rig, result);
        else {
          console.log(
            `${feed.id}: REST cannot say what was missed; ${result.trades.missing} in the ledger`,
          );
          expect(result.trades).toMatchObject({ duplicate: 0, different: 0, unknown: 0 });
          expect(recording.count('trade_gaps_open') + result.trades.missing).toBeGreaterThan(0);
        }
        expect(result.restRefusals).toBe(0);
      },
      LIMIT_MS,
    );

    test(
      'replaces an old connection with overlap, and not a trade is lost or doubled',
      async () => {
        const limits = { connectionLifeUs: 3 * SECOND_US };
        await using rig = await VenueRig.start({ ...setup, limits });
        await rig.flowing();
        const { wire, recording } = rig;
        const atFirst = wire.opened;
        await until('two rollovers', () => wire.opened >= atFirst * 3);
        await rig.moreTrades(5);
        expect(wire.openMax).toBeGreaterThan(atFirst);
        expect(recording.count('disconnects')).toBe(0);
        await rig.healed();
        const result = await rig.judge();
        expectTrue(rig, result);
        expect(recording.statusesOf(StatusKind.gap).filter((s) => s.channel === 0)).toEqual([]);
      },
      LIMIT_MS,
    );

    test(
      'keeps within the venue’s limits with many instruments',
      async () => {
        const instrumentCount = Math.min(30, dialect.listings.length);
        await using rig = await VenueRig.start({ ...setup, instrumentCount, rate: 300 });
        await rig.flowing();
        const result = await rig.judge();
        expectTrue(rig, result);
        expectQuiet(rig);
        expect(result.restRefusals).toBe(0);
        for (const link of rig.wire.links) {
          for (const { atMs } of link.sent) {
            const second = link.sent.filter((each) => each.atMs > atMs - 950 && each.atMs <= atMs);
            expect(second.length).toBeLessThanOrEqual(dialect.limits.framesPerSecond);
          }
        }
      },
      LIMIT_MS,
    );

    test(
      'names an instrument the venue does not list, and records the others',
      async () => {
        const quote = dialect.listings[0]?.quote ?? 'USD';
        const text = `QQZZX/${quote}`;
        const parsed = feed.parseSymbol(text);
        if (!parsed.ok) {
          expect(parsed.reason).toContain(text);
          return;
        }
        expect(parsed.listed).toBe(false);
        await using rig = await VenueRig.start({ ...setup, strangers: [text] });
        await until('it is named', () =>
          rig.recording.log.some((line) => line.startsWith('error') && line.includes(text)),
        );
        await rig.flowing();
        expectTrue(rig, await rig.judge());
      },
      LIMIT_MS,
    );
  });
}
