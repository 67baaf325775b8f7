/**
 * A book keeper against a venue that loses, repeats, delays and disconnects, and whose snapshots
 * lag: whenever the keeper calls its book valid, it is the venue's book at that id, level for
 * level.
 */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { at } from '../../src/base/assert.ts';
import { Prng } from '../../src/base/prng.ts';
import type { BookSide } from '../../src/book/book-side.ts';
import type { BookRule, DepthMessage } from '../../src/venues/contract.ts';
import { depthOf, spotRule, usdmRule } from '../support/binance-messages.ts';
import { BookHostProbe, type BookRow } from '../support/book-host.ts';

type Levels = Map<number, number>;

interface State {
  readonly id: number;
  readonly bids: Levels;
  readonly asks: Levels;
}

const sorted = (levels: Levels, sign: number) =>
  [...levels].sort((a, b) => sign * (a[0] - b[0])) as [number, number][];

function levelsOf(side: BookSide): [number, number][] {
  return Array.from({ length: side.count }, (_, i) => [side.priceAt(i), side.sizeAt(i)]);
}

/** The venue: a book that changes, every state of it by id, and the events between them. */
class Venue {
  readonly states: State[] = [{ id: 100, bids: new Map([[99, 1]]), asks: new Map([[101, 1]]) }];
  readonly events: DepthMessage[] = [];
  readonly #prng: Prng;

  constructor(prng: Prng, eventCount: number) {
    this.#prng = prng;
    for (let i = 0; i < eventCount; i += 1) this.#step();
  }

  #step(): void {
    const last = at(this.states, this.states.length - 1);
    const next: State = {
      id: last.id + 1 + this.#prng.below(4),
      bids: new Map(last.bids),
      asks: new Map(last.asks),
    };
    const bids = this.#change(next.bids, 80);
    const asks = this.#change(next.asks, 101);
    const ids = { firstId: last.id + 1, lastId: next.id, previousId: last.id, tsUs: next.id };
    this.states.push(next);
    this.events.push(depthOf(ids, bids, asks));
  }

  #change(levels: Levels, low: number): [number, number][] {
    const changes = new Map<number, number>();
    for (let n = this.#prng.below(4); n >= 0; n -= 1) {
      changes.set(low + this.#prng.below(20), this.#prng.chance(0.4) ? 0 : 1 + this.#prng.below(9));
    }
    for (const [price, size] of changes) {
      if (size === 0) levels.delete(price);
      else levels.set(price, size);
    }
    return [...changes];
  }

  snapshot(index: number): DepthMessage {
    const { id, bids, asks } = at(this.states, index);
    return depthOf({ lastId: id, tsUs: id }, sorted(bids, -1), sorted(asks, 1), true);
  }

  stateOf(id: number): State {
    const state = this.states.find((candidate) => candidate.id === id);
    if (state === undefined) throw new Error(`the venue was never at ${id}`);
    return state;
  }
}

function run(seed: number, rule: BookRule, isCalm: boolean): BookHostProbe {
  const prng = new Prng(seed);
  const venue = new Venue(prng, 300);
  const probe = new BookHostProbe({ rule, depth: 3, intervalUs: 1_000, deltas: true });
  const { keeper } = probe;
  let answered = 0;
  let nowUs = 0;
  const check = () => {
    if (!keeper.valid) return;
    const truth = venue.stateOf(keeper.lastId);
    expect(levelsOf(keeper.book.bids)).toEqual(sorted(truth.bids, -1));
    expect(levelsOf(keeper.book.asks)).toEqual(sorted(truth.asks, 1));
  };
  const quoteAt = (index: number) => {
    const { id, bids, asks } = at(venue.states, index);
    const [bidPrice, bidSize] = sorted(bids, -1)[0] ?? [0, 0];
    const [askPrice, askSize] = sorted(asks, 1)[0] ?? [0, 0];
    const prices = { bidPrice, bidSize, askPrice, askSize };
    const message = { ...prices, instrument: 7, tsUs: nowUs, sequence: id, precisionLoss: false };
    keeper.onQuote(message, nowUs);
  };
  for (let i = 0; i < venue.events.length; i += 1) {
    nowUs += prng.below(700);
    if (prng.chance(0.3)) keeper.onTick(nowUs);
    if (prng.chance(0.3)) quoteAt(i + prng.below(2));
    const isLost = !isCalm && prng.chance(0.03);
    if (!isLost) keeper.onDepth(at(venue.events, i), nowUs);
    check();
    if (!isCalm && prng.chance(0.05)) keeper.onDepth(at(venue.events, prng.below(i + 1)), nowUs);
    if (!isCalm && prng.chance(0.01)) keeper.onDisconnect(nowUs);
    check();
    if (probe.requests > answered && prng.chance(0.4)) {
      answered = probe.requests;
      const lag = isCalm ? 0 : prng.below(6);
      // Index i + 1 is the state after this event: ahead of, at or behind the stream.
      if (!isCalm && prng.chance(0.1)) keeper.onSnapshotFailed(nowUs);
      else keeper.onRestSnapshot(venue.snapshot(Math.max(0, i + 1 - lag)), nowUs);
      check();
    }
  }
  checkRows(probe.rows, venue);
  checkLedger(probe);
  return probe;
}

/** Every row is the truth at its id, and the deltas alone rebuild the book. */
function checkRows(rows: readonly BookRow[], venue: Venue): void {
  let bids: Levels = new Map();
  let asks: Levels = new Map();
  let sequence = Number.NaN;
  let recvUs = 0;
  for (const row of rows) {
    const truth = venue.stateOf(row.sequence);
    if (row.type === 'snapshot') {
      expect(row.bids).toEqual(sorted(truth.bids, -1).slice(0, 3));
      expect(row.asks).toEqual(sorted(truth.asks, 1).slice(0, 3));
      continue;
    }
    expect(row.recvUs).toBeGreaterThanOrEqual(recvUs);
    recvUs = row.recvUs;
    if ((row.flags & 0x20) !== 0) {
      bids = new Map();
      asks = new Map();
    } else {
      expect(row.firstSequence).toBeLessThanOrEqual(sequence + 1);
    }
    for (const [price, size] of row.bids) size === 0 ? bids.delete(price) : bids.set(price, size);
    for (const [price, size] of row.asks) size === 0 ? asks.delete(price) : asks.set(price, size);
    sequence = row.sequence;
    expect(sorted(bids, -1)).toEqual(sorted(truth.bids, -1));
    expect(sorted(asks, 1)).toEqual(sorted(truth.asks, 1));
  }
}

/** Gaps and repairs alternate, and each repair names its gap. */
function checkLedger(probe: BookHostProbe): void {
  const kinds = probe.kinds();
  let open = -1;
  kinds.forEach((kind, i) => {
    const status = at(probe.statuses, i);
    if (kind === 'gap') {
      expect(open).toBe(-1);
      open = i;
    } else if (kind === 'repaired') {
      const { fromId, fromUs } = at(probe.statuses, open);
      expect([status.fromId, status.fromUs]).toEqual([fromId, fromUs]);
      open = -1;
    }
  });
  expect(open === -1 || !probe.keeper.valid).toBe(true);
}

describe('book keeper against a faulty venue', () => {
  for (const [name, rule] of [
    ['spot', spotRule],
    ['usdm', usdmRule],
  ] as const) {
    test(`a valid ${name} book is the venue's book, whatever is lost, repeated or late`, () => {
      let gaps = 0;
      let resyncs = 0;
      let checks = 0;
      fc.assert(
        fc.property(fc.integer({ min: 0 }), (seed) => {
          const probe = run(seed, rule, false);
          gaps += probe.count('book_gaps');
          resyncs += probe.count('book_resyncs');
          checks += probe.count('bbo_checked');
          expect(probe.count('bbo_mismatched')).toBe(0);
        }),
        { numRuns: 60 },
      );
      // The run proves little unless it broke and mended many books and checked many quotes.
      expect(gaps).toBeGreaterThan(100);
      expect(resyncs).toBeGreaterThan(100);
      expect(checks).toBeGreaterThan(500);
    });

    test(`a ${name} feed without faults never reports a gap`, () => {
      fc.assert(
        fc.property(fc.integer({ min: 0 }), (seed) => {
          const probe = run(seed, rule, true);
          expect([probe.keeper.valid, probe.statuses.length]).toEqual([true, 0]);
        }),
        { numRuns: 20 },
      );
    });
  }
});
