import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { StatusFields } from '../../../../src/model/record-codec.ts';
import { StatusKind } from '../../../../src/model/record-layout.ts';
import { TextId } from '../../../../src/model/text-id.ts';
import type { TradeMessage } from '../../../../src/venues/contract.ts';
import type { TradeResume } from '../../../../src/venues/kit/session-host.ts';
import { TradeTracker } from '../../../../src/venues/kit/trade-tracker.ts';

const T0 = 1_700_000_000_000_000;

function trade(id: number): TradeMessage {
  return {
    instrument: 0,
    tape: 'trade',
    tsUs: T0 + id * 1000,
    price: 1,
    size: 1,
    nativeSize: 1,
    isSell: false,
    tradeId: id,
    textId: new TextId(),
    firstTradeId: Number.NaN,
    isMarket: true,
    precisionLoss: false,
  };
}

function createTracker(resume?: TradeResume, maxTrades = 1000) {
  const statuses: StatusFields[] = [];
  const tracker = new TradeTracker({
    instrument: 0,
    idsContiguous: true,
    maxTrades,
    graceUs: 0,
    resume,
    status: (fields) => statuses.push(fields),
  });
  const ofKind = (kind: StatusKind) => statuses.filter((s) => s.kind === kind);
  return { tracker, statuses, ofKind };
}

const live = (tracker: TradeTracker, id: number) =>
  tracker.accept(trade(id), T0 + id * 1000 + 5, false, T0);
const refill = (tracker: TradeTracker, id: number) =>
  tracker.accept(trade(id), T0 + 9_000_000, true, Number.NaN);

const RESUME: TradeResume = {
  intervals: [{ from: 1, to: 10 }],
  lastTradeUs: T0 + 10_000,
  lastTradeId: 10,
  coveredFromUs: T0,
  recentTextIds: [],
  openGaps: [],
};

describe('trade tracker', () => {
  test('takes ids in order and knows repeats', () => {
    const { tracker, statuses } = createTracker();
    expect([1, 2, 3, 2, 3, 4].map((id) => live(tracker, id))).toEqual([
      'new',
      'new',
      'new',
      'duplicate',
      'duplicate',
      'new',
    ]);
    expect(statuses).toEqual([]);
  });

  test('opens a gap at once and closes it when the missing frame arrives late', () => {
    const { tracker, ofKind } = createTracker();
    live(tracker, 5);
    expect(live(tracker, 8)).toBe('after-gap');
    expect(ofKind(StatusKind.gap)).toMatchObject([
      { fromId: 6, toId: 7, fromUs: T0 + 5000, toUs: T0 + 8000, missing: 2, cause: 'sequence' },
    ]);
    expect(live(tracker, 7)).toBe('filled');
    expect(tracker.isSettled).toBe(false);
    expect(live(tracker, 6)).toBe('filled');
    expect(tracker.isSettled).toBe(true);
    expect(ofKind(StatusKind.repaired)).toMatchObject([
      { fromId: 6, toId: 7, fromUs: T0 + 5000, how: 'late arrival' },
    ]);
  });

  test('asks REST from one id before the hole, and a page closes it', () => {
    const { tracker, ofKind } = createTracker();
    live(tracker, 1);
    live(tracker, 5);
    expect(tracker.wanted(T0 + 10_000_000)).toMatchObject({ fromId: 1, toId: 4 });
    expect([1, 2, 3, 4, 5].map((id) => refill(tracker, id))).toEqual([
      'duplicate',
      'filled',
      'filled',
      'filled',
      'duplicate',
    ]);
    tracker.onPageEnd(5, T0);
    expect(ofKind(StatusKind.repaired)).toHaveLength(1);
    expect(ofKind(StatusKind.repaired)[0]?.how).toBe('rest');
    expect(tracker.wanted(T0 + 10_000_000)).toBeUndefined();
  });

  test('ids the venue does not list inside its page do not exist', () => {
    const { tracker, ofKind } = createTracker();
    live(tracker, 1);
    live(tracker, 6);
    for (const id of [1, 3, 6]) refill(tracker, id);
    tracker.onPageEnd(3, T0);
    expect(ofKind(StatusKind.repaired)[0]?.how).toBe('rest; 3 ids do not exist at the venue');
  });

  test('a page of only newer trades proves nothing about older ids', () => {
    const { tracker, ofKind } = createTracker();
    live(tracker, 1);
    live(tracker, 100);
    for (const id of [90, 91, 92]) refill(tracker, id);
    tracker.onPageEnd(3, T0);
    expect(ofKind(StatusKind.repaired)).toEqual([]);
    expect(tracker.isSettled).toBe(false);
  });

  test('finds the hole of a restart from what the store holds', () => {
    const { tracker, ofKind } = createTracker(RESUME);
    expect(live(tracker, 10)).toBe('duplicate');
    expect(live(tracker, 15)).toBe('after-gap');
    expect(ofKind(StatusKind.gap)).toMatchObject([{ fromId: 11, toId: 14, cause: 'restart' }]);
    expect(tracker.sinceUs).toBe(T0);
  });

  test('takes up gaps the store still has as open', () => {
    const open = { fromId: 11, toId: 12, fromUs: T0, toUs: T0 + 5, cause: 'crash' };
    const intervals = [
      { from: 1, to: 10 },
      { from: 13, to: 20 },
    ];
    const { tracker, ofKind } = createTracker({ ...RESUME, intervals, openGaps: [open] });
    expect(tracker.wanted(T0 + 1e9)).toMatchObject({ fromId: 10, toId: 12 });
    refill(tracker, 11);
    refill(tracker, 12);
    expect(ofKind(StatusKind.repaired)).toMatchObject([{ fromId: 11, toId: 12 }]);
  });

  test('leaves a gap beyond the limit open in the ledger and does not ask for it', () => {
    const { tracker, ofKind } = createTracker(undefined, 10);
    live(tracker, 1);
    live(tracker, 1000);
    expect(ofKind(StatusKind.gap)[0]?.cause).toContain('longer than repair.max_trades 10');
    expect(tracker.wanted(T0 + 1e9)).toBeUndefined();
    expect(tracker.isSettled).toBe(true);
  });

  test('gives up after many empty pages instead of asking for ever', () => {
    const { tracker } = createTracker();
    live(tracker, 1);
    live(tracker, 5);
    let asked = 0;
    for (let nowUs = T0; asked < 100 && !tracker.isSettled; nowUs += 60_000_000) {
      if (tracker.wanted(nowUs) === undefined) continue;
      asked += 1;
      tracker.onPageEnd(0, nowUs);
    }
    expect(tracker.isSettled).toBe(true);
    expect(asked).toBeLessThan(20);
  });

  test('coverage never claims an id that was not accepted', () => {
    const id = fc.integer({ min: 1, max: 40 });
    const step = fc.record({ id, isRefill: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { tracker, ofKind } = createTracker();
        const emitted = new Set<number>();
        for (const { id, isRefill } of steps) {
          const verdict = isRefill ? refill(tracker, id) : live(tracker, id);
          if (verdict !== 'duplicate') {
            expect(emitted.has(id)).toBe(false);
            emitted.add(id);
          }
          tracker.sayCoverage(T0, Number.NaN);
        }
        for (const { fromId = 0, toId = -1 } of ofKind(StatusKind.coverage)) {
          for (let n = fromId; n <= toId; n += 1) expect(emitted.has(n)).toBe(true);
        }
        for (const gap of ofKind(StatusKind.repaired)) {
          for (let n = gap.fromId ?? 0; n <= (gap.toId ?? -1); n += 1) {
            expect(emitted.has(n)).toBe(true);
          }
        }
      }),
    );
  });
});
