/**
 * The engine on the main thread: owns the shared memory and keeps one pipeline of threads running.
 * `view` is what HTTP and the terminal look at.
 */
import { type Clock, delay, every, type Timer, US_PER_SECOND } from '../base/clock.ts';
import { Prng } from '../base/prng.ts';
import { backoffUs } from '../venues/kit/backoff.ts';
import type { EngineConfig } from './engine-config.ts';
import type { EngineView } from './engine-view.ts';
import { type FeedStatus, MemoryView } from './memory-view.ts';
import { Pipeline } from './pipeline.ts';
import { createSharedMemory, type SharedMemory } from './shared-memory.ts';

export interface EngineHost {
  readonly clock: Clock;
  log(level: 'info' | 'warn' | 'error', message: string): void;
}

const CONNECTING: FeedStatus = { state: 'connecting', problem: '' };
const RESTART = { firstUs: US_PER_SECOND, capUs: 60 * US_PER_SECOND };
const HEARTBEAT_CHECK_MS = 1_000;

export class Engine {
  readonly view: EngineView;
  readonly config: EngineConfig;
  readonly sessionId: string;
  readonly startedUs: number;
  readonly #host: EngineHost;
  readonly #statuses = new Map<string, FeedStatus>();
  readonly #prng = new Prng(7);
  #shared: SharedMemory;
  #pipeline: Pipeline;
  #incarnation = 0;
  #timer: Timer | undefined;
  #isStopping = false;

  constructor(config: EngineConfig, host: EngineHost) {
    this.config = config;
    this.#host = host;
    this.startedUs = host.clock.wallUs();
    this.sessionId = `${this.startedUs.toString(36)}-${process.pid.toString(36)}`;
    this.#shared = createSharedMemory(config);
    this.#pipeline = this.#createPipeline();
    for (const { feed } of config.feeds) {
      this.#statuses.set(feed, CONNECTING);
    }
    this.view = new MemoryView({
      config,
      sessionId: this.sessionId,
      startedUs: this.startedUs,
      nowUs: () => host.clock.wallUs(),
      shared: () => this.#shared,
      feedStatus: (feed) => this.#statuses.get(feed) ?? CONNECTING,
      workers: () => this.#pipeline.workers(),
    });
  }

  /** Starts all threads. Rejects, with nothing left running, when the store cannot be opened. */
  async start(): Promise<void> {
    try {
      await this.#pipeline.run();
    } catch (error) {
      await this.#pipeline.terminate();
      throw error;
    }
    this.#watch(this.#pipeline);
    this.#timer = every(HEARTBEAT_CHECK_MS, () => {
      this.#pipeline.checkHeartbeats(this.#host.clock.wallUs());
    });
  }

  /** Stops in the order of the data; everything received is stored when this resolves. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#timer?.stop();
    await this.#pipeline.stop();
    for (const feed of this.#statuses.keys()) {
      this.#statuses.set(feed, { state: 'stopped', problem: '' });
    }
  }

  #createPipeline(): Pipeline {
    const { config, sessionId, startedUs } = this;
    const start = {
      config,
      shared: this.#shared,
      sessionId,
      startedUs,
      incarnation: this.#incarnation,
    };
    return new Pipeline(start, {
      log: this.#host.log,
      onFeed: ({ feed, state, problem }) => this.#statuses.set(feed, { state, problem }),
      onRestart: () => {},
    });
  }

  #watch(pipeline: Pipeline): void {
    pipeline.ended.then((reason) => {
      if (!this.#isStopping) this.#startAgain(pipeline, reason);
    });
  }

  /**
   * A new incarnation on new rings; counters go on. What was in flight is refilled by the ledger.
   */
  async #startAgain(dead: Pipeline, reason: string): Promise<void> {
    const waitUs = backoffUs(RESTART, this.#incarnation, this.#prng);
    const waitMs = Math.round(waitUs / 1000);
    this.#host.log('error', `${reason}; starting all workers again in ${waitMs} ms`);
    await dead.terminate();
    await delay(waitMs);
    if (this.#isStopping) return;
    this.#incarnation += 1;
    const fresh = createSharedMemory(this.config);
    const stores = fresh.stores.map((store, i) => ({
      ...store,
      ...this.#shared.stores[i],
      candles: store.candles,
    }));
    const venues = fresh.venues.map((venue, i) => ({
      ...venue,
      counters: this.#shared.venues[i]?.counters ?? venue.counters,
    }));
    this.#shared = { ...fresh, ...countersOf(this.#shared), stores, venues };
    const pipeline = this.#createPipeline();
    this.#pipeline = pipeline;
    try {
      await pipeline.run();
      this.#watch(pipeline);
    } catch (error) {
      this.#startAgain(pipeline, error instanceof Error ? error.message : String(error));
    }
  }
}

/** The parts of shared memory that outlive an incarnation. */
function countersOf(shared: SharedMemory): Partial<SharedMemory> {
  const { feeds, aggregatorCounters, liveTable } = shared;
  return { feeds, aggregatorCounters, liveTable };
}
