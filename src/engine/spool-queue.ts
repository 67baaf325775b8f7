/**
 * The writer's spool with its policy: when to try the store again, and what is given up as the
 * disk's share fills. A directory of its own for each store, made at the start: one that cannot be
 * used is known before it is needed. What the file system refuses later counts as not taken.
 */
import { existsSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, US_PER_SECOND } from '../base/clock.ts';
import { EngineError, errorText, isFileError, UsageError } from '../base/errors.ts';
import { Prng } from '../base/prng.ts';
import { redactUrl } from '../base/redact.ts';
import type { Instrument } from '../model/instrument.ts';
import type { RecordBatch } from '../store/contract.ts';
import { Spool } from '../store/spool.ts';
import { backoffUs } from '../venues/kit/backoff.ts';
import { keepEssential } from './batch-filter.ts';
import type { EngineConfig } from './engine-config.ts';
import type { LogHost } from './log-host.ts';
import { LostTrades } from './lost-trades.ts';

/** Share of the spool in use from which quotes and books are left out. */
const ESSENTIAL_SHARE = 0.8;
const RETRY = { firstUs: US_PER_SECOND / 4, capUs: 15 * US_PER_SECOND };
/**
 * Batches are written together up to this many bytes: what a transaction costs, and the candles
 * that repairs in it touch, are paid once. The further a store is behind, the less a record costs.
 */
const WRITE_LENGTH = 4 * 1024 * 1024;
/** Beside the segments: the run before ended in order. */
const MARK_NAME = 'whole';
const SAID_EVERY_US = 30 * US_PER_SECOND;

/** Writes one batch; the error when the store did not take it. */
export type WriteBatch = (batch: RecordBatch) => Promise<EngineError | undefined>;

export interface SpooledStore {
  /** For messages. */
  readonly url: string;
  readonly spoolFolder: string;
}

export class SpoolQueue {
  /** Records left out since the start. */
  droppedCount = 0;
  /**
   * Nothing of the runs before is missing in store and spool together: they ended in order, or the
   * ledger was asked.
   */
  isWhole: boolean;
  readonly #config: EngineConfig;
  readonly #clock: Clock;
  readonly #host: LogHost;
  readonly #dir: string;
  /** For messages. */
  readonly #store: string;
  readonly #prng = new Prng(11);
  readonly #lost = new LostTrades();
  readonly #spool: Spool;
  #attempts = 0;
  #nextTryUs = 0;
  /** When each kind of problem was last said. */
  readonly #saidUs = new Map<string, number>();

  /** Throws a UsageError when the directory cannot be made or used. */
  constructor(config: EngineConfig, store: SpooledStore, clock: Clock, host: LogHost) {
    this.#config = config;
    this.#store = redactUrl(store.url);
    this.#clock = clock;
    this.#host = host;
    this.#dir = store.spoolFolder;
    const { instruments, timeframes, writer } = config;
    this.#spool = Spool.open({
      dir: this.#dir,
      lengthMax: writer.spoolMaxBytes,
      instruments,
      timeframes,
      report: (level, message) => this.#host.log(level, message),
    });
    this.isWhole = this.#takeMark();
  }

  /**
   * Instruments of spooled records that this run does not record: the store must know them first.
   */
  get foreignInstruments(): readonly Instrument[] {
    return this.#spool.foreignInstruments;
  }

  get isEmpty(): boolean {
    return this.#spool.isEmpty;
  }

  /** Bytes on disk. */
  get length(): number {
    return this.#spool.length;
  }

  /** Batches that wait. */
  get count(): number {
    return this.#spool.count;
  }

  hasRoomFor(length: number): boolean {
    return this.#spool.hasRoomFor(length) || this.#sayFull();
  }

  /** There is no room and other stores must not wait: this one's ledger will say what it missed. */
  discard(batch: RecordBatch): void {
    this.#lost.add(batch);
    this.droppedCount += batch.count;
    this.#say(
      'lost',
      `spool ${this.#dir} is full: store ${this.#store} misses ${this.droppedCount} records`,
    );
  }

  /** Puts what was discarded into the spool, for the ledger, once there is room (and `more`). */
  tellLosses(more = 0): void {
    const lost = this.#lost;
    if (lost.isEmpty || !this.#spool.hasRoomFor(lost.noticeLength + more)) return;
    if (this.#spool.append(lost.notice())) lost.clear();
  }

  /** Takes the batch, without quotes and books when little room is left; false: no room at all. */
  append(batch: RecordBatch): boolean {
    const spool = this.#spool;
    this.tellLosses(batch.length);
    if (spool.length < ESSENTIAL_SHARE * this.#config.writer.spoolMaxBytes) {
      return spool.append(batch) || this.#sayFull();
    }
    const kept = keepEssential(batch);
    this.droppedCount += kept.dropped;
    this.#say(
      'nearly full',
      `spool ${this.#dir} is nearly full: ${this.droppedCount} quotes and books left out`,
    );
    return kept.batch.count === 0 || spool.append(kept.batch) || this.#sayFull();
  }

  /** Takes the batch whole or not at all, however little room is left. */
  appendWhole(batch: RecordBatch): boolean {
    return this.#spool.append(batch);
  }

  /** The store has the oldest batch. */
  acknowledgeOldest(): void {
    if (this.#peek() !== undefined) this.#spool.acknowledge();
  }

  /** The store failed: it is tried again after a wait that grows. */
  holdOff(problem: EngineError): void {
    const waitUs = backoffUs(RETRY, this.#attempts, this.#prng);
    this.#attempts += 1;
    this.#nextTryUs = this.#clock.monoUs() + waitUs;
    const advice = problem.retry === 'fatal' ? '; mend the store, recording goes on' : '';
    this.#say(
      'down',
      `store ${this.#store} takes nothing, spooling to disk: ${problem.message}${advice}`,
    );
  }

  /**
   * Writes batches in order until the store fails, none is left, or `deadlineUs` (of the monotonic
   * clock) has come: only then true, when there is more.
   */
  async drain(write: WriteBatch, deadlineUs: number): Promise<boolean> {
    const spool = this.#spool;
    if (this.#clock.monoUs() < this.#nextTryUs) return false;
    for (;;) {
      const batch = this.#peek(WRITE_LENGTH);
      if (batch === undefined) return false;
      const problem = await write(batch);
      if (problem !== undefined) {
        this.holdOff(problem);
        return false;
      }
      spool.acknowledge();
      this.#attempts = 0;
      if (spool.isEmpty) this.#host.log('info', `store ${this.#store} has all that was spooled`);
      if (this.#clock.monoUs() >= deadlineUs) return !spool.isEmpty;
    }
  }

  /** What was not written stays for the next start. */
  close(): void {
    if (!this.isEmpty) {
      this.#host.log('warn', `${this.count} batches stay in ${this.#dir} for the next start`);
    }
    if (this.isWhole && this.#lost.isEmpty) this.#leaveMark();
    this.#spool.close();
  }

  /** The mark is there from an orderly end to the next start only. */
  #takeMark(): boolean {
    const path = join(this.#dir, MARK_NAME);
    if (!existsSync(path)) return false;
    try {
      unlinkSync(path);
      return true;
    } catch {
      // It would be there after a crash of this run, too: the next one must not believe it.
      throw new UsageError(`spool ${this.#dir} cannot be used: ${path} cannot be deleted`);
    }
  }

  #leaveMark(): void {
    try {
      writeFileSync(join(this.#dir, MARK_NAME), '');
    } catch (error) {
      this.#host.log('warn', `spool ${this.#dir}: ${errorText(error)}`);
    }
  }

  /** Undefined when nothing waits, or when what waits cannot be read: it is tried again later. */
  #peek(lengthMax?: number): RecordBatch | undefined {
    try {
      return this.#spool.peek(lengthMax);
    } catch (error) {
      if (!isFileError(error)) throw error;
      const message = `spool ${this.#dir} cannot be read: ${errorText(error)}`;
      this.holdOff(new EngineError(message, { code: 'spool', retry: 'retry', cause: error }));
      return undefined;
    }
  }

  #sayFull(): false {
    this.#say('full', `spool ${this.#dir} is full: mend the store, what comes now may be lost`);
    return false;
  }

  #say(kind: string, message: string): void {
    const nowUs = this.#clock.monoUs();
    if (nowUs - (this.#saidUs.get(kind) ?? Number.NEGATIVE_INFINITY) < SAID_EVERY_US) return;
    this.#saidUs.set(kind, nowUs);
    this.#host.log('error', message);
  }
}
