/**
 * The aggregator on real rings: what it reads, what it publishes, and what it does without room.
 */
import { describe, expect, test } from 'bun:test';
import { Prng } from '../../../src/base/prng.ts';
import { AggregatorAgent, type AggregatorOptions } from '../../../src/engine/aggregator-agent.ts';
import { AGGREGATOR_COUNTERS } from '../../../src/engine/counters.ts';
import { writeQuote, writeStatus, writeTrade } from '../../../src/model/record-codec.ts';
import {
  Candle,
  Channel,
  Common,
  Flag,
  RecordType,
  Status,
  StatusKind,
} from '../../../src/model/record-layout.ts';
import { parseTimeframe } from '../../../src/model/timeframe.ts';
import { CounterRegion } from '../../../src/shm/counter-region.ts';
import {
  createLiveTable,
  LiveSlot,
  LiveTable,
  LiveTableWriter,
} from '../../../src/shm/live-table.ts';
import { RingConsumer } from '../../../src/shm/ring-consumer.ts';
import { createRing } from '../../../src/shm/ring-layout.ts';
import { RingProducer } from '../../../src/shm/ring-producer.ts';
import { plainInstrument } from '../../support/plain-engine-view.ts';

const T0 = Date.UTC(2026, 1, 28, 23, 58) * 1000;
const SECOND = 1_000_000;
const FRAMES = ['1s', '1m', '37m'].map((name) => parseTimeframe(name)!);
const NOW_US = T0 + 3_600 * SECOND;

/** A record as the tests look at it. */
interface Seen {
  readonly type: number;
  readonly instrument: number;
  readonly isClosed: boolean;
  readonly timeframe: number;
  readonly openUs: number;
  readonly tradeCount: number;
  /** Every byte of the body. */
  readonly body: string;
}

interface SetUp {
  readonly inputLength?: number;
  readonly outputLength?: number;
  readonly options?: Partial<AggregatorOptions>;
}

function setUp({ inputLength = 1 << 20, outputLength = 1 << 20, options = {} }: SetUp = {}) {
  const first = plainInstrument(0, 'binance', 'BTC/USDT', 'spot');
  const second = plainInstrument(1, 'okx', 'ETH/USDT', 'spot');
  const instruments = [
    { ...first, feed: 'binance.spot' },
    { ...second, feed: 'okx.spot' },
  ];
  const inputs = [createRing(inputLength), createRing(inputLength)];
  const producers = inputs.map((buffer) => new RingProducer(buffer));
  const output = createRing(outputLength);
  const consumer = new RingConsumer(output);
  const liveBuffer = createLiveTable(instruments.length);
  const counters = CounterRegion.create(AGGREGATOR_COUNTERS);
  const latencies: Record<string, number[]> = { 'binance.spot': [], 'okx.spot': [] };
  const agent = new AggregatorAgent({
    instruments,
    timeframes: FRAMES,
    seeds: [],
    inputs: inputs.map((buffer) => new RingConsumer(buffer)),
    output: new RingProducer(output),
    live: new LiveTableWriter(liveBuffer),
    latency: new Map(
      Object.entries(latencies).map(([feed, list]) => [
        feed,
        { record: (us: number) => void list.push(us) },
      ]),
    ),
    counters,
    clock: { wallUs: () => NOW_US, monoUs: () => NOW_US },
    ...options,
  });
  let nextId = 1;
  const put = (venue: number, type: number, length: number, write: (at: number) => void) => {
    const at = producers[venue]!.claim(type, length);
    expect(at).toBeGreaterThanOrEqual(0);
    write(at);
    producers[venue]!.commit();
  };
  return {
    agent,
    counters,
    latencies,
    live: new LiveTable(liveBuffer),
    publish: () => {
      for (const producer of producers) producer.publish();
    },
    trade: (instrument: number, atUs: number, price = 10, isRefill = false) =>
      put(instrument, RecordType.trade, 56, (at) => {
        const flags = isRefill ? Flag.refill : 0;
        const { bytes } = producers[instrument]!;
        writeTrade(bytes, at, instrument, flags, T0 + atUs, T0 + atUs + 500, price, 1, 1, nextId++);
      }),
    quote: (instrument: number, atUs: number, bid: number, ask: number) =>
      put(instrument, RecordType.quote, 64, (at) => {
        const { bytes } = producers[instrument]!;
        writeQuote(bytes, at, instrument, 0, T0 + atUs, T0 + atUs, bid, 1, ask, 2, 1);
      }),
    status: (
      instrument: number,
      kind: StatusKind,
      atUs: number,
      fields: { readonly fromUs?: number; readonly channel?: Channel } = {},
    ) =>
      put(instrument, RecordType.status, 72, (at) => {
        const { fromUs = T0 + atUs, channel = Channel.trades } = fields;
        const recvUs = T0 + atUs + 500;
        writeStatus(producers[instrument]!.bytes, at, {
          instrument,
          kind,
          channel,
          recvUs,
          fromUs,
          toUs: recvUs,
        });
      }),
    /** Everything published and not read yet. */
    read: (countMax = Number.POSITIVE_INFINITY): Seen[] => {
      const seen: Seen[] = [];
      while (seen.length < countMax && consumer.next()) {
        const { bytes, index, type, length } = consumer;
        seen.push({
          type,
          instrument: bytes.u32[(index + Common.instrument) >> 2]!,
          isClosed: (bytes.u16[(index + Common.flags) >> 1]! & Flag.candleClosed) !== 0,
          timeframe: type === RecordType.candle ? bytes.u32[(index + Candle.timeframe) >> 2]! : -1,
          openUs: bytes.f64[(index + Common.tsUs) >> 3]!,
          tradeCount: bytes.f64[(index + Candle.tradeCount) >> 3]!,
          body: Buffer.from(bytes.u8.slice(index, index + length)).toString('hex'),
        });
      }
      consumer.release();
      return seen;
    },
    /** from and to of a rebuild request. */
    rangeOf: ({ body }: Seen): [number, number] => {
      const bytes = Buffer.from(body, 'hex');
      return [bytes.readDoubleLE(Status.fromUs), bytes.readDoubleLE(Status.toUs)];
    },
  };
}

type Rig = ReturnType<typeof setUp>;

describe('aggregator agent', () => {
  test('makes candles, live values, latencies and counts of what the rings hold', () => {
    const rig = setUp();
    rig.status(0, StatusKind.live, 0);
    rig.trade(0, SECOND, 10);
    rig.trade(0, 61 * SECOND, 12);
    rig.trade(1, SECOND, 99);
    rig.quote(0, 61 * SECOND, 11, 13);
    rig.publish();
    expect(rig.agent.doWork()).toBe(5);
    const closed = rig.read().filter(({ isClosed }) => isClosed);
    expect(closed.map(({ timeframe, openUs }) => [timeframe, openUs - T0])).toEqual([
      [0, SECOND],
      [1, 0],
    ]);
    const row = new Float64Array(10);
    expect(rig.live.read(0, row)).toBe(true);
    expect(row[LiveSlot.lastPrice]).toBe(12);
    expect(row[LiveSlot.askPrice]).toBe(13);
    expect(rig.latencies['binance.spot']).toEqual([
      NOW_US - T0 - SECOND - 500,
      NOW_US - T0 - 61 * SECOND - 500,
    ]);
    expect(rig.latencies['okx.spot']).toHaveLength(1);
    expect(rig.counters.snapshot()).toMatchObject({
      records: 5,
      trades: 3,
      candles: 2,
      amendments: 0,
      heartbeat_us: NOW_US,
    });
    expect(rig.agent.doWork()).toBe(0);
  });

  test('leaves refilled trades out of the latencies', () => {
    const rig = setUp();
    rig.trade(0, SECOND);
    rig.trade(0, SECOND, 10, true);
    rig.publish();
    rig.agent.doWork();
    expect(rig.latencies['binance.spot']).toHaveLength(1);
  });

  test('heeds the status of trades only', () => {
    const rig = setUp();
    rig.status(0, StatusKind.live, 0);
    rig.status(0, StatusKind.gap, 10 * SECOND, { channel: Channel.book });
    rig.trade(0, SECOND);
    rig.trade(0, 61 * SECOND);
    rig.publish();
    rig.agent.doWork();
    const minute = rig.read().find(({ timeframe }) => timeframe === 1)!;
    // State is the aux word of the common prefix.
    expect(Buffer.from(minute.body, 'hex').readUInt16LE(Common.aux)).toBe(0);
  });

  test('closes candles of a feed by its own ticks only', () => {
    const rig = setUp();
    for (const instrument of [0, 1]) rig.trade(instrument, SECOND);
    rig.status(0, StatusKind.tick, 62 * SECOND);
    rig.publish();
    rig.agent.doWork();
    const closed = rig.read().filter(({ isClosed }) => isClosed);
    expect([...new Set(closed.map(({ instrument }) => instrument))]).toEqual([0]);
  });

  test('asks for a rebuild of late trades once, at most every half second', () => {
    const rig = setUp();
    const late = [SECOND, 9 * SECOND, 4 * SECOND];
    rig.trade(0, 20 * SECOND);
    for (const atUs of late) rig.trade(0, atUs);
    rig.status(0, StatusKind.tick, 21 * SECOND);
    rig.trade(0, 2 * SECOND);
    rig.status(0, StatusKind.tick, 21.4 * SECOND);
    rig.publish();
    rig.agent.doWork();
    const statuses = () => rig.read().filter(({ type }) => type === RecordType.status);
    const first = statuses();
    const times = [SECOND, 4 * SECOND, 9 * SECOND].map((us) => T0 + us);
    expect(first.map(rig.rangeOf)).toEqual(times.map((us) => [us, us]));
    rig.status(0, StatusKind.tick, 21.5 * SECOND);
    rig.publish();
    rig.agent.doWork();
    expect(statuses().map(rig.rangeOf)).toEqual([[T0 + 2 * SECOND, T0 + 2 * SECOND]]);
    expect(rig.counters.get('rebuild_requests')).toBe(4);
  });

  test('finishes with all that was published, open candles and the last rebuild', () => {
    const rig = setUp();
    rig.trade(0, 20 * SECOND);
    rig.trade(0, SECOND);
    rig.publish();
    expect(rig.agent.finish()).toBe(true);
    expect(rig.agent.isClosed).toBe(true);
    const seen = rig.read();
    expect(seen.map(({ type, isClosed }) => [type, isClosed])).toEqual([
      [RecordType.candle, false],
      [RecordType.candle, false],
      [RecordType.candle, false],
      [RecordType.status, false],
    ]);
    expect(rig.agent.doWork()).toBe(0);
  });
});

describe('a full candle ring', () => {
  /** One trade a minute, ticks between. */
  function fill(rig: Rig, minutes: number): void {
    rig.status(0, StatusKind.live, 0);
    for (let n = 0; n < minutes; n += 1) {
      rig.trade(0, n * 60 * SECOND, n + 1);
      rig.status(0, StatusKind.tick, n * 60 * SECOND + SECOND);
    }
    rig.publish();
  }
  const closedMinutes = (seen: readonly Seen[]) =>
    seen.filter(({ isClosed, timeframe }) => isClosed && timeframe === 1).map(({ body }) => body);

  test('loses no closed candle and keeps their order', () => {
    const roomy = setUp();
    fill(roomy, 200);
    while (roomy.agent.doWork() > 0);
    roomy.agent.finish();
    const expected = closedMinutes(roomy.read());
    expect(expected).toHaveLength(199);

    const tight = setUp({ outputLength: 1024 });
    fill(tight, 200);
    const seen: Seen[] = [];
    while (tight.agent.doWork() > 0);
    while (!tight.agent.finish()) seen.push(...tight.read(3));
    seen.push(...tight.read());
    expect(closedMinutes(seen)).toEqual(expected);
    // The last word on open candles came through as well.
    expect(seen.filter(({ timeframe, isClosed }) => timeframe === 2 && !isClosed)).not.toEqual([]);
    expect(tight.counters.get('rebuild_requests')).toBe(0);
  });

  test('is not done while closed candles wait for room', () => {
    const rig = setUp({ outputLength: 1024, options: { timeframes: [FRAMES[1]!] } });
    fill(rig, 30);
    rig.status(0, StatusKind.tick, 31 * 60 * SECOND);
    rig.publish();
    while (rig.agent.doWork() > 0);
    expect(rig.agent.finish()).toBe(false);
    const seen: Seen[] = [];
    while (!rig.agent.finish()) seen.push(...rig.read());
    seen.push(...rig.read());
    expect(new Set(seen.filter((c) => c.isClosed).map(({ openUs }) => openUs)).size).toBe(30);
  });

  test('never lets a newer candle pass one that waits, though room came between', () => {
    let onTrade = () => {};
    const live = { setTrade: () => onTrade(), setQuote: () => {} };
    const rig = setUp({ outputLength: 1024, options: { live } });
    const seen: Seen[] = [];
    rig.status(0, StatusKind.live, 0);
    for (let n = 0; n < 200; n += 1) {
      rig.trade(0, n * 60 * SECOND, n + 1);
      if (n % 100 !== 99) continue;
      rig.publish();
      while (rig.agent.doWork() > 0);
      // From here on the writer reads a little in the middle of a batch.
      onTrade = () => void seen.push(...rig.read(2));
    }
    onTrade = () => {};
    while (!rig.agent.finish()) seen.push(...rig.read());
    seen.push(...rig.read());
    const opens = seen.filter((c) => c.isClosed && c.timeframe === 1).map(({ openUs }) => openUs);
    expect(opens).toHaveLength(199);
    expect(opens).toEqual([...opens].sort((a, b) => a - b));
  });

  test('turns closed candles that find no place at all into a rebuild of their span', () => {
    const rig = setUp({ outputLength: 1024, options: { pendingMax: 8 } });
    fill(rig, 100);
    const seen: Seen[] = [];
    while (rig.agent.doWork() > 0);
    while (!rig.agent.finish()) seen.push(...rig.read());
    seen.push(...rig.read());
    const closed = new Set(
      seen.filter((c) => c.isClosed && c.timeframe === 1).map(({ openUs }) => openUs),
    );
    expect(closed.size).toBeLessThan(99);
    const ranges = seen.filter(({ type }) => type === RecordType.status).map(rig.rangeOf);
    expect(ranges.length).toBeGreaterThan(0);
    for (let n = 0; n < 99; n += 1) {
      const openUs = T0 + n * 60 * SECOND;
      const isAsked = ranges.some(([from, to]) => from <= openUs && openUs <= to);
      expect(closed.has(openUs) || isAsked).toBe(true);
    }
  });
});

describe('the same records in other batches', () => {
  /** Trades in and out of order, gaps, ticks, disconnects, as one fixed list of calls. */
  function script(seed: number): ((rig: Rig) => void)[] {
    const prng = new Prng(seed);
    const calls: ((rig: Rig) => void)[] = [];
    let nowUs = 0;
    for (let n = 0; n < 3_000; n += 1) {
      nowUs += Math.floor(prng.next() ** 4 * 20 * SECOND);
      const atUs = nowUs;
      const lateUs = prng.chance(0.1) ? Math.floor(prng.next() ** 3 * 200 * SECOND) : 0;
      const price = 1 + prng.below(1000) / 7;
      const kind = prng.below(40);
      if (kind === 0) calls.push((rig) => rig.status(0, StatusKind.live, atUs - 500));
      else if (kind === 1) calls.push((rig) => rig.status(0, StatusKind.down, atUs));
      else if (kind === 2) calls.push((rig) => rig.status(0, StatusKind.gap, atUs));
      else if (kind < 10) calls.push((rig) => rig.status(0, StatusKind.tick, atUs));
      else calls.push((rig) => rig.trade(0, atUs - lateUs, price));
    }
    return calls;
  }

  function play(calls: readonly ((rig: Rig) => void)[], next: () => number): string[] {
    const rig = setUp();
    const out: string[] = [];
    let left = next();
    for (const call of calls) {
      call(rig);
      left -= 1;
      if (left > 0) continue;
      left = next();
      rig.publish();
      while (rig.agent.doWork() > 0);
      out.push(...rig.read().map(({ body }) => body));
    }
    rig.publish();
    while (!rig.agent.finish());
    out.push(...rig.read().map(({ body }) => body));
    return out;
  }

  test('give the same candles and rebuild requests, byte for byte and in order', () => {
    for (const seed of [1, 2, 3]) {
      const calls = script(seed);
      const prng = new Prng(seed);
      const expected = play(calls, () => 1);
      expect(expected.length).toBeGreaterThan(1_000);
      expect(play(calls, () => 1_000)).toEqual(expected);
      expect(play(calls, () => 1 + prng.below(70))).toEqual(expected);
    }
  });
});
