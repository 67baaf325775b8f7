/**
 * Plays captures through the same sessions, rings, aggregator and store as live recording, in one
 * thread and on the capture's clock, as fast as it goes or at a given speed. REST answers are the
 * capture's; nothing is sent anywhere. The same capture gives the same rows every time.
 */
import { type Clock, delay, US_PER_SECOND } from '../base/clock.ts';
import { writeStatus } from '../model/record-codec.ts';
import { RecordType, StatusKind } from '../model/record-layout.ts';
import { parseRestPayload } from '../net/capture-format.ts';
import { type CaptureEvent, CaptureReader, type CaptureReport } from '../net/capture-reader.ts';
import { CounterRegion } from '../shm/counter-region.ts';
import { Doorbell } from '../shm/doorbell.ts';
import { LatencyHistogram } from '../shm/latency-histogram.ts';
import { RingConsumer } from '../shm/ring-consumer.ts';
import { RingProducer } from '../shm/ring-producer.ts';
import type { WriteResult } from '../store/contract.ts';
import type { FeedModule } from '../venues/contract.ts';
import type { FeedCounters } from '../venues/feed-counters.ts';
import { FeedSession } from '../venues/kit/feed-session.ts';
import type { SessionActions } from '../venues/kit/session-host.ts';
import type { AggregatorAgent } from './aggregator-agent.ts';
import { createAggregator } from './aggregator-service.ts';
import { BatchCollector } from './batch-collector.ts';
import { WRITER_COUNTERS } from './counters.ts';
import type { EngineConfig } from './engine-config.ts';
import type { EngineView } from './engine-view.ts';
import { MemoryView } from './memory-view.ts';
import type { ResumePlan } from './resume-plan.ts';
import { RingSink, type SinkFeed } from './ring-sink.ts';
import { countRows } from './row-counts.ts';
import { createSharedMemory, type SharedMemory, type VenueMemory } from './shared-memory.ts';
import { StoreGroup } from './store-group.ts';

export interface ReplayOptions {
  readonly config: EngineConfig;
  readonly files: readonly string[];
  readonly modules: readonly FeedModule[];
  /** Receive time of the first event. */
  readonly firstUs: number;
  /** 1 is the capture's own pace; 0 is as fast as it goes. */
  readonly speed: number;
  readonly clock: Clock;
  readonly onProgress?: (events: number) => void;
}

export interface ReplayResult {
  readonly events: number;
  readonly reports: readonly CaptureReport[];
  readonly rows: Readonly<WriteResult>;
  readonly feeds: readonly { readonly feed: string; readonly counters: FeedCounters }[];
  /** Receive time of the last event. */
  readonly lastUs: number;
}

/** Sessions see a tick at least this often on the capture's clock. */
const TICK_US = 50_000;
/** A longer silence of the capture is passed over in one step. */
const TICKS_MAX = 2_000;
/** Share of a ring in use from which a batch is written: below what conflates quotes. */
const BATCH_SHARE = 0.4;

interface Player {
  readonly feed: string;
  readonly session: FeedSession;
  readonly sink: RingSink;
  readonly instrument: number;
  readonly attribution: SinkFeed;
}

const NO_ACTIONS: SessionActions = {
  open: () => {},
  close: () => {},
  send: () => {},
  fetch: () => {},
  report: () => {},
};

export interface ReplayRun {
  readonly view: EngineView;
  /** Resolves when the captures are through and stored, or `stop` cut them short. */
  readonly ended: Promise<ReplayResult>;
  stop(): void;
}

/** Opens the store and starts playing. Rejects when the store cannot be opened. */
export async function startReplay(options: ReplayOptions): Promise<ReplayRun> {
  const { config } = options;
  const stores = await StoreGroup.open(config);
  try {
    const plan = await stores.plan(config.instruments, options.firstUs);
    const replay = new Replay(options, stores, plan);
    const ended = replay.run().finally(() => stores.close());
    return { view: replay.view, ended, stop: () => replay.stop() };
  } catch (error) {
    await stores.close();
    throw error;
  }
}

class Replay {
  readonly view: EngineView;
  readonly #options: ReplayOptions;
  readonly #stores: StoreGroup;
  readonly #plan: ResumePlan;
  readonly #shared: SharedMemory;
  readonly #players = new Map<string, Player>();
  readonly #collector: BatchCollector;
  readonly #aggregator: AggregatorAgent;
  readonly #reports: CaptureReport[] = [];
  readonly #rows: WriteResult = {
    trades: 0,
    tradeDuplicates: 0,
    quotes: 0,
    bookSnapshots: 0,
    bookDeltas: 0,
    candles: 0,
    derivatives: 0,
    liquidations: 0,
    gaps: 0,
    quarantined: 0,
  };
  readonly #sessionId: string;
  readonly #counters: readonly CounterRegion<(typeof WRITER_COUNTERS)[number]>[];
  #events = 0;
  #isStopped = false;
  #nowUs: number;
  #tickUs: number;

  constructor(options: ReplayOptions, stores: StoreGroup, plan: ResumePlan) {
    this.#options = options;
    this.#stores = stores;
    this.#plan = plan;
    this.#shared = createSharedMemory(options.config);
    this.#nowUs = options.firstUs;
    this.#tickUs = options.firstUs;
    const startedUs = options.clock.wallUs();
    this.#sessionId = `replay-${startedUs.toString(36)}`;
    this.#counters = this.#shared.stores.map(
      ({ counters }) => new CounterRegion(WRITER_COUNTERS, counters),
    );
    this.view = new MemoryView({
      config: options.config,
      sessionId: this.#sessionId,
      startedUs,
      nowUs: () => options.clock.wallUs(),
      shared: () => this.#shared,
      feedStatus: () => ({ state: 'live', problem: '' }),
      workers: () => [],
    });
    for (const module of options.modules) this.#players.set(module.id, this.#createPlayer(module));
    this.#collector = new BatchCollector(
      new RingConsumer(this.#shared.stores[0]?.candles as SharedArrayBuffer),
      this.#shared.venues.map((venue) => new RingConsumer(firstOf(venue))),
    );
    this.#aggregator = createAggregator(
      options.config,
      // One ring of candles is read, and goes to every store.
      { ...this.#shared, stores: this.#shared.stores.slice(0, 1) },
      plan.seeds,
      {
        wallUs: () => this.#nowUs,
        monoUs: () => this.#nowUs,
      },
      true,
    );
  }

  /** Ends after the event under way; what was played is stored. */
  stop(): void {
    this.#isStopped = true;
  }

  async run(): Promise<ReplayResult> {
    const { config, files, clock } = this.#options;
    const sessionId = this.#sessionId;
    await this.#stores.startSession({
      sessionId,
      startedUs: clock.wallUs(),
      command: config.command,
      version: config.version,
      host: process.env.HOSTNAME ?? '',
      config: config.configJson,
    });
    for (const { session } of this.#players.values()) session.start(this.#nowUs);
    for (const file of files) await this.#playFile(file);
    for (const { session, sink } of this.#players.values()) {
      session.finish(this.#nowUs);
      this.#emitTick(sink, 0);
      sink.publish();
    }
    while (this.#aggregator.doWork() > 0) await this.#write();
    while (!this.#aggregator.finish()) await this.#write();
    await this.#write();
    await this.#rebuildTouched();
    await this.#stores.endSession(sessionId, clock.wallUs(), JSON.stringify(this.#rows));
    return {
      events: this.#events,
      reports: this.#reports,
      rows: this.#rows,
      feeds: [...this.#players.values()].map(({ feed, session }) => ({
        feed,
        counters: session.options.counters,
      })),
      lastUs: this.#nowUs,
    };
  }

  async #playFile(path: string): Promise<void> {
    const reader = await CaptureReader.open(path);
    try {
      while (await reader.load()) {
        for (let event = reader.next(); event !== undefined; event = reader.next()) {
          const player = this.#players.get(event.feed);
          if (player === undefined) continue;
          if (this.#isStopped) return;
          if (this.#options.speed > 0) await this.#pace(event.recvUs);
          this.#advance(event.recvUs);
          this.#deliver(player, event);
          this.#events += 1;
          if (player.sink.usedShare() > BATCH_SHARE) await this.#work();
        }
        this.#options.onProgress?.(this.#events);
      }
    } finally {
      await reader.close();
    }
    this.#reports.push(reader.report);
  }

  #deliver({ session, sink, attribution }: Player, event: CaptureEvent): void {
    sink.attribute(attribution);
    const { connection, recvUs, payload } = event;
    switch (event.kind) {
      case 'text':
      case 'bin':
        session.onFrame(connection, payload, payload.length, recvUs);
        break;
      case 'open':
        session.onOpen(connection, recvUs);
        break;
      case 'close': {
        const [code = '1006', ...reason] = event.text().split(' ');
        session.onClose(connection, Number(code), reason.join(' '), recvUs);
        break;
      }
      case 'rest': {
        const answer = parseRestPayload(event.text());
        if (answer !== undefined) {
          session.onRest(answer.url, answer.status, answer.body, 0, recvUs);
        }
        break;
      }
      case 'sent':
        break;
    }
  }

  /** Moves the capture's clock on, with the ticks that fall between. */
  #advance(toUs: number): void {
    if (toUs <= this.#nowUs) return;
    const stepUs = Math.max(
      TICK_US,
      Math.ceil((toUs - this.#tickUs) / TICKS_MAX / TICK_US) * TICK_US,
    );
    while (this.#tickUs + stepUs <= toUs) {
      this.#tickUs += stepUs;
      this.#nowUs = this.#tickUs;
      for (const { session, sink, instrument } of this.#players.values()) {
        session.onTick(this.#tickUs);
        this.#emitTick(sink, instrument);
        sink.publish();
      }
      while (this.#aggregator.doWork() > 0);
    }
    this.#nowUs = toUs;
  }

  #emitTick(sink: RingSink, instrument: number): void {
    const length = writeStatus(sink.scratch, 0, {
      instrument,
      kind: StatusKind.tick,
      channel: 0,
      recvUs: this.#nowUs,
    });
    sink.emit(RecordType.status, length);
  }

  async #work(): Promise<void> {
    for (const { sink } of this.#players.values()) sink.publish();
    while (this.#aggregator.doWork() > 0);
    await this.#write();
  }

  async #write(): Promise<void> {
    const batch = this.#collector.collect();
    if (batch === undefined) return;
    const results = await this.#stores.write(batch);
    const [first] = results;
    if (first === undefined) return;
    for (const key of Object.keys(first) as (keyof WriteResult)[]) this.#rows[key] += first[key];
    for (const [i, result] of results.entries()) {
      const counters = this.#counters[i];
      if (counters !== undefined) countRows(counters, result);
    }
  }

  /** Into a store that held rows already: candles there may have other trades than the replay's. */
  async #rebuildTouched(): Promise<void> {
    const held = new Map(this.#plan.resume);
    for (const instrument of this.#options.config.instruments) {
      if (Number.isNaN(held.get(instrument.index)?.lastTradeUs ?? Number.NaN)) continue;
      await this.#stores.rebuildCandles(instrument, this.#options.firstUs, this.#nowUs);
    }
  }

  async #pace(recvUs: number): Promise<void> {
    const waitUs = (recvUs - this.#nowUs) / this.#options.speed;
    if (waitUs > 1_000 && waitUs < 3_600 * US_PER_SECOND) await delay(waitUs / 1_000);
  }

  #createPlayer(module: FeedModule): Player {
    const { config } = this.#options;
    const venue = this.#shared.venues.find((v) => v.venue === module.venue);
    const memory = this.#shared.feeds.find((f) => f.feed === module.id);
    if (venue === undefined || memory === undefined) throw new Error(`no memory for ${module.id}`);
    const sink = this.#sinkOf(module.venue, firstOf(venue), venue.toAggregator);
    const instruments = config.instruments.filter((i) => i.feed === module.id);
    const { book, repair } = config;
    const session = new FeedSession({
      feed: module,
      urls: module.urls,
      instruments,
      channels: config.feeds.find((f) => f.feed === module.id)?.channels ?? [],
      staleAfterUs: {},
      book: { depth: book.depth, intervalUs: book.intervalMs * 1000, deltas: book.deltas },
      repair: { maxTrades: repair.maxTrades, graceUs: repair.graceMs * 1000 },
      resume: new Map(this.#plan.resume),
      isReplay: true,
      seed: 1,
      sink,
      actions: NO_ACTIONS,
      counters: new Float64Array(memory.counters),
    });
    const attribution = {
      counters: session.options.counters,
      venueLatency: new LatencyHistogram(memory.latency.venue_to_received),
    };
    const instrument = instruments[0]?.index ?? 0;
    return { feed: module.id, session, sink, instrument, attribution };
  }

  /** Feeds of one venue share its rings and so one sink. */
  #sinkOf(venue: string, toWriter: SharedArrayBuffer, toAggregator: SharedArrayBuffer): RingSink {
    for (const player of this.#players.values()) {
      if (player.feed.split('.', 1)[0] === venue) return player.sink;
    }
    const doorbell = new Doorbell(this.#shared.aggregatorDoorbell);
    return new RingSink(new RingProducer(toWriter), new RingProducer(toAggregator), doorbell);
  }
}

/** A replay is one thread: it reads one ring and writes to every store. */
function firstOf({ toWriters }: VenueMemory): SharedArrayBuffer {
  return toWriters[0] as SharedArrayBuffer;
}
