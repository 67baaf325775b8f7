/**
 * When candles are said and as what: closing, amending, states, quiet and dead minutes, restarts.
 */
import { describe, expect, test } from 'bun:test';
import { CandleBuilder } from '../../../src/candles/candle-builder.ts';
import { CandleKind } from '../../../src/candles/candle-output.ts';
import type { DirtyRange } from '../../../src/candles/dirty-range.ts';
import { CandleState } from '../../../src/model/record-layout.ts';
import { parseTimeframe } from '../../../src/model/timeframe.ts';
import { CandleLog, type SaidCandle } from '../../support/naive-candles.ts';

const T0 = Date.UTC(2026, 0, 31, 23, 0) * 1000;
const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
/** The receive clock is this far behind the venue's. */
const BEHIND = 1_270_000;
const FRAMES = ['1s', '1m', '5m'].map((name) => parseTimeframe(name)!);
const [S1, M1, M5] = [0, 1, 2] as const;

type Options = Partial<ConstructorParameters<typeof CandleBuilder>[0]>;

/** A builder with one live instrument; times of its methods are venue µs from T0. */
function setUp(options: Options = {}) {
  const log = new CandleLog();
  const feeds = [0];
  const builder = new CandleBuilder({ feeds, timeframes: FRAMES, output: log, ...options });
  let nextId = 1;
  return {
    log,
    builder,
    live: (atUs: number) => builder.onLive(0, T0 + atUs),
    down: (atUs: number) => builder.onDown(0, T0 + atUs - BEHIND),
    tick: (atUs: number) => builder.onTick(0, T0 + atUs - BEHIND),
    trade: (atUs: number, price = 100, size = 1, id = nextId++, isRefill = false) =>
      builder.onTrade(0, T0 + atUs, T0 + atUs - BEHIND, price, size, id, false, isRefill),
    minute: (n: number) => log.last(M1, T0 + n * MINUTE),
    /** All that was said of a timeframe as closed. */
    closed: (timeframe: number) =>
      log.said.filter((c) => c.timeframe === timeframe && c.kind !== CandleKind.open),
  };
}

const openOf = ({ openUs }: SaidCandle) => (openUs - T0) / MINUTE;

describe('a candle', () => {
  test('closes when a trade of a later bucket comes', () => {
    const { live, trade, closed } = setUp();
    live(0);
    trade(10 * SECOND);
    expect(closed(M1)).toEqual([]);
    trade(61 * SECOND);
    expect(closed(M1)).toHaveLength(1);
    expect(closed(M1)[0]).toMatchObject({ openUs: T0, tradeCount: 1, kind: CandleKind.closed });
  });

  test('closes when the venue clock passes its end and the grace, though ours is behind', () => {
    const { live, trade, tick, closed } = setUp();
    live(0);
    trade(10 * SECOND);
    tick(MINUTE + 249_000);
    expect(closed(M1)).toEqual([]);
    tick(MINUTE + 250_000);
    expect(closed(M1)).toHaveLength(1);
    tick(MINUTE + 300_000);
    expect(closed(M1)).toHaveLength(1);
  });

  test('closes on time although a trade was late on its way', () => {
    const { builder, live, trade, tick, closed } = setUp();
    live(0);
    trade(10 * SECOND);
    // Received half a minute after it was made: that is no other clock.
    builder.onTrade(0, T0 + 11 * SECOND, T0 + 41 * SECOND - BEHIND, 1, 1, 99, false, false);
    tick(MINUTE + 260_000);
    expect(closed(M1)).toHaveLength(1);
  });

  test('is not closed by time before a trade told the venue clock', () => {
    const seed = seedOf(M1, 0);
    const { tick, closed } = setUp({ seeds: [seed] });
    tick(10 * MINUTE);
    expect(closed(M1)).toEqual([]);
  });

  test('opens and closes by venue time and id, not by arrival', () => {
    const { live, trade, builder } = setUp();
    live(0);
    trade(10 * SECOND, 10, 1, 7);
    trade(12 * SECOND, 12, 1, 9);
    trade(12 * SECOND, 13, 1, 8);
    trade(9 * SECOND, 9, 1, 5);
    trade(9 * SECOND, 8, 1, 6);
    const candle = builder.read(0, M1)!;
    expect([candle.open, candle.close, candle.low, candle.high]).toEqual([9, 12, 8, 13]);
  });

  test('takes arrival for the order of trades at one time whose ids are texts', () => {
    const { live, trade, builder } = setUp();
    live(0);
    for (const price of [10, 11, 12]) trade(10 * SECOND, price, 1, Number.NaN);
    expect(builder.read(0, M1)).toMatchObject({ open: 10, close: 12, tradeCount: 3 });
  });

  test('is amended and said again when a late trade comes into the window', () => {
    const { live, trade, tick, minute, closed } = setUp();
    live(0);
    trade(10 * SECOND, 10);
    trade(61 * SECOND, 11);
    trade(50 * SECOND, 99);
    trade(51 * SECOND, 98);
    tick(62 * SECOND);
    expect(minute(0)).toMatchObject({ kind: CandleKind.amended, tradeCount: 3, high: 99 });
    // Two late trades before one tick are said once.
    expect(closed(M1)).toHaveLength(2);
  });

  test('older than the window is left to the store', () => {
    const { live, trade, builder, closed } = setUp();
    live(0);
    trade(10 * SECOND);
    trade(MINUTE + SECOND);
    trade(2 * MINUTE + SECOND);
    const said = closed(M1).length;
    trade(20 * SECOND);
    trade(25 * SECOND);
    expect(closed(M1)).toHaveLength(said);
    for (const seconds of [20, 25]) {
      const us = T0 + seconds * SECOND;
      expect(builder.dirty.first(0)).toEqual({ fromUs: us, toUs: us });
      builder.dirty.dropFirst(0);
    }
    expect(builder.dirty.count).toBe(0);
    // The 5m bucket is open and holds them all the same.
    expect(builder.read(0, M5)!.tradeCount).toBe(5);
  });

  test('that is open is said at most every interval, and only when it changed', () => {
    const { live, trade, tick, log } = setUp();
    live(0);
    const open = () => log.said.filter((c) => c.timeframe === M5 && c.kind === CandleKind.open);
    trade(SECOND);
    tick(SECOND);
    expect(open()).toHaveLength(1);
    trade(1.1 * SECOND);
    tick(1.5 * SECOND);
    expect(open()).toHaveLength(1);
    tick(2 * SECOND);
    expect(open()).toHaveLength(2);
    tick(9 * SECOND);
    expect(open()).toHaveLength(2);
  });

  test('that is open is offered again when the output refused it', () => {
    const { live, trade, tick, log } = setUp();
    live(0);
    trade(SECOND);
    log.refuse = 1;
    tick(SECOND);
    expect(log.said).toEqual([]);
    tick(1.05 * SECOND);
    expect(log.said.map(({ timeframe }) => timeframe)).toEqual([S1, M1, M5]);
  });

  test('keeps sums exact where plain addition would not', () => {
    const { live, trade, builder } = setUp();
    live(0);
    trade(SECOND, 1, 1e9);
    for (let i = 0; i < 100_000; i += 1) trade(SECOND + i, 1, 0.1);
    const { volume } = builder.read(0, M1)!;
    expect(Math.abs(volume - 1_000_010_000)).toBeLessThan(1e-12 * volume);
    let plain = 1e9;
    for (let i = 0; i < 100_000; i += 1) plain += 0.1;
    expect(Math.abs(plain - 1_000_010_000)).toBeGreaterThan(1e-12 * volume);
  });
});

describe('the state', () => {
  test('is partial before the stream was whole, complete after', () => {
    const { live, trade, minute } = setUp();
    live(30 * SECOND);
    trade(31 * SECOND);
    trade(61 * SECOND);
    trade(121 * SECOND);
    expect(minute(0)!.state).toBe(CandleState.partial);
    expect(minute(1)!.state).toBe(CandleState.complete);
  });

  test('follows a gap to partial and its repair to repaired, in memory as well', () => {
    const { live, trade, builder, minute } = setUp();
    live(0);
    trade(10 * SECOND);
    trade(61 * SECOND);
    expect(minute(0)!.state).toBe(CandleState.complete);
    builder.onGap(0, 5, T0 + 50 * SECOND, T0 + 62 * SECOND);
    expect(minute(0)!.state).toBe(CandleState.partial);
    trade(62 * SECOND, 100, 1, 9);
    trade(55 * SECOND, 100, 1, 5, true);
    builder.onRepaired(0, 5, T0 + 50 * SECOND, T0 + 62 * SECOND);
    expect(minute(0)).toMatchObject({ state: CandleState.repaired, tradeCount: 2 });
    trade(121 * SECOND, 100, 1, 10);
    expect(minute(1)!.state).toBe(CandleState.repaired);
    trade(181 * SECOND, 100, 1, 11);
    expect(minute(2)!.state).toBe(CandleState.complete);
  });

  test('is partial over a disconnect until the stream is proven whole from before it', () => {
    const { live, down, trade, tick, minute } = setUp();
    live(0);
    trade(10 * SECOND);
    down(40 * SECOND);
    tick(61 * SECOND);
    expect(minute(0)!.state).toBe(CandleState.partial);
    live(0);
    expect(minute(0)).toMatchObject({ state: CandleState.complete, kind: CandleKind.amended });
  });

  test('stays partial when the stream came back without what it missed', () => {
    const { live, down, trade, minute } = setUp();
    live(0);
    trade(10 * SECOND);
    trade(MINUTE + SECOND);
    down(MINUTE + 30 * SECOND);
    live(MINUTE + 45 * SECOND);
    trade(MINUTE + 46 * SECOND);
    trade(2 * MINUTE + SECOND);
    trade(3 * MINUTE + SECOND);
    expect(minute(0)!.state).toBe(CandleState.complete);
    expect(minute(1)!.state).toBe(CandleState.partial);
    expect(minute(2)!.state).toBe(CandleState.complete);
  });
});

describe('a minute without trades', () => {
  test('is said as complete and quiet while the stream is whole', () => {
    const { live, trade, tick, closed } = setUp();
    live(0);
    trade(10 * SECOND, 42);
    tick(3 * MINUTE + SECOND);
    expect(closed(M1).map(openOf)).toEqual([0, 1, 2]);
    const quiet = { open: 42, high: 42, low: 42, close: 42, volume: 0, tradeCount: 0 };
    expect(closed(M1)[1]).toMatchObject({ ...quiet, state: CandleState.complete });
    // Seconds are mostly without trades: those are not said.
    expect(closed(S1)).toHaveLength(1);
  });

  test('is said for each missed bucket when the next trade comes without a tick between', () => {
    const { live, trade, closed } = setUp();
    live(0);
    trade(10 * SECOND, 42);
    trade(5 * MINUTE + SECOND, 43);
    expect(closed(M1).map(openOf)).toEqual([0, 1, 2, 3, 4]);
    expect(closed(M5).map(openOf)).toEqual([0]);
  });

  test('is not said while the stream is down, and is said once it is proven whole', () => {
    const { live, down, trade, tick, closed } = setUp();
    live(0);
    trade(10 * SECOND);
    down(70 * SECOND);
    tick(4 * MINUTE);
    expect(closed(M1).map(openOf)).toEqual([0]);
    live(0);
    trade(4 * MINUTE + SECOND);
    expect(closed(M1).map(openOf)).toEqual([0, 1, 2, 3]);
  });

  test('is not said over a gap, whenever the trades around it come', () => {
    const { live, trade, tick, builder, closed } = setUp();
    live(0);
    trade(10 * SECOND, 100, 1, 1);
    builder.onGap(0, 2, T0 + 10 * SECOND, T0 + 4 * MINUTE);
    trade(4 * MINUTE, 100, 1, 9);
    tick(5 * MINUTE);
    expect(closed(M1).map(openOf)).toEqual([0]);
  });

  test('is said as repaired when the gap over it turned out to hold nothing', () => {
    const { live, trade, tick, builder, closed } = setUp();
    live(0);
    trade(10 * SECOND, 100, 1, 1);
    builder.onGap(0, 2, T0 + 10 * SECOND, T0 + 4 * MINUTE);
    tick(3 * MINUTE);
    builder.onRepaired(0, 2, T0 + 10 * SECOND, T0 + 4 * MINUTE);
    tick(3 * MINUTE + SECOND);
    expect(
      closed(M1)
        .map(({ state }) => state)
        .slice(-2),
    ).toEqual([CandleState.repaired, CandleState.repaired]);
    expect(closed(M1).map(openOf)).toEqual([0, 0, 1, 2]);
  });

  test('is not said while the stream is stale, and again once it flows', () => {
    const { live, trade, tick, builder, closed } = setUp();
    live(0);
    trade(10 * SECOND);
    const sinceUs = T0 + 10 * SECOND - BEHIND;
    builder.onStale(0, sinceUs);
    tick(3 * MINUTE);
    expect(closed(M1).map(openOf)).toEqual([0]);
    trade(3 * MINUTE + SECOND);
    builder.onRepaired(0, Number.NaN, sinceUs, T0 + 3 * MINUTE);
    tick(5 * MINUTE + SECOND);
    expect(closed(M1).map(openOf)).toEqual([0, 3, 4]);
    // Staleness is no gap: what was traded is known.
    expect(closed(M1).at(-1)!.state).toBe(CandleState.complete);
  });

  test('is not said before the first trade', () => {
    const { builder, live, closed } = setUp({ feeds: [0, 0] });
    live(0);
    // Another instrument of the feed tells the clock.
    builder.onTrade(1, T0, T0 - BEHIND, 1, 1, 1, false, false);
    builder.onTick(0, T0 + 5 * MINUTE);
    expect(closed(M1).filter(({ instrument }) => instrument === 0)).toEqual([]);
  });

  test('takes over the price of a late trade before it', () => {
    const { live, trade, tick, minute } = setUp();
    live(0);
    trade(10 * SECOND, 42);
    tick(2 * MINUTE + SECOND);
    trade(50 * SECOND, 43);
    tick(2 * MINUTE + 2 * SECOND);
    expect(minute(0)).toMatchObject({ tradeCount: 2, close: 43 });
    expect(minute(1)).toMatchObject({ tradeCount: 0, open: 43, close: 43 });
  });

  test('becomes a candle like any other when a late trade falls into it', () => {
    const { live, trade, tick, minute } = setUp();
    live(0);
    trade(10 * SECOND, 42);
    tick(2 * MINUTE + SECOND);
    trade(70 * SECOND, 7, 3);
    tick(2 * MINUTE + 2 * SECOND);
    expect(minute(1)).toMatchObject({ tradeCount: 1, open: 7, high: 7, low: 7, volume: 3 });
  });
});

describe('a restart', () => {
  test('goes on with the seed and does not count what the store has', () => {
    const seeds = [seedOf(S1, 30 * SECOND, 2), seedOf(M1, 0, 5), seedOf(M5, 0, 5)];
    const { live, trade, minute, builder } = setUp({ seeds });
    live(-MINUTE);
    trade(30.5 * SECOND, 200, 1, 1_000);
    trade(61 * SECOND, 200, 1, 1_001);
    expect(minute(0)).toMatchObject({ open: 10, high: 200, close: 200, tradeCount: 6, volume: 6 });
    expect(minute(0)!.state).toBe(CandleState.complete);
    expect(builder.dirty.count).toBe(0);
    // Before the seeded bucket nothing is owned.
    trade(-SECOND, 1, 1, 900, true);
    expect(builder.dirty.first(0)?.fromUs).toBe(T0 - SECOND);
  });

  test('has the store make a seeded candle again when a trade came from amid the seed', () => {
    const { live, trade, builder } = setUp({ seeds: [seedOf(M1, 0, 5)] });
    live(-MINUTE);
    trade(20 * SECOND, 50, 1, 103, true);
    trade(30 * SECOND, 200, 1, 1_000);
    expect(builder.read(0, M1)).toMatchObject({ open: 10, close: 200, tradeCount: 7 });
    trade(61 * SECOND, 200, 1, 1_001);
    expect(rangesIn(builder, T0, T0 + MINUTE)).toContainEqual({ fromUs: T0, toUs: T0 });
  });

  test('of a venue worker that died unannounced leaves its seam to the store', () => {
    const { live, trade, builder } = setUp();
    live(0);
    trade(10 * SECOND);
    live(0);
    trade(12 * SECOND);
    const seam = { fromUs: T0 + 10 * SECOND, toUs: T0 + 12 * SECOND };
    expect(builder.dirty.first(0)).toEqual(seam);
    builder.dirty.dropFirst(0);
    trade(61 * SECOND);
    expect(builder.dirty.first(0)).toEqual({ fromUs: T0, toUs: T0 });
  });
});

describe('finish', () => {
  test('says open candles as partial, once each, and closed ones not at all', () => {
    const { live, trade, tick, builder, log } = setUp();
    live(0);
    trade(10 * SECOND);
    tick(20 * SECOND);
    log.said.length = 0;
    log.refuse = 1;
    expect(builder.finish()).toBe(false);
    expect(builder.finish()).toBe(true);
    expect(builder.finish()).toBe(true);
    expect(log.said.map(({ timeframe, kind, state }) => [timeframe, kind, state])).toEqual([
      [M1, CandleKind.open, CandleState.partial],
      [M5, CandleKind.open, CandleState.partial],
    ]);
  });
});

/** A seed of `count` trades of size 1, ids 100 …, prices from 10 up. */
function seedOf(timeframe: number, openUs: number, count = 1) {
  return {
    instrument: 0,
    timeframe,
    openUs: T0 + openUs,
    open: 10,
    high: 9 + count,
    low: 10,
    close: 9 + count,
    volume: count,
    quoteVolume: 10 * count,
    buyVolume: count,
    tradeCount: count,
    firstTradeId: 100,
    lastTradeId: 110,
  };
}

/** Takes the dirty ranges of the first instrument that begin in fromUs ≤ t < toUs. */
function rangesIn({ dirty }: CandleBuilder, fromUs: number, toUs: number): DirtyRange[] {
  const taken: DirtyRange[] = [];
  for (let range = dirty.first(0); range !== undefined; range = dirty.first(0)) {
    if (range.fromUs >= fromUs && range.fromUs < toUs) taken.push(range);
    dirty.dropFirst(0);
  }
  return taken;
}
