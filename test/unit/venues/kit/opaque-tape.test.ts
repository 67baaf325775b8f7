/** A tape whose ids prove nothing: repeats by memory, holes by time, and the audit over REST. */
import { describe, expect, test } from 'bun:test';
import type { StatusFields } from '../../../../src/model/record-codec.ts';
import { StatusKind } from '../../../../src/model/record-layout.ts';
import { TextId } from '../../../../src/model/text-id.ts';
import { createTradeMessage } from '../../../../src/venues/kit/messages.ts';
import { TradeTracker } from '../../../../src/venues/kit/trade-tracker.ts';

const T0 = 1_700_000_000_000_000;
const SECOND = 1_000_000;

function createTape(auditSeconds = 0) {
  const statuses: StatusFields[] = [];
  const tracker = new TradeTracker({
    instrument: 0,
    idsContiguous: false,
    maxTrades: 1000,
    graceUs: 0,
    auditUs: auditSeconds * SECOND,
    resume: undefined,
    status: (fields) => statuses.push(fields),
  });
  const trade = (second: number) => ({
    ...createTradeMessage(),
    tsUs: T0 + second * SECOND,
    textId: TextId.of(`id-${second}`),
  });
  const nowUs = (second: number) => T0 + second * SECOND + 5000;
  const live = (second: number) => tracker.accept(trade(second), nowUs(second), false, Number.NaN);
  const page = (seconds: readonly number[], at: number) => {
    const verdicts = seconds.map((s) => tracker.accept(trade(s), nowUs(at), true, Number.NaN));
    tracker.onPageEnd(seconds.length, nowUs(at));
    return seconds.filter((_, i) => verdicts[i] === 'filled');
  };
  const ofKind = (kind: StatusKind) => statuses.filter((s) => s.kind === kind);
  const wanted = (second: number) => {
    const window = tracker.wanted(nowUs(second));
    if (window === undefined) return undefined;
    return [window.fromUs, window.toUs].map((us) => (us - T0) / SECOND);
  };
  return { tracker, live, page, ofKind, wanted, nowUs };
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('holes in time', () => {
  test('are closed by a page that reaches over both ends', () => {
    const tape = createTape();
    for (const second of range(1, 5)) tape.live(second);
    tape.tracker.onDown(tape.nowUs(6), 'disconnect');
    expect(tape.live(10)).toBe('after-gap');
    expect(tape.wanted(11)).toEqual([5, 10]);
    expect(tape.page(range(3, 11), 11)).toEqual(range(6, 9));
    expect(tape.ofKind(StatusKind.repaired)).toHaveLength(1);
    expect(tape.tracker.isSettled).toBe(true);
  });

  test('shrink by what pages cover, from either end', () => {
    for (const pages of [
      [range(15, 20), range(10, 15), range(5, 10)],
      [range(5, 10), range(10, 15), range(15, 20)],
    ]) {
      const tape = createTape();
      tape.live(5);
      tape.tracker.onDown(tape.nowUs(6), 'disconnect');
      tape.live(20);
      const asked: unknown[] = [];
      const filled = pages.flatMap((page) => {
        asked.push(tape.wanted(21));
        return tape.page(page, 21);
      });
      expect(filled.sort((a, b) => a - b)).toEqual(range(6, 19));
      expect(new Set(asked.map(String)).size).toBe(3);
      expect(tape.ofKind(StatusKind.repaired)).toMatchObject([
        { fromUs: T0 + 5 * SECOND, toUs: T0 + 20 * SECOND, how: 'rest' },
      ]);
    }
  });

  test('stay open where REST only has the newest trades', () => {
    const tape = createTape();
    tape.live(5);
    tape.tracker.onDown(tape.nowUs(6), 'disconnect');
    tape.live(20);
    expect(tape.page(range(17, 22), 22)).toEqual([17, 18, 19]);
    expect(tape.wanted(40)).toEqual([5, 17]);
    expect(tape.page(range(30, 40), 40)).toEqual([]);
    expect(tape.ofKind(StatusKind.repaired)).toEqual([]);
    expect(tape.tracker.isSettled).toBe(false);
  });
});

describe('an audit', () => {
  test('finds what the stream left out and says so in the ledger', () => {
    const tape = createTape(5);
    for (const second of [1, 2, 3, 6, 7, 8, 9]) tape.live(second);
    expect(tape.wanted(5)).toBeUndefined();
    // The newest two seconds may still be under way.
    expect(tape.wanted(9)).toEqual([1.000001, 9]);
    expect(tape.page(range(0, 9), 9)).toEqual([4, 5]);
    expect(tape.ofKind(StatusKind.gap)).toMatchObject([
      { fromUs: T0 + 3 * SECOND, toUs: T0 + 6 * SECOND, cause: 'not in the stream' },
    ]);
    expect(tape.ofKind(StatusKind.repaired)).toHaveLength(1);
    expect(tape.live(4)).toBe('duplicate');
    expect(tape.wanted(9)).toBeUndefined();
    for (const second of range(10, 20)) tape.live(second);
    // From the newest trade that was judged.
    expect(tape.wanted(20)).toEqual([6, 20]);
  });

  test('is not satisfied by a page around a later hole', () => {
    const tape = createTape(30);
    for (const second of [1, 2, 4, 5]) tape.live(second);
    tape.tracker.onDown(tape.nowUs(6), 'disconnect');
    tape.live(8);
    expect(tape.wanted(9)).toEqual([5, 8]);
    expect(tape.page(range(5, 8), 9)).toEqual([6, 7]);
    for (const second of range(9, 31)) tape.live(second);
    expect(tape.wanted(31)).toEqual([1.000001, 31]);
    expect(tape.page(range(1, 31), 31)).toEqual([3]);
  });

  test('goes back page by page until it joins what was judged before', () => {
    const tape = createTape(30);
    for (const second of range(1, 40)) if (second % 10 !== 0) tape.live(second);
    expect(tape.wanted(40)).toEqual([1.000001, 39]);
    expect(tape.page(range(28, 40), 40)).toEqual([30]);
    expect(tape.wanted(40)).toEqual([1.000001, 28]);
    expect(tape.page(range(15, 28), 40)).toEqual([20]);
    expect(tape.wanted(40)).toEqual([1.000001, 15]);
    expect(tape.page(range(1, 15), 40)).toEqual([10]);
    expect(tape.wanted(40)).toBeUndefined();
    for (const second of range(41, 80)) tape.live(second);
    expect(tape.wanted(80)).toEqual([36, 80]);
  });

  test('ends where REST has no older page', () => {
    const tape = createTape(30);
    for (const second of range(1, 40)) tape.live(second);
    tape.wanted(40);
    tape.page(range(28, 40), 40);
    expect(tape.wanted(40)).toEqual([1.000001, 28]);
    tape.tracker.onPageImpossible();
    expect(tape.wanted(40)).toBeUndefined();
    // The same page again is no way back either.
    const other = createTape(30);
    for (const second of range(1, 40)) other.live(second);
    other.wanted(40);
    other.page(range(28, 40), 40);
    other.wanted(40);
    other.page(range(28, 40), 40);
    expect(other.wanted(40)).toBeUndefined();
  });

  test('takes nothing from a page none of whose trades is known', () => {
    const tape = createTape(5);
    for (const second of range(1, 10)) tape.live(second);
    expect(tape.wanted(10)).toEqual([1.000001, 10]);
    expect(tape.page([3.5, 4.5, 5.5], 10)).toEqual([]);
    expect(tape.ofKind(StatusKind.gap)).toEqual([]);
  });

  test('looks a last time at the end, up to the newest trade', () => {
    const tape = createTape(5);
    for (const second of [1, 2, 4]) tape.live(second);
    tape.tracker.hurry(tape.nowUs(4));
    expect(tape.tracker.isSettled).toBe(false);
    expect(tape.wanted(4)).toEqual([1.000001, 4]);
    // What has the time of the last trade may never have been sent.
    expect(tape.page([1, 2, 3, 3.9, 4], 4)).toEqual([3, 3.9]);
    expect(tape.tracker.isSettled).toBe(true);
    expect(tape.wanted(4)).toBeUndefined();
  });

  test('that fails at the end keeps nobody waiting', () => {
    const tape = createTape(5);
    for (const second of [1, 2, 4]) tape.live(second);
    tape.tracker.hurry(tape.nowUs(4));
    tape.wanted(4);
    tape.tracker.onPageFailed(tape.nowUs(4));
    expect(tape.tracker.isSettled).toBe(true);
  });

  test('is none before the first trade or where it is not asked for', () => {
    const silent = createTape(5);
    silent.tracker.hurry(silent.nowUs(1));
    expect([silent.tracker.isSettled, silent.wanted(100)]).toEqual([true, undefined]);
    const plain = createTape(0);
    for (const second of range(1, 9)) plain.live(second);
    plain.tracker.hurry(plain.nowUs(9));
    expect([plain.tracker.isSettled, plain.wanted(100)]).toEqual([true, undefined]);
  });
});

describe('a backlog after a reconnect', () => {
  test('that begins with a trade we have proves that nothing is missing', () => {
    const tape = createTape();
    for (const second of range(1, 5)) tape.live(second);
    tape.tracker.onDown(tape.nowUs(6), 'disconnect');
    expect(range(4, 8).map(tape.live)).toEqual(['duplicate', 'duplicate', 'new', 'new', 'new']);
    expect(tape.ofKind(StatusKind.gap)).toEqual([]);
  });

  test('that begins behind all we have leaves a hole', () => {
    const tape = createTape();
    for (const second of range(1, 5)) tape.live(second);
    tape.tracker.onDown(tape.nowUs(6), 'disconnect');
    expect(range(7, 8).map(tape.live)).toEqual(['after-gap', 'new']);
    expect(tape.ofKind(StatusKind.gap)).toHaveLength(1);
  });
});

describe('a hole that REST cannot reach', () => {
  test('stays open in the ledger and keeps nobody waiting', () => {
    const tape = createTape();
    tape.live(5);
    tape.tracker.onDown(tape.nowUs(6), 'disconnect');
    tape.live(20);
    tape.tracker.onPageImpossible();
    expect(tape.wanted(40)).toBeUndefined();
    expect(tape.tracker.isSettled).toBe(true);
    expect(tape.ofKind(StatusKind.repaired)).toEqual([]);
  });
});
