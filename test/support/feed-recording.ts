/**
 * One feed recorded in this thread by the real venue agent: sockets, session, rings. What comes out
 * of the writer's ring is kept as plain rows.
 */
import { every, systemClock, type Timer } from '../../src/base/clock.ts';
import type { EngineConfig } from '../../src/engine/engine-config.ts';
import { createSharedMemory, type SharedMemory } from '../../src/engine/shared-memory.ts';
import { VenueAgent } from '../../src/engine/venue-agent.ts';
import type { Instrument, InstrumentMeta } from '../../src/model/instrument.ts';
import { readStatus, readTradeId, type StatusRecord } from '../../src/model/record-codec.ts';
import {
  BookSnapshot,
  type ChannelName,
  Common,
  Derivative,
  Flag,
  Liquidation,
  Quote,
  RecordType,
  StatusKind,
  Trade,
} from '../../src/model/record-layout.ts';
import { RingConsumer } from '../../src/shm/ring-consumer.ts';
import type { FeedModule, FeedUrls } from '../../src/venues/contract.ts';
import { type FeedCounter, FeedSlot } from '../../src/venues/feed-counters.ts';

export interface RecordedTrade {
  readonly instrument: number;
  readonly id: number | string;
  readonly tsUs: number;
  readonly recvUs: number;
  readonly price: number;
  readonly size: number;
  readonly side: 'buy' | 'sell';
  readonly isRefill: boolean;
}

/** Levels are price, size, price, size …, best first. */
export interface RecordedBook {
  readonly instrument: number;
  readonly recvUs: number;
  readonly sequence: number;
  readonly bids: readonly number[];
  readonly asks: readonly number[];
}

export interface RecordedRow {
  readonly instrument: number;
  readonly tsUs: number;
  readonly recvUs: number;
  readonly values: Readonly<Record<string, number>>;
}

export interface RecordingSetup {
  readonly feed: FeedModule;
  readonly urls: FeedUrls;
  readonly instruments: readonly Instrument[];
  readonly channels: readonly ChannelName[];
  readonly bookDepth?: number;
}

const DRAIN_MS = 5;
const SHUTDOWN_MS = 3_000;

export class FeedRecording {
  readonly instruments: readonly Instrument[];
  readonly trades: RecordedTrade[] = [];
  readonly quotes: RecordedRow[] = [];
  readonly books: RecordedBook[] = [];
  readonly derivatives: RecordedRow[] = [];
  readonly liquidations: RecordedRow[] = [];
  readonly statuses: StatusRecord[] = [];
  readonly metadata: InstrumentMeta[] = [];
  readonly log: string[] = [];
  readonly #agent: VenueAgent;
  readonly #writerRing: RingConsumer;
  readonly #aggregatorRing: RingConsumer;
  readonly #counters: Float64Array;
  readonly #timer: Timer;
  readonly #stopped = Promise.withResolvers<void>();

  constructor(setup: RecordingSetup) {
    const { feed, instruments } = setup;
    this.instruments = instruments;
    const config = configOf(setup);
    const shared = createSharedMemory(config);
    const memory = shared.venues[0] as SharedMemory['venues'][number];
    this.#writerRing = new RingConsumer(memory.toWriters[0] as SharedArrayBuffer);
    this.#aggregatorRing = new RingConsumer(memory.toAggregator);
    const { counters } = shared.feeds[0] as SharedMemory['feeds'][number];
    this.#counters = new Float64Array(counters);
    const start = {
      role: 'venue',
      venue: feed.venue,
      config,
      shared,
      resume: [],
      start: 1,
    } as const;
    this.#agent = new VenueAgent(start, { id: feed.venue, feeds: [feed] }, systemClock, {
      feedState: () => {},
      metadata: (list) => this.metadata.push(...list),
      log: (level, message) => this.log.push(`${level}: ${message}`),
      stopped: () => this.#stopped.resolve(),
    });
    this.#agent.run();
    this.#timer = every(DRAIN_MS, () => this.#drain());
  }

  count(name: FeedCounter): number {
    return this.#counters[FeedSlot[name]] ?? Number.NaN;
  }

  /** Status records of one kind, of one instrument when given. */
  statusesOf(kind: StatusKind, instrument?: number): StatusRecord[] {
    return this.statuses.filter(
      (each) => each.kind === kind && (instrument === undefined || each.instrument === instrument),
    );
  }

  async stop(): Promise<void> {
    this.#agent.stop();
    await this.#stopped.promise;
    this.#timer.stop();
    this.#drain();
  }

  #drain(): void {
    const ring = this.#writerRing;
    while (ring.next()) this.#take(ring);
    ring.release();
    while (this.#aggregatorRing.next());
    this.#aggregatorRing.release();
  }

  #take({ type, bytes, index }: RingConsumer): void {
    const f64 = (offset: number) => bytes.f64[(index + offset) >> 3] as number;
    const instrument = bytes.u32[(index + Common.instrument) >> 2] as number;
    const flags = bytes.u16[(index + Common.flags) >> 1] as number;
    const row = (offsets: Readonly<Record<string, number>>): RecordedRow => ({
      instrument,
      tsUs: f64(Common.tsUs),
      recvUs: f64(Common.recvUs),
      values: Object.fromEntries(Object.entries(offsets).map(([name, at]) => [name, f64(at)])),
    });
    if (type === RecordType.trade) {
      this.trades.push({
        instrument,
        id: readTradeId(bytes, index),
        tsUs: f64(Common.tsUs),
        recvUs: f64(Common.recvUs),
        price: f64(Trade.price),
        size: f64(Trade.size),
        side: (flags & Flag.sell) === 0 ? 'buy' : 'sell',
        isRefill: (flags & Flag.refill) !== 0,
      });
    } else if (type === RecordType.bookSnapshot) {
      const bidCount = bytes.u32[(index + BookSnapshot.bidCount) >> 2] as number;
      const askCount = bytes.u32[(index + BookSnapshot.askCount) >> 2] as number;
      const at = (index + BookSnapshot.askCount + 4) >> 3;
      const levels = (from: number, count: number) => [
        ...bytes.f64.subarray(from, from + 2 * count),
      ];
      this.books.push({
        instrument,
        recvUs: f64(Common.recvUs),
        sequence: f64(BookSnapshot.sequence),
        bids: levels(at, bidCount),
        asks: levels(at + 2 * bidCount, askCount),
      });
    } else if (type === RecordType.quote) this.quotes.push(row(Quote));
    else if (type === RecordType.derivative) this.derivatives.push(row(Derivative));
    else if (type === RecordType.liquidation) this.liquidations.push(row(Liquidation));
    else if (type === RecordType.status) {
      const status = readStatus(bytes, index);
      if (status.kind !== StatusKind.tick) this.statuses.push(status);
    }
  }
}

function configOf({ feed, urls, instruments, channels, bookDepth = 10 }: RecordingSetup) {
  const config: EngineConfig = {
    command: 'test',
    version: '0',
    configJson: '{}',
    storeUrls: [''],
    feeds: [{ feed: feed.id, venue: feed.venue, urls, channels, staleAfterUs: {} }],
    instruments,
    timeframes: [],
    book: { depth: bookDepth, intervalMs: 20, deltas: false },
    writer: { flushMs: 100, batchRows: 1000, spoolDir: '', spoolMaxBytes: 0 },
    rings: {
      writerBytes: 1 << 22,
      aggregatorBytes: 1 << 22,
      candleBytes: 1 << 16,
      backlogBytes: 1 << 24,
    },
    repair: { maxTrades: 100_000, graceMs: 100 },
    retention: [],
    shutdownMs: SHUTDOWN_MS,
    captureDir: undefined,
    captureRotateBytes: 1 << 30,
    logLevel: 'error',
  };
  return config;
}
