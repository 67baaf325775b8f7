/** The candle builder against recomputation from all trades, whatever order they come in. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { CandleBuilder } from '../../src/candles/candle-builder.ts';
import { CandleState } from '../../src/model/record-layout.ts';
import { bucketEndUs, bucketOpenUs, parseTimeframe } from '../../src/model/timeframe.ts';
import {
  CandleLog,
  candleDifference,
  candleKey,
  naiveCandles,
  type PlainCandle,
  type PlainTrade,
} from '../support/naive-candles.ts';

/** A Sunday just before midnight on the eve of a leap day's month end. */
const START_US = Date.UTC(2024, 1, 28, 23, 55) * 1000;
const TIMEFRAMES = ['1s', '1m', '5m', '37m', '1h', '1d', '1w', '1M'].map(
  (name) => parseTimeframe(name)!,
);
/** Ends shrinking: a failure says its seed within the test's time. */
const LIMITS = { interruptAfterTimeLimit: 4_000 };
const INSTRUMENTS = 3;
/** Two feeds: instruments 0 and 1 on the first, 2 on the second. */
const FEEDS = [0, 0, 1];

type Step =
  | { readonly kind: 'trade'; readonly trade: PlainTrade }
  | { readonly kind: 'tick'; readonly feed: number; readonly recvUs: number };

/** Moves of time in µs: within a second, over seconds, over minutes, over days, and back. */
const move = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 400_000 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 90_000_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 40 * 3_600_000_000 }) },
);
const late = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 2_500_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 200_000_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 * 86_400_000_000 }) },
);
const rawStep = fc.record({
  isTick: fc.boolean(),
  instrument: fc.nat(INSTRUMENTS - 1),
  moveUs: move,
  lateUs: late,
  /** Whole ms, so that several trades share a time. */
  isCoarse: fc.boolean(),
  cents: fc.integer({ min: 1, max: 100_000 }),
  millis: fc.integer({ min: 1, max: 1_000_000 }),
  isSell: fc.boolean(),
  isRefill: fc.boolean(),
});
/** Few lists have a refill at all, so that most are held to the strict rule. */
const rawSteps = fc.oneof(
  fc.array(rawStep, { minLength: 1, maxLength: 120, size: 'max' }),
  fc
    .array(rawStep, { minLength: 1, maxLength: 120, size: 'max' })
    .map((list) => list.map((step) => ({ ...step, isRefill: false }))),
);
const steps = rawSteps.chain((raw) =>
  // Ids in any order: the order of ids decides only among trades of one time.
  fc
    .shuffledSubarray([...raw.keys()], { minLength: raw.length, maxLength: raw.length })
    .map((ids) => {
      let nowUs = START_US;
      return raw.map((step, i): Step => {
        nowUs += step.moveUs;
        const recvUs = nowUs - 1_270_000;
        const feed = FEEDS[step.instrument]!;
        if (step.isTick) return { kind: 'tick', feed, recvUs };
        const { instrument, cents, millis, isSell } = step;
        let tsUs = nowUs - step.lateUs;
        if (step.isCoarse) tsUs -= tsUs % 1_000_000;
        const isRefill = step.isRefill && step.lateUs > 0;
        const trade = {
          instrument,
          id: ids[i]! + 1,
          tsUs,
          recvUs,
          cents,
          millis,
          isSell,
          isRefill,
        };
        return { kind: 'trade', trade };
      });
    }),
);

/** Ids that rise with venue time, as venues' do: a seed knows its trades by id only. */
function withOrderedIds(list: readonly Step[]): Step[] {
  const trades = list.flatMap((step) => (step.kind === 'trade' ? [step.trade] : []));
  const order = [...trades].sort((a, b) => a.tsUs - b.tsUs);
  return list.map((step) =>
    step.kind === 'tick'
      ? step
      : { ...step, trade: { ...step.trade, id: order.indexOf(step.trade) + 1 } },
  );
}

/**
 * What a store does: keeps the last word, and makes candles again from the trades it has so far.
 */
class Table {
  readonly rows = new Map<string, PlainCandle>();
  readonly trades: PlainTrade[] = [];

  rebuild(instrument: number, fromUs: number, toUs: number): void {
    for (const [key, candle] of naiveCandles(this.trades, TIMEFRAMES)) {
      if (candle.instrument !== instrument) continue;
      if (candle.openUs <= toUs && candle.endUs > fromUs) this.rows.set(key, candle);
    }
  }

  takeDirty({ dirty }: CandleBuilder): void {
    for (let i = 0; i < INSTRUMENTS; i += 1) {
      for (let range = dirty.first(i); range !== undefined; range = dirty.first(i)) {
        this.rebuild(i, range.fromUs, range.toUs);
        dirty.dropFirst(i);
      }
    }
  }
}

function play(builder: CandleBuilder, table: Table, step: Step): void {
  if (step.kind === 'tick') {
    builder.onTick(step.feed, step.recvUs);
    table.takeDirty(builder);
    return;
  }
  const { instrument, tsUs, recvUs, cents, millis, id, isSell, isRefill } = step.trade;
  table.trades.push(step.trade);
  const price = cents / 100;
  builder.onTrade(instrument, tsUs, recvUs, price, millis / 1000, id, isSell, isRefill);
}

/** `isStrict`: no candle may ever have fewer trades than the row it replaces. */
function build(
  table: Table,
  isStrict = false,
  seeds: ConstructorParameters<typeof CandleBuilder>[0]['seeds'] = [],
) {
  const log = new CandleLog();
  log.onSaid = (candle) => {
    const before = table.rows.get(candleKey(candle));
    const count = before?.tradeCount ?? 0;
    if (isStrict) expect(count).toBeLessThanOrEqual(candle.tradeCount);
    // The store's guard; only a refill before the first live trade needs it.
    if (candle.tradeCount < count) return;
    table.rows.set(candleKey(candle), candle);
  };
  const builder = new CandleBuilder({ feeds: FEEDS, timeframes: TIMEFRAMES, output: log, seeds });
  return { log, builder };
}

function expectAll(table: Table): void {
  const expected = naiveCandles(table.trades, TIMEFRAMES);
  for (const [key, candle] of expected) {
    expect(candleDifference(table.rows.get(key), candle)).toBeUndefined();
  }
  for (const [key, row] of table.rows) {
    if (row.tradeCount > 0) expect(expected.has(key)).toBe(true);
  }
}

describe('candle builder', () => {
  test('equals recomputation for any order of trades and ticks', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const table = new Table();
        const isStrict = !list.some((step) => step.kind === 'trade' && step.trade.isRefill);
        const { builder } = build(table, isStrict);
        for (const step of list) play(builder, table, step);
        expect(builder.finish()).toBe(true);
        table.takeDirty(builder);
        expectAll(table);
      }),
      { numRuns: 600, ...LIMITS },
    );
  });

  test('has the open candle of every timeframe right after every trade in order', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const table = new Table();
        const { builder } = build(table);
        const newestUs = [0, 0, 0];
        for (const step of list) {
          if (step.kind === 'trade') {
            const { instrument, tsUs } = step.trade;
            if (tsUs < newestUs[instrument]! || step.trade.isRefill) continue;
            newestUs[instrument] = tsUs;
          }
          play(builder, table, step);
          if (step.kind === 'tick') continue;
          const { instrument, tsUs } = step.trade;
          const expected = naiveCandles(table.trades, TIMEFRAMES);
          for (const [timeframe, definition] of TIMEFRAMES.entries()) {
            const openUs = bucketOpenUs(definition, tsUs);
            const candle = expected.get(candleKey({ instrument, timeframe, openUs }))!;
            const read = builder.read(instrument, timeframe)!;
            expect(read.openUs).toBe(openUs);
            expect(read.close).toBe(candle.close);
            expect(read.high).toBe(candle.high);
            expect(read.tradeCount).toBe(candle.tradeCount);
            expect(Math.abs(read.volume - candle.volume)).toBeLessThan(1e-12 * candle.volume);
          }
        }
        expect(builder.dirty.count).toBe(0);
      }),
      { numRuns: 60, ...LIMITS },
    );
  });

  test('goes on after a restart anywhere from the seeds of the store', () => {
    fc.assert(
      fc.property(steps, fc.nat(119), fc.boolean(), (unordered, cut, isKilled) => {
        const list = withOrderedIds(unordered);
        const table = new Table();
        const before = build(table).builder;
        const at = Math.min(cut, list.length);
        for (const step of list.slice(0, at)) play(before, table, step);
        if (!isKilled) before.finish();
        table.takeDirty(before);
        const nowUs = Math.max(START_US, ...table.trades.map(({ tsUs }) => tsUs));
        // What the engine does on a start: closed candles made again, seeds of those now open.
        for (let i = 0; i < INSTRUMENTS; i += 1) table.rebuild(i, 0, nowUs);
        const naive = naiveCandles(table.trades, TIMEFRAMES);
        const seeds = [...naive.values()].filter(
          (candle) =>
            candle.openUs === bucketOpenUs(TIMEFRAMES[candle.timeframe]!, nowUs) &&
            candle.endUs === bucketEndUs(TIMEFRAMES[candle.timeframe]!, candle.openUs),
        );
        for (const [key, row] of table.rows) {
          // The next run's candle of an open bucket must hold what the seed holds and more.
          if (row.endUs > nowUs) table.rows.set(key, naive.get(key) ?? row);
        }
        const { builder } = build(table, false, seeds);
        for (const step of list.slice(at)) {
          const isNew = step.kind === 'tick' || step.trade.isRefill || step.trade.tsUs > nowUs;
          if (isNew) play(builder, table, step);
        }
        builder.finish();
        table.takeDirty(builder);
        // Rows of open buckets are rebuilt on the next start; those that closed are right now.
        const endUs = Math.max(nowUs, ...table.trades.map(({ tsUs }) => tsUs));
        const expected = naiveCandles(table.trades, TIMEFRAMES);
        for (const [key, candle] of expected) {
          if (candle.endUs > endUs) continue;
          expect(candleDifference(table.rows.get(key), candle)).toBeUndefined();
        }
      }),
      { numRuns: 300, ...LIMITS },
    );
  });

  test('says no state but `partial` while nothing is known of the stream', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const table = new Table();
        const { builder, log } = build(table);
        for (const step of list) play(builder, table, step);
        builder.finish();
        for (const { state } of log.said) expect(state).toBe(CandleState.partial);
      }),
      { numRuns: 50, ...LIMITS },
    );
  });
});
