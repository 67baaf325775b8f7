/**
 * Drains every ring of one store into it, in one transaction a batch, every `flushMs` or sooner
 * when much waits. While the store fails, or is slow to answer, batches go to the spool and are
 * written later in order: the rings are drained all the same, so neither the venues nor other
 * stores notice.
 *
 * Invariant: records reach the store, or the spool, in the order of the rings. While a batch is
 * under way nothing is written past it: if the rings must be drained meanwhile, that batch goes to
 * the spool first and what follows behind it.
 */
import { type Clock, delay, US_PER_MS } from '../base/clock.ts';
import { EngineError, errorText } from '../base/errors.ts';
import type { Instrument, InstrumentMeta } from '../model/instrument.ts';
import { CounterRegion } from '../shm/counter-region.ts';
import { RingConsumer } from '../shm/ring-consumer.ts';
import type { RecordBatch } from '../store/contract.ts';
import { BatchCollector } from './batch-collector.ts';
import { CommitLatency } from './commit-latency.ts';
import type { WriterStart } from './control-messages.ts';
import { WRITER_COUNTERS } from './counters.ts';
import type { LogHost } from './log-host.ts';
import type { ResumeMap } from './resume-plan.ts';
import { PRUNE_ROWS_MAX, type PruneStep, RetentionDuty } from './retention-duty.ts';
import { countRows } from './row-counts.ts';
import type { SpoolQueue } from './spool-queue.ts';
import type { StoreGateway } from './store-gateway.ts';

/** How often the rings are looked at; far below any useful `flushMs`. */
const POLL_MS = 10;
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
  readonly #store: StoreGateway;
  readonly #spool: SpoolQueue;
  readonly #clock: Clock;
  readonly #host: LogHost;
  readonly #collector: BatchCollector;
  readonly #latency: CommitLatency | undefined;
  readonly #counters: CounterRegion<WriterCounter>;
  readonly #retention: RetentionDuty;
  readonly #isAlone: boolean;
  #isStopping = false;
  #isBusy = false;
  /** What a turn threw: a fault, as neither store nor disk throw here. */
  #fault: { readonly error: unknown } | undefined;
  /** A batch is held that nobody takes. */
  #isInsisting = false;
  /** Of the monotonic clock: the wall clock may step back by an hour. */
  #flushedUs = 0;
  /** The batch on its way to the store, and whether the spool has it as well. */
  #underWay: { readonly batch: RecordBatch; isSpooled: boolean } | undefined;
  /** Work asked for from outside, done between two batches. */
  readonly #errands: (() => Promise<void>)[] = [];

  constructor(
    start: WriterStart,
    store: StoreGateway,
    spool: SpoolQueue,
    clock: Clock,
    host: LogHost,
  ) {
    this.#start = start;
    this.#store = store;
    this.#spool = spool;
    this.#clock = clock;
    this.#host = host;
    const { shared, config, storeIndex } = start;
    const memory = shared.stores[storeIndex];
    if (memory === undefined) throw new RangeError(`no shared memory for store ${storeIndex}`);
    this.#collector = new BatchCollector(
      new RingConsumer(memory.candles),
      shared.venues.map(
        ({ toWriters }) => new RingConsumer(toWriters[storeIndex] as SharedArrayBuffer),
      ),
    );
    this.#retention = new RetentionDuty(config.retention);
    this.#isAlone = config.storeUrls.length === 1;
    // One thread writes a histogram: the first store's.
    this.#latency =
      storeIndex === 0 ? new CommitLatency(config.instruments, shared.feeds) : undefined;
    this.#counters = new CounterRegion(WRITER_COUNTERS, memory.counters);
  }

  /**
   * Runs until `stop`, then empties the rings and the spool as far as the store lets it. Rejects on
   * a fault.
   */
  async run(): Promise<void> {
    this.#flushedUs = this.#clock.monoUs();
    while (this.#fault === undefined && (!this.#isStopping || this.#isBusy)) {
      const napMs = this.#napMs();
      const dueUs = this.#clock.monoUs() + napMs * US_PER_MS;
      await delay(napMs);
      this.#counters.raise('loop_stall_us_max', this.#clock.monoUs() - dueUs);
      this.#counters.set('heartbeat_us', this.#clock.wallUs());
      if (this.#isBusy) {
        const isUrgent = this.#collector.pendingShare() >= URGENT_SHARE;
        if (isUrgent && !this.#isInsisting) await this.#setAside(false);
      } else if (!this.#isStopping) this.#turn(this.#clock.monoUs());
    }
    if (this.#fault !== undefined) throw this.#fault.error;
    for (const errand of this.#errands.splice(0)) await errand();
    await this.#flush();
    await this.drainSpool();
  }

  /** Writes what the spool holds, as far as the store lets it and until `isEnough`. */
  async drainSpool(isEnough = () => false): Promise<void> {
    let isMore: boolean;
    do {
      isMore = await this.#spool.drain(this.#write, this.#clock.monoUs() + DRAIN_SLICE_US);
      this.#countSpool();
    } while (isMore && !isEnough());
  }

  summary(): Readonly<Record<WriterCounter, number>> {
    return this.#counters.snapshot();
  }

  stop(): void {
    this.#isStopping = true;
  }

  /**
   * What the store holds of `instruments`, after everything published was written. Rejects while
   * the store is behind: it does not hold then what the aggregator has counted.
   */
  resume(instruments: readonly Instrument[]): Promise<ResumeMap> {
    return this.#errand(async () => {
      await this.#flush();
      if (!this.#spool.isEmpty) {
        throw new EngineError('the store is behind', { code: 'store-behind', retry: 'retry' });
      }
      const map: (readonly [number, Awaited<ReturnType<StoreGateway['resume']>>])[] = [];
      for (const instrument of instruments) {
        map.push([instrument.index, await this.#store.resume(instrument)]);
      }
      return map;
    });
  }

  updateMetadata(list: readonly InstrumentMeta[]): Promise<void> {
    return this.#errand(() => this.#store.updateInstrumentMeta(list));
  }

  /** Until the next batch is due, so that it is not late. */
  #napMs(): number {
    if (this.#isBusy) return POLL_MS;
    const dueUs = this.#flushedUs + this.#start.config.writer.flushMs * US_PER_MS;
    const leftMs = Math.ceil((dueUs - this.#clock.monoUs()) / US_PER_MS);
    return Math.max(0, Math.min(leftMs, POLL_MS));
  }

  /** One thing at a time: what was asked for, a batch that is due, a step of retention. */
  #turn(nowUs: number): void {
    const step = this.#spool.isEmpty
      ? this.#retention.next(nowUs, this.#clock.wallUs())
      : undefined;
    let task = this.#errands.shift();
    if (task === undefined && this.#isDue(nowUs)) task = () => this.#flush();
    if (task === undefined && step !== undefined) task = () => this.#prune(step);
    if (task === undefined) return;
    this.#isBusy = true;
    task()
      .catch((error) => {
        this.#fault = { error };
      })
      .finally(() => {
        this.#isBusy = false;
      });
  }

  async #prune({ target, beforeUs }: PruneStep): Promise<void> {
    let count = 0;
    try {
      count = await this.#store.prune(target, beforeUs, PRUNE_ROWS_MAX);
      this.#counters.add('pruned', count);
    } catch (error) {
      this.#host.log('warn', `retention of ${target.table}: ${errorText(error)}`);
    }
    this.#retention.onDone(count, this.#clock.monoUs());
  }

  #isDue(nowUs: number): boolean {
    const { flushMs, batchRows } = this.#start.config.writer;
    return (
      nowUs - this.#flushedUs >= flushMs * US_PER_MS ||
      this.#collector.pendingLength() >= batchRows * RECORD_LENGTH_TYPICAL ||
      this.#collector.pendingShare() >= URGENT_SHARE
    );
  }

  /** Writes all that the rings hold now, or puts it into the spool. */
  async #flush(): Promise<void> {
    this.#flushedUs = this.#clock.monoUs();
    this.#spool.tellLosses();
    if (!this.#spool.isEmpty) {
      await this.#spool.drain(this.#write, this.#flushedUs + DRAIN_SLICE_US);
      this.#countSpool();
    }
    if (this.#spool.isEmpty) await this.#writeRings();
    else await this.#setAside(true);
  }

  async #writeRings(): Promise<void> {
    const batch = this.#collector.collect();
    if (batch === undefined) return;
    const underWay = { batch, isSpooled: false };
    this.#underWay = underWay;
    this.#collector.lend(batch);
    const problem = await this.#write(batch);
    this.#underWay = undefined;
    if (problem === undefined) {
      if (underWay.isSpooled) this.#spool.acknowledgeOldest();
    } else {
      this.#spool.holdOff(problem);
      if (!underWay.isSpooled && !this.#spool.append(batch)) await this.#refused(batch, true);
    }
    this.#collector.giveBack(batch);
    this.#countSpool();
    if (problem === undefined) await this.#tidy();
  }

  async #tidy(): Promise<void> {
    try {
      await this.#store.tidy();
    } catch (error) {
      this.#host.log('warn', errorText(error));
    }
  }

  /**
   * Moves what the rings hold into the spool, behind the batch that is under way. `isOwner`: called
   * by the one task that may write to the store now.
   */
  async #setAside(isOwner: boolean): Promise<void> {
    const underWay = this.#underWay;
    if (underWay !== undefined && !underWay.isSpooled) {
      if (!this.#spool.appendWhole(underWay.batch)) return;
      underWay.isSpooled = true;
    }
    // Nothing may be lost: while the spool of the only store is full the rings fill up, the venues
    // hold back and then drop whole frames, which the ledger shows.
    if (this.#isAlone && !this.#spool.hasRoomFor(this.#collector.pendingLength())) return;
    const batch = this.#collector.collect();
    if (batch !== undefined && !this.#spool.append(batch)) await this.#refused(batch, isOwner);
    this.#countSpool();
  }

  /** Neither the store nor the disk takes it. */
  async #refused(batch: RecordBatch, isOwner: boolean): Promise<void> {
    if (!this.#isAlone) {
      this.#spool.discard(batch);
      return;
    }
    this.#isInsisting = true;
    await this.#insist(batch, isOwner);
    this.#isInsisting = false;
  }

  /** Held, and nothing is read, until the disk or the store takes it. */
  async #insist(batch: RecordBatch, isOwner: boolean): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      if (this.#spool.append(batch)) return;
      if (isOwner || !this.#isBusy) {
        await this.#spool.drain(this.#write, this.#clock.monoUs() + DRAIN_SLICE_US);
        if (this.#spool.isEmpty && (await this.#write(batch)) === undefined) return;
      }
      if (this.#isStopping && attempt >= INSIST_MAX) {
        this.#host.log('error', `${batch.count} records lost: store and spool refuse them`);
        this.#spool.discard(batch);
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
    const startUs = this.#clock.monoUs();
    try {
      const result = await this.#store.write(batch);
      this.#counters.set('commit_us_last', this.#clock.monoUs() - startUs);
      this.#latency?.record(batch, this.#clock.wallUs());
      countRows(this.#counters, result);
      return undefined;
    } catch (error) {
      this.#counters.add('retries');
      if (error instanceof EngineError) return error;
      return new EngineError(errorText(error), { code: 'store', retry: 'retry', cause: error });
    }
  };
}
