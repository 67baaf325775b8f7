/**
 * Drains the venues' rings into candles and the live table, and candles into the writer's ring.
 * Runs on a thread of its own in production and in step with everything else in replays and tests.
 *
 * Only what the rings hold has a say in candles: time comes from records and tick statuses. The
 * clock is for latencies and the heartbeat alone.
 *
 * Relies on: a venue publishes to the writer's ring before it publishes to this one. Gives: a
 * candle or rebuild request is published after the trades behind it, in the order of their feed.
 */
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { US_PER_MS } from '../base/clock.ts';
import { CandleBuilder } from '../candles/candle-builder.ts';
import type { Instrument } from '../model/instrument.ts';
import { readStatus, type StatusRecord } from '../model/record-codec.ts';
import {
  Channel,
  Common,
  Flag,
  Quote,
  RecordType,
  Status,
  StatusKind,
  Trade,
} from '../model/record-layout.ts';
import type { Timeframe } from '../model/timeframe.ts';
import type { RingConsumer } from '../shm/ring-consumer.ts';
import type { RecordProducer } from '../shm/ring-fan.ts';
import type { CandleSeed } from '../store/contract.ts';
import { type AggregatorCounters, CandlePublisher } from './candle-publisher.ts';

/** Records of one ring before the next ring has its turn and candles are published. */
const BATCH_COUNT_MAX = 1024;
const REBUILD_EVERY_US = 500 * US_PER_MS;

/** Latest values by instrument; `LiveTableWriter` is one. Times in µs. */
export interface LiveWriter {
  setTrade(instrument: number, tsUs: number, price: number, size: number): void;
  setQuote(
    instrument: number,
    tsUs: number,
    bidPrice: number,
    bidSize: number,
    askPrice: number,
    askSize: number,
  ): void;
}

export interface LatencyRecorder {
  record(us: number): void;
}

export interface AggregatorOptions {
  /** In the order of their indices. */
  readonly instruments: readonly Instrument[];
  readonly timeframes: readonly Timeframe[];
  readonly seeds: readonly CandleSeed[];
  /** One a venue worker. All records of a feed are in one of them. */
  readonly inputs: readonly RingConsumer[];
  readonly output: RecordProducer;
  readonly live: LiveWriter;
  /** `received_to_aggregated` of each feed, by its id; absent: not measured. */
  readonly latency: ReadonlyMap<string, LatencyRecorder>;
  readonly counters: AggregatorCounters;
  readonly clock: Clock;
  /** Least time between two emissions of an open candle, ms; default 1000. */
  readonly openIntervalMs?: number;
  /** Wait after a bucket's end on the venue's clock, ms; default 250. */
  readonly graceMs?: number;
  /** Closed candles held while the output is full; beyond it they become rebuild requests. */
  readonly pendingMax?: number;
}

export class AggregatorAgent {
  readonly #inputs: readonly RingConsumer[];
  readonly #publisher: CandlePublisher;
  readonly #builder: CandleBuilder;
  readonly #live: LiveWriter;
  readonly #counters: AggregatorCounters;
  readonly #clock: Clock;
  /** Feed number of each instrument, and what is kept by feed number. */
  readonly #feeds: readonly number[];
  readonly #members: readonly (readonly number[])[];
  readonly #latency: readonly (LatencyRecorder | undefined)[];
  readonly #rebuildsAskedUs: Float64Array;
  /** Receipt and feed of the live trades of the batch under way. */
  readonly #receivedUs = new Float64Array(BATCH_COUNT_MAX);
  readonly #receivedBy = new Uint32Array(BATCH_COUNT_MAX);
  #receivedCount = 0;
  /** Latest tick of any feed. */
  #tickUs = 0;
  #tradeCount = 0;
  #isClosed = false;

  constructor(options: AggregatorOptions) {
    const { instruments, timeframes, seeds, counters } = options;
    const names = [...new Set(instruments.map(({ feed }) => feed))];
    for (const [i, { index, symbol }] of instruments.entries()) {
      assert(index === i, `Invariant: instruments are in the order of their indices: ${symbol}`);
    }
    this.#inputs = options.inputs;
    this.#live = options.live;
    this.#counters = counters;
    this.#clock = options.clock;
    this.#feeds = instruments.map(({ feed }) => names.indexOf(feed));
    this.#members = names.map((name) => {
      return instruments.filter(({ feed }) => feed === name).map(({ index }) => index);
    });
    this.#latency = names.map((name) => options.latency.get(name));
    this.#rebuildsAskedUs = new Float64Array(names.length).fill(Number.NEGATIVE_INFINITY);
    this.#publisher = new CandlePublisher(options.output, counters, options.pendingMax);
    this.#builder = new CandleBuilder({
      feeds: this.#feeds,
      timeframes,
      seeds,
      output: this.#publisher,
      ...(options.graceMs === undefined ? {} : { graceUs: options.graceMs * US_PER_MS }),
      ...(options.openIntervalMs === undefined
        ? {}
        : { openIntervalUs: options.openIntervalMs * US_PER_MS }),
    });
    this.#publisher.dirty = this.#builder.dirty;
  }

  /** True once `finish` has published everything. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Takes a bounded batch of each ring and publishes; returns how many records that was. */
  doWork(): number {
    if (this.#isClosed) return 0;
    const startUs = this.#clock.monoUs();
    this.#publisher.drainPending();
    let count = 0;
    for (const ring of this.#inputs) count += this.#drain(ring);
    this.#publisher.publish();
    this.#counters.add('records', count);
    this.#counters.add('trades', this.#tradeCount);
    this.#tradeCount = 0;
    this.#counters.set('heartbeat_us', this.#clock.wallUs());
    this.#counters.raise('loop_stall_us_max', this.#clock.monoUs() - startUs);
    return count;
  }

  /**
   * Drains the rings, says open candles as `partial` and asks for the last rebuilds. False while
   * the output is full: call again when the writer made room. Producers must have stopped.
   */
  finish(): boolean {
    if (this.#isClosed) return true;
    while (this.doWork() > 0);
    const isSaid = this.#builder.finish() && this.#publisher.pendingCount === 0;
    this.#isClosed = isSaid && this.#requestRebuilds(this.#feeds.keys(), this.#tickUs);
    this.#publisher.publish();
    return this.#isClosed;
  }

  #drain(ring: RingConsumer): number {
    let count = 0;
    this.#receivedCount = 0;
    while (count < BATCH_COUNT_MAX && ring.next()) {
      count += 1;
      if (ring.type === RecordType.trade) this.#onTrade(ring);
      else if (ring.type === RecordType.quote) this.#onQuote(ring);
      else if (ring.type === RecordType.status) this.#onStatus(ring);
    }
    ring.release();
    this.#tradeCount += this.#recordLatencies();
    return count;
  }

  #onTrade({ bytes, index }: RingConsumer): void {
    const { f64 } = bytes;
    const instrument = bytes.u32[(index + Common.instrument) >> 2] as number;
    const flags = bytes.u16[(index + Common.flags) >> 1] as number;
    const tsUs = f64[(index + Common.tsUs) >> 3] as number;
    const recvUs = f64[(index + Common.recvUs) >> 3] as number;
    const price = f64[(index + Trade.price) >> 3] as number;
    const size = f64[(index + Trade.size) >> 3] as number;
    const tradeId = f64[(index + Trade.tradeId) >> 3] as number;
    this.#publisher.nowUs = recvUs;
    const isSell = (flags & Flag.sell) !== 0;
    const isRefill = (flags & Flag.refill) !== 0;
    this.#builder.onTrade(instrument, tsUs, recvUs, price, size, tradeId, isSell, isRefill);
    this.#live.setTrade(instrument, tsUs, price, size);
    const slot = this.#receivedCount;
    this.#receivedCount += 1;
    // A refilled trade was received when REST answered: that is no latency of the stream.
    this.#receivedUs[slot] = isRefill ? Number.NaN : recvUs;
    this.#receivedBy[slot] = this.#feeds[instrument] as number;
  }

  #onQuote({ bytes, index }: RingConsumer): void {
    const { f64 } = bytes;
    this.#live.setQuote(
      bytes.u32[(index + Common.instrument) >> 2] as number,
      f64[(index + Common.tsUs) >> 3] as number,
      f64[(index + Quote.bidPrice) >> 3] as number,
      f64[(index + Quote.bidSize) >> 3] as number,
      f64[(index + Quote.askPrice) >> 3] as number,
      f64[(index + Quote.askSize) >> 3] as number,
    );
  }

  #onStatus({ bytes, index }: RingConsumer): void {
    const kind = bytes.u16[(index + Common.aux) >> 1] as number;
    if (kind === StatusKind.tick) {
      const instrument = bytes.u32[(index + Common.instrument) >> 2] as number;
      const recvUs = bytes.f64[(index + Common.recvUs) >> 3] as number;
      this.#onTick(this.#feeds[instrument] as number, recvUs);
      return;
    }
    const channel = bytes.u16[(index + Status.channel) >> 1] as number;
    if (channel === Channel.trades) this.#onTradeStatus(readStatus(bytes, index));
  }

  #onTick(feed: number, recvUs: number): void {
    this.#publisher.nowUs = recvUs;
    this.#builder.onTick(feed, recvUs);
    if (recvUs > this.#tickUs) this.#tickUs = recvUs;
    if (this.#builder.dirty.count === 0) return;
    if (recvUs - (this.#rebuildsAskedUs[feed] as number) < REBUILD_EVERY_US) return;
    this.#rebuildsAskedUs[feed] = recvUs;
    this.#requestRebuilds(this.#members[feed] ?? [], recvUs);
  }

  #onTradeStatus(status: StatusRecord): void {
    const builder = this.#builder;
    const { instrument, kind, fromId, fromUs, toUs, recvUs } = status;
    this.#publisher.nowUs = recvUs;
    if (kind === StatusKind.live) builder.onLive(instrument, fromUs);
    else if (kind === StatusKind.down) builder.onDown(instrument, recvUs);
    else if (kind === StatusKind.gap) builder.onGap(instrument, fromId, fromUs, toUs);
    else if (kind === StatusKind.stale) builder.onStale(instrument, fromUs);
    else if (kind === StatusKind.repaired) builder.onRepaired(instrument, fromId, fromUs, toUs);
  }

  /** False when the output was full; what was not asked for stays dirty. */
  #requestRebuilds(instruments: Iterable<number>, recvUs: number): boolean {
    for (const instrument of instruments) {
      if (!this.#publisher.requestRebuilds(this.#builder.dirty, instrument, recvUs)) return false;
    }
    return true;
  }

  /** One reading of the clock a batch: a record waited for the rest of its batch as well. */
  #recordLatencies(): number {
    const count = this.#receivedCount;
    if (count === 0) return 0;
    const nowUs = this.#clock.wallUs();
    for (let i = 0; i < count; i += 1) {
      const recvUs = this.#receivedUs[i] as number;
      if (Number.isNaN(recvUs)) continue;
      this.#latency[this.#receivedBy[i] as number]?.record(nowUs - recvUs);
    }
    return count;
  }
}
