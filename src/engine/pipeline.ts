/**
 * One incarnation of the threads: a writer a store, aggregator, a worker a venue, in this order up
 * and in the reverse order of the data down. A venue worker that dies is started again alone, from
 * what the stores then hold; when the aggregator or a writer dies, what was in flight between them
 * is not known any more, and the whole incarnation ends (`ended`): the engine starts a new one.
 */
import { delay, US_PER_SECOND } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import { Prng } from '../base/prng.ts';
import type { InstrumentMeta } from '../model/instrument.ts';
import { CounterRegion } from '../shm/counter-region.ts';
import { Doorbell } from '../shm/doorbell.ts';
import { backoffUs } from '../venues/kit/backoff.ts';
import type { FromWorker } from './control-messages.ts';
import { AGGREGATOR_COUNTERS, VENUE_COUNTERS, WRITER_COUNTERS } from './counters.ts';
import type { EngineConfig } from './engine-config.ts';
import type { ResumeMap, ResumePlan } from './resume-plan.ts';
import { type SharedMemory, venuesOf } from './shared-memory.ts';
import { sharePlans } from './shared-plan.ts';
import { WorkerHandle } from './worker-handle.ts';

const RESTART = { firstUs: 500_000, capUs: 30 * US_PER_SECOND };
/** A worker whose heartbeat is older hangs. The writer may be inside one long transaction. */
const HANG_US = {
  venue: 15 * US_PER_SECOND,
  aggregator: 15 * US_PER_SECOND,
  writer: 120 * US_PER_SECOND,
};
const STOP_SLACK_MS = 3_000;
const DRAIN_MS = 60_000;

export interface PipelineHost {
  log(level: 'info' | 'warn' | 'error', message: string): void;
  onFeed(message: Extract<FromWorker, { type: 'feed' }>): void;
  onRestart(worker: string): void;
}

export interface PipelineStart {
  readonly config: EngineConfig;
  readonly shared: SharedMemory;
  readonly sessionId: string;
  readonly startedUs: number;
  readonly incarnation: number;
}

export class Pipeline {
  /** Resolves with the reason when the incarnation cannot go on. */
  readonly ended: Promise<string>;
  readonly #start: PipelineStart;
  readonly #host: PipelineHost;
  readonly #prng = new Prng(1);
  readonly #venues = new Map<string, WorkerHandle>();
  readonly #starts = new Map<string, number>();
  readonly #resumes = new Map<number, (resume: ResumeMap | undefined) => void>();
  /** In the order of the stores. */
  #writers: readonly WorkerHandle[] = [];
  #aggregator: WorkerHandle | undefined;
  #isStopping = false;
  #nextRequest = 1;
  #end: (reason: string) => void = () => {};

  constructor(start: PipelineStart, host: PipelineHost) {
    this.#start = start;
    this.#host = host;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Starts all threads; rejects with the user's line when the store cannot be opened. */
  async run(): Promise<void> {
    const { config, shared } = this.#start;
    // A heartbeat of an incarnation before says nothing of this one.
    for (const { counters } of shared.stores) {
      new CounterRegion(WRITER_COUNTERS, counters).set('heartbeat_us', 0);
    }
    new CounterRegion(AGGREGATOR_COUNTERS, shared.aggregatorCounters).set('heartbeat_us', 0);
    const { resume, seeds } = await this.#startWriters();
    const aggregatorStart = { role: 'aggregator', config, shared, seeds };
    const aggregator = await this.#spawnReady('aggregator', 'aggregator', aggregatorStart);
    this.#aggregator = aggregator.handle;
    for (const venue of venuesOf(config)) this.#startVenue(venue, resume);
  }

  /** Ends workers whose heartbeat stopped; their exit does the rest. */
  checkHeartbeats(nowUs: number): void {
    if (this.#isStopping) return;
    const { shared } = this.#start;
    const isHung = (buffer: SharedArrayBuffer, names: readonly string[], limitUs: number) => {
      const beatUs = new CounterRegion(names, buffer).get('heartbeat_us');
      return beatUs > 0 && nowUs - beatUs > limitUs;
    };
    const hang = (handle: WorkerHandle | undefined) => void handle?.terminate('heartbeat stopped');
    for (const [i, { counters }] of shared.stores.entries()) {
      if (isHung(counters, WRITER_COUNTERS, HANG_US.writer)) hang(this.#writers[i]);
    }
    if (isHung(shared.aggregatorCounters, AGGREGATOR_COUNTERS, HANG_US.aggregator)) {
      hang(this.#aggregator);
    }
    for (const { venue, counters } of shared.venues) {
      if (isHung(counters, VENUE_COUNTERS, HANG_US.venue)) hang(this.#venues.get(venue));
    }
  }

  /** In the order of the data: venues, aggregator, writer; each gets time to finish its part. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const { config, shared } = this.#start;
    const venues = [...this.#venues.values()];
    for (const venue of venues) venue.post({ type: 'stop' });
    await this.#awaitExits(venues, config.shutdownMs + STOP_SLACK_MS);
    Atomics.store(new Int32Array(shared.aggregatorControl), 0, 1);
    new Doorbell(shared.aggregatorDoorbell).ring();
    if (this.#aggregator !== undefined) await this.#awaitExits([this.#aggregator], DRAIN_MS);
    for (const writer of this.#writers) writer.post({ type: 'stop' });
    await this.#awaitExits(this.#writers, DRAIN_MS);
  }

  /** Ends everything at once: for a new incarnation or a forced exit. */
  async terminate(): Promise<void> {
    this.#isStopping = true;
    const all = [...this.#venues.values(), this.#aggregator, ...this.#writers];
    await Promise.all(all.map((handle) => handle?.terminate('terminated')));
  }

  /** True while every worker of the incarnation runs, by name. */
  workers(): { readonly name: string; readonly state: string; readonly restarts: number }[] {
    const rows = [
      ...this.#start.config.storeUrls.map((_, i) => ({
        name: writerName(i),
        handle: this.#writers[i],
      })),
      { name: 'aggregator', handle: this.#aggregator },
      ...venuesOf(this.#start.config).map((name) => ({ name, handle: this.#venues.get(name) })),
    ];
    return rows.map(({ name, handle }) => ({
      name,
      state: handle === undefined ? 'starting' : 'running',
      restarts: Math.max(0, (this.#starts.get(name) ?? 1) - 1) + this.#start.incarnation,
    }));
  }

  async #awaitExits(handles: readonly WorkerHandle[], limitMs: number): Promise<void> {
    const all = Promise.all(handles.map((handle) => handle.exited)).then(() => true);
    const isDone = await Promise.race([all, delay(limitMs).then(() => false)]);
    if (isDone) return;
    for (const handle of handles) {
      if (handle.isExited) continue;
      this.#host.log('error', `${handle.name} did not stop within ${limitMs} ms: terminated`);
      await handle.terminate('did not stop');
    }
  }

  /** All at once: one that waits for its server keeps no other waiting. */
  async #startWriters(): Promise<ResumePlan> {
    const { config } = this.#start;
    const started = await Promise.all(
      config.storeUrls.map((_, storeIndex) =>
        this.#spawnReady(writerName(storeIndex), 'writer', {
          role: 'writer',
          storeIndex,
          ...this.#start,
        }),
      ),
    );
    this.#writers = started.map(({ handle }) => handle);
    return sharePlans(started.flatMap(({ ready }) => ready.plan ?? []));
  }

  #startVenue(venue: string, resume: ResumeMap): void {
    const { config, shared } = this.#start;
    const start = (this.#starts.get(venue) ?? 0) + 1;
    this.#starts.set(venue, start);
    const memory = shared.venues.find((v) => v.venue === venue);
    if (memory) new CounterRegion(VENUE_COUNTERS, memory.counters).set('heartbeat_us', 0);
    const own = new Set(config.instruments.filter((i) => i.venue === venue).map((i) => i.index));
    const data = {
      role: 'venue',
      venue,
      config,
      shared,
      resume: resume.filter(([index]) => own.has(index)),
      start,
    };
    const handle = new WorkerHandle(venue, 'venue', data, {
      onMessage: (message) => this.#onMessage(message),
      onExit: (problem) => {
        this.#venues.delete(venue);
        if (!this.#isStopping) this.#restartVenue(venue, problem);
      },
    });
    this.#venues.set(venue, handle);
  }

  async #restartVenue(venue: string, problem: string): Promise<void> {
    const attempt = (this.#starts.get(venue) ?? 1) - 1;
    const waitUs = backoffUs(RESTART, attempt, this.#prng);
    const waitMs = Math.round(waitUs / 1000);
    this.#host.log('error', `${venue} worker died (${problem}); starting it again in ${waitMs} ms`);
    this.#host.onRestart(venue);
    await delay(waitMs);
    const { config } = this.#start;
    const resume = await this.#askResume(config.instruments.filter((i) => i.venue === venue));
    if (!this.#isStopping) this.#startVenue(venue, resume);
  }

  /**
   * What the first store that is not behind holds: that is what the aggregator has counted. When
   * all are behind nobody knows, and the next start finds the hole.
   */
  async #askResume(instruments: EngineConfig['instruments']): Promise<ResumeMap> {
    for (const writer of this.#writers) {
      const resume = await this.#requestResume(writer, instruments);
      if (resume !== undefined) return resume;
    }
    return [];
  }

  #requestResume(
    writer: WorkerHandle,
    instruments: EngineConfig['instruments'],
  ): Promise<ResumeMap | undefined> {
    const request = this.#nextRequest;
    this.#nextRequest += 1;
    return new Promise((resolve) => {
      this.#resumes.set(request, resolve);
      writer.post({ type: 'resume', instruments, request });
    });
  }

  #onMessage(message: FromWorker): void {
    if (message.type === 'feed') this.#host.onFeed(message);
    else if (message.type === 'metadata') this.#forwardMetadata(message.list);
    else if (message.type === 'fatal') this.#end(message.message);
    else if (message.type === 'resumed') {
      this.#resumes.get(message.request)?.(message.resume);
      this.#resumes.delete(message.request);
    }
  }

  #forwardMetadata(list: readonly InstrumentMeta[]): void {
    for (const writer of this.#writers) writer.post({ type: 'metadata', list });
  }

  /** Starts a worker the pipeline cannot do without and waits until it is ready. */
  #spawnReady(
    name: string,
    file: string,
    start: unknown,
  ): Promise<{ handle: WorkerHandle; ready: Extract<FromWorker, { type: 'ready' }> }> {
    return new Promise((resolve, reject) => {
      let isReady = false;
      let fatal = '';
      const handle = new WorkerHandle(name, file, start, {
        onMessage: (message) => {
          if (message.type === 'ready') {
            isReady = true;
            resolve({ handle, ready: message });
          } else if (message.type === 'fatal' && !isReady) fatal = message.message;
          else this.#onMessage(message);
        },
        onExit: (problem) => {
          if (isReady) {
            if (!this.#isStopping) this.#end(`${name} worker died: ${problem}`);
            return;
          }
          const message = fatal === '' ? `${name} worker did not start: ${problem}` : fatal;
          reject(new EngineError(message, { code: 'start', retry: 'fatal' }));
        },
      });
    });
  }
}

function writerName(storeIndex: number): string {
  return storeIndex === 0 ? 'writer' : `writer ${storeIndex + 1}`;
}
