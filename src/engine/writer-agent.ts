/**
 * Drains every ring into the store, in one transaction a batch, every `flushMs` or sooner when much
 * waits. While the store fails, batches go to the spool and are written later in order: the rings
 * are drained all the same, so the venues do not notice.
 */
import { type Clock, delay, US_PER_MS } from '../base/clock.ts';
import { EngineError, errorText } from '../base/errors.ts';
import type { Instrument, InstrumentMeta } from '../model/instrument.ts';
import { CounterRegion } from '../shm/counter-region.ts';
import { RingConsumer } from '../shm/ring-consumer.ts';
import type { RecordBatch, StoreWriter } from '../store/contract.ts';
import { BatchCollector } from './batch-collector.ts';
import { CommitLatency } from './commit-latency.ts';
import type { ResumeMap, WriterStart } from './control-messages.ts';
import { WRITER_COUNTERS } from './counters.ts';
import type { LogHost } from './log-host.ts';
import { countRows } from './row-counts.ts';
import type { SpoolQueue } from './spool-queue.ts';

/** How often the rings are looked at; far below any useful `flushMs`. */
const POLL_MS = 5;
/** A ring this full is drained at once. */
const URGENT_SHARE = 0.25;
const RECORD_LENGTH_TYPICAL = 64;
/** The spool is written in slices, so that the rings are drained in between. */
const DRAIN_SLICE_US = 100_000;
const INSIST_EVERY_MS = 250;
/** Attempts left once the writer is told to stop. */
const INSIST_MAX = 20;

type WriterCounter = (typeof WRITER_COUNTERS)[number];

export class WriterAgent {
  readonly #start: WriterStart;
  readonly #store: StoreWriter;
  readonly #spool: SpoolQueue;
  readonly #clock: Clock;
  readonly #host: LogHost;
  readonly #collector: BatchCollector;
  readonly #latency: CommitLatency;
  readonly #counters: CounterRegion<WriterCounter>;
  #isStopping = false;
  #flushedUs = 0;
  /** Work asked for from outside, done between two batches. */
  readonly #errands: (() => Promise<void>)[] = [];

  constructor(
    start: WriterStart,
    store: StoreWriter,
    spool: SpoolQueue,
    clock: Clock,
    host: LogHost,
  ) {
    this.#start = start;
    this.#store = store;
    this.#spool = spool;
    this.#clock = clock;
    this.#host = host;
    const { shared, config } = start;
    this.#collector = new BatchCollector(
      new RingConsumer(shared.candles),
      shared.venues.map((venue) => new RingConsumer(venue.toWriter)),
    );
    this.#latency = new CommitLatency(config.instruments, shared.feeds);
    this.#counters = new CounterRegion(WRITER_COUNTERS, shared.writerCounters);
  }

  /** Runs until `stop`, then empties the rings and the spool as far as the store lets it. */
  async run(): Promise<void> {
    const { flushMs, batchRows } = this.#start.config.writer;
    this.#flushedUs = this.#clock.wallUs();
    while (!this.#isStopping) {
      await delay(POLL_MS);
      const nowUs = this.#clock.wallUs();
      this.#counters.set('heartbeat_us', nowUs);
      for (const errand of this.#errands.splice(0)) await errand();
      const pending = this.#collector.pendingLength();
      const isDue =
        nowUs - this.#flushedUs >= flushMs * US_PER_MS ||
        pending >= batchRows * RECORD_LENGTH_TYPICAL ||
        this.#collector.pendingShare() >= URGENT_SHARE;
      if (isDue) await this.flush();
    }
    for (const errand of this.#errands.splice(0)) await errand();
    await this.flush();
    await this.drainSpool();
  }

  /** Writes what the spool holds, as far as the store lets it. */
  async drainSpool(): Promise<void> {
    await this.#spool.drain(this.#write, Number.POSITIVE_INFINITY);
  }

  summary(): Readonly<Record<WriterCounter, number>> {
    return this.#counters.snapshot();
  }

  stop(): void {
    this.#isStopping = true;
  }

  /** Writes all that the rings hold now, or puts it into the spool. */
  async flush(): Promise<void> {
    this.#flushedUs = this.#clock.wallUs();
    if (!this.#spool.isEmpty) {
      await this.#spool.drain(this.#write, this.#flushedUs + DRAIN_SLICE_US);
    }
    // Nothing may be lost: while the spool is full the rings fill up, the venues hold back and then
    // drop whole frames, which the ledger shows.
    const isBehind = !this.#spool.isEmpty;
    if (isBehind && !this.#spool.hasRoomFor(this.#collector.pendingLength())) return;
    const batch = this.#collector.collect();
    if (batch === undefined) return;
    if (!isBehind) {
      const problem = await this.#write(batch);
      if (problem === undefined) return;
      this.#spool.holdOff(problem);
    }
    if (!this.#spool.append(batch)) await this.#insist(batch);
    this.#countSpool();
  }

  /** What the store holds of `instruments`, after everything published was written. */
  resume(instruments: readonly Instrument[]): Promise<ResumeMap> {
    return this.#errand(async () => {
      await this.flush();
      const map: (readonly [number, Awaited<ReturnType<StoreWriter['resume']>>])[] = [];
      for (const instrument of instruments) {
        map.push([instrument.index, await this.#store.resume(instrument)]);
      }
      return map;
    });
  }

  updateMetadata(list: readonly InstrumentMeta[]): Promise<void> {
    return this.#errand(() => this.#store.updateInstrumentMeta(list));
  }

  /** Neither the store nor the disk takes it: it is held, and nothing is read, until one does. */
  async #insist(batch: RecordBatch): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      if ((await this.#write(batch)) === undefined || this.#spool.append(batch)) return;
      if (this.#isStopping && attempt >= INSIST_MAX) {
        this.#host.log('error', `${batch.count} records lost: store and spool refuse them`);
        return;
      }
      this.#counters.set('heartbeat_us', this.#clock.wallUs());
      await delay(INSIST_EVERY_MS);
    }
  }

  #countSpool(): void {
    this.#counters.set('spool_length', this.#spool.length);
    this.#counters.set('spool_batches', this.#spool.count);
    this.#counters.set('spool_dropped', this.#spool.droppedCount);
  }

  #errand<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#errands.push(() => task().then(resolve, reject));
    });
  }

  /** Writes one batch; gives the error instead of throwing it when the store is to blame. */
  readonly #write = async (batch: RecordBatch): Promise<EngineError | undefined> => {
    const startUs = this.#clock.wallUs();
    try {
      const result = await this.#store.write(batch);
      const nowUs = this.#clock.wallUs();
      this.#counters.set('commit_us_last', nowUs - startUs);
      this.#latency.record(batch, nowUs);
      countRows(this.#counters, result);
      this.#countSpool();
      return undefined;
    } catch (error) {
      this.#counters.add('retries');
      if (error instanceof EngineError) return error;
      return new EngineError(errorText(error), { code: 'store', retry: 'retry', cause: error });
    }
  };
}
