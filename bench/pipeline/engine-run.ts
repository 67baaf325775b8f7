/**
 * The recorder as `collect` runs it (same threads, same rings, a store on disk) against a blaster,
 * on shared memory the bench holds: so every histogram and counter can be read.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { delay, systemClock } from '../../src/base/clock.ts';
import {
  AGGREGATOR_COUNTERS,
  LATENCY_STAGES,
  type LatencyStage,
  VENUE_COUNTERS,
  WRITER_COUNTERS,
} from '../../src/engine/counters.ts';
import type { EngineConfig } from '../../src/engine/engine-config.ts';
import { MemoryView } from '../../src/engine/memory-view.ts';
import { Pipeline } from '../../src/engine/pipeline.ts';
import { createSharedMemory, type SharedMemory } from '../../src/engine/shared-memory.ts';
import type { ChannelName } from '../../src/model/record-layout.ts';
import { CounterRegion } from '../../src/shm/counter-region.ts';
import { benchInstruments } from '../candles/aggregator-run.ts';
import { copyShared, fromShared, type HistogramData } from '../harness/histogram-data.ts';
import {
  type BenchStore,
  type OpenBenchStore,
  openSqlite,
  type StoredFacts,
} from './bench-stores.ts';
import type { BlastOptions, SentCounts } from './blast-options.ts';
import { type BlasterHandle, startBlaster } from './blaster-handle.ts';
import { engineConfig } from './engine-config.ts';

const FEED = 'binance.spot';
const STAGE_TITLES: Readonly<Record<LatencyStage, string>> = {
  venue_to_received: 'intended → received',
  received_to_published: 'received → published, once a publish',
  received_to_aggregated: 'received → visible, trades',
  received_to_committed: 'received → committed, trades and stored quotes',
};

export interface EngineRunOptions {
  readonly workDir: string;
  readonly symbolCount: number;
  readonly channels: readonly ChannelName[];
  readonly blast: Omit<BlastOptions, 'symbols'>;
  readonly ringBytes?: number;
  /** Default: a SQLite file. */
  readonly openStore?: OpenBenchStore;
}

export class EngineRun {
  readonly view: MemoryView;
  readonly config: EngineConfig;
  readonly blaster: BlasterHandle;
  readonly #folder: string;
  readonly #store: BenchStore;
  readonly #shared: SharedMemory;
  readonly #pipeline: Pipeline;
  #before = new Map<LatencyStage, Float64Array>();

  private constructor(
    folder: string,
    store: BenchStore,
    config: EngineConfig,
    blaster: BlasterHandle,
  ) {
    this.#folder = folder;
    this.#store = store;
    this.config = config;
    this.blaster = blaster;
    this.#shared = createSharedMemory(config);
    const startedUs = systemClock.wallUs();
    const start = { config, shared: this.#shared, sessionId: 'bench', startedUs, incarnation: 0 };
    this.#pipeline = new Pipeline(start, {
      log: (level, message) => {
        if (level === 'error') process.stderr.write(`${message}\n`);
      },
      onFeed: () => {},
      onRestart: (worker) => process.stderr.write(`${worker} restarted\n`),
    });
    this.view = new MemoryView({
      config,
      sessionId: 'bench',
      startedUs,
      nowUs: () => systemClock.wallUs(),
      shared: () => this.#shared,
      feedStatus: () => ({ state: 'live', problem: '' }),
      workers: () => this.#pipeline.workers(),
    });
  }

  /** Everything runs and is subscribed when this resolves; frames come after `blaster.start`. */
  static async start(options: EngineRunOptions): Promise<EngineRun> {
    const folder = mkdtempSync(join(options.workDir, 'pipeline-'));
    const instruments = benchInstruments(options.symbolCount);
    const symbols = instruments.map(({ venueSymbol }) => venueSymbol);
    const blaster = await startBlaster({ ...options.blast, symbols });
    const { urls } = blaster;
    const store = await (options.openStore ?? openSqlite)(folder);
    const config = engineConfig({
      feeds: [{ feed: FEED, venue: 'binance', urls, channels: options.channels }],
      instruments,
      storeUrl: store.url,
      spoolDir: join(folder, 'spool'),
      flushMs: 100,
      ...(options.ringBytes === undefined ? {} : { ringBytes: options.ringBytes }),
    });
    const run = new EngineRun(folder, store, config, blaster);
    await run.#pipeline.run();
    await blaster.subscribed;
    return run;
  }

  /** Latencies and stalls from here on. */
  mark(): void {
    const [feed] = this.#shared.feeds;
    if (feed === undefined) return;
    for (const stage of LATENCY_STAGES) this.#before.set(stage, copyShared(feed.latency[stage]));
    for (const [, region] of this.#threads()) region.set('loop_stall_us_max', 0);
  }

  latencies(): HistogramData[] {
    const [feed] = this.#shared.feeds;
    if (feed === undefined) return [];
    return LATENCY_STAGES.map((stage) =>
      fromShared(STAGE_TITLES[stage], feed.latency[stage], this.#before.get(stage)),
    );
  }

  /** Longest stall of each thread since `mark`, ms. */
  stalls(): Record<string, number> {
    const entries = this.#threads().map(([thread, region]) => {
      return [`${thread} stall ms`, region.get('loop_stall_us_max') / 1000] as const;
    });
    return Object.fromEntries(entries);
  }

  counters() {
    const [feed] = this.view.feeds();
    if (feed === undefined) throw new Error('one feed is configured');
    return { feed: feed.counters, writer: this.view.writer(), aggregator: this.view.aggregator() };
  }

  /** Until everything sent has been taken in and committed, or nothing moves any more. */
  async drained(sent: SentCounts): Promise<void> {
    let seen = -1;
    for (let still = 0; still < 100; ) {
      const { feed, writer } = this.counters();
      if (feed.trades >= sent.trades && writer.trades >= feed.trades) return;
      const moved = feed.frames + writer.rows;
      still = moved === seen ? still + 1 : 0;
      seen = moved;
      await delay(20);
    }
  }

  /** Stops all threads; what the store then holds. */
  async stop(): Promise<StoredFacts> {
    await this.#pipeline.stop();
    this.blaster.end();
    const facts = await this.#store.facts();
    await this.#store.end();
    return facts;
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Counters of each thread of the engine. */
  #threads(): readonly (readonly [string, CounterRegion<string>])[] {
    const { venues, stores, aggregatorCounters } = this.#shared;
    const [venue] = venues;
    const [store] = stores;
    if (venue === undefined || store === undefined) throw new Error('one venue and one store');
    return [
      ['venue', new CounterRegion<string>(VENUE_COUNTERS, venue.counters)],
      ['aggregator', new CounterRegion<string>(AGGREGATOR_COUNTERS, aggregatorCounters)],
      ['writer', new CounterRegion<string>(WRITER_COUNTERS, store.counters)],
    ];
  }
}
