/**
 * Batches on disk while the store is down: appended in order, read back in order, deleted when the
 * store has them. Used by the writer thread alone; file calls are synchronous, as its rings go on
 * filling meanwhile and nothing else runs there.
 *
 * Invariant: what `append` took (returned true for) is read back, in order, once or more, by this
 * run or the next, unless the file itself is damaged; then that is counted and said. A crash
 * between a batch's write to the store and the deletion of its segment brings the batch again:
 * stores take that.
 *
 * A killed process loses nothing it appended. A power cut loses what the disk had not: with `sync`
 * `frame` at most the batch under way, with `segment` (default) what the newest file holds, with
 * `never` whatever the system had not written yet.
 */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../base/assert.ts';
import { errorText, isFileError, UsageError } from '../base/errors.ts';
import { RecordBytes } from '../base/record-bytes.ts';
import type { Instrument } from '../model/instrument.ts';
import type { RecordBatch } from './contract.ts';
import { FileLock } from './file-lock.ts';
import { encodeSegmentHead, FRAME_HEAD_LENGTH, type SpoolDictionary } from './spool-frame.ts';
import { remapBatch, SpoolIndex } from './spool-index.ts';
import {
  cutFile,
  listSegments,
  SpoolSegment,
  scanFile,
  setAside,
  syncDirectory,
} from './spool-segment.ts';

export type SpoolSync = 'frame' | 'segment' | 'never';

const LOCK_NAME = 'lock';
const SEGMENT_LENGTH = 64 * 1024 * 1024;

export interface SpoolOptions extends SpoolDictionary {
  /** Made when it is not there. One spool at a time, in whatever process: it is locked. */
  readonly dir: string;
  /** Bytes of all segments together. */
  readonly lengthMax: number;
  /** A file this long is closed and the next one started; default 64 MiB. */
  readonly segmentLength?: number;
  readonly sync?: SpoolSync;
  /** Called with what was lost or cut off, one sentence each. */
  readonly report: (level: 'warn' | 'error', message: string) => void;
}

/** What `open` found of the run before. */
export interface SpoolRecovery {
  segments: number;
  /** Batches to read back. */
  frames: number;
  /** Bytes of unfinished frames that were cut off. */
  tornLength: number;
  /** Whole frames that cannot be reached behind a damaged one, or without a header. */
  framesLost: number;
  /** Frames that no file holds, by the sequence numbers. */
  framesMissing: number;
}

export class Spool {
  readonly recovery: SpoolRecovery = {
    segments: 0,
    frames: 0,
    tornLength: 0,
    framesLost: 0,
    framesMissing: 0,
  };
  readonly #options: SpoolOptions;
  readonly #lock: FileLock;
  readonly #dictionary: SpoolDictionary;
  readonly #index: SpoolIndex;
  readonly #headLength: number;
  /** Oldest first; the last one may be the file being written. */
  readonly #segments: SpoolSegment[] = [];
  #active: SpoolSegment | undefined;
  #sequence = 1;
  /** A file was recovered already, so the next one's sequence must go on from it. */
  #isFollowing = false;
  #length = 0;
  #count = 0;
  /** The batch that `peek` gave, and the frames it is made of. */
  #batch: RecordBatch | undefined;
  #frames = { count: 0, length: 0 };

  private constructor(options: SpoolOptions, lock: FileLock) {
    const { instruments, timeframes } = options;
    this.#options = options;
    this.#lock = lock;
    this.#dictionary = { instruments, timeframes };
    this.#index = new SpoolIndex(this.#dictionary);
    this.#headLength = encodeSegmentHead(this.#dictionary).length;
  }

  /**
   * Opens the directory and mends what a crash left. Throws a UsageError when it cannot be made or
   * used, or is in use.
   */
  static open(options: SpoolOptions): Spool {
    const { dir } = options;
    let lock: FileLock | undefined;
    try {
      mkdirSync(dir, { recursive: true });
      accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
      lock = lockFolder(dir);
      const spool = new Spool(options, lock);
      for (const path of listSegments(dir)) spool.#recover(path);
      spool.recovery.segments = spool.#segments.length;
      spool.recovery.frames = spool.#count;
      return spool;
    } catch (error) {
      lock?.release();
      if (!isFileError(error)) throw error;
      throw new UsageError(`spool ${dir} cannot be used: ${errorText(error)}`);
    }
  }

  /**
   * Instruments of spooled records that this run does not record, with the indices that batches
   * from
   * `peek` use: make them known to the store before the first of those is written.
   */
  get foreignInstruments(): readonly Instrument[] {
    return this.#index.foreign;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Batches not acknowledged. */
  get count(): number {
    return this.#count;
  }

  /** Bytes on disk. */
  get length(): number {
    return this.#length;
  }

  /** True when a batch of `length` bytes would be taken. */
  hasRoomFor(length: number): boolean {
    const headLength = this.#active === undefined ? this.#headLength : 0;
    return this.#length + headLength + FRAME_HEAD_LENGTH + length <= this.#options.lengthMax;
  }

  /** Takes the batch, or nothing of it: false when the spool or the disk is full, or it fails. */
  append(batch: RecordBatch): boolean {
    if (!this.hasRoomFor(batch.length)) return false;
    const payload = batch.bytes.u8.subarray(0, batch.length);
    return this.#try(() => {
      const segment = this.#ensureActive();
      const before = segment.length;
      segment.append(payload, batch.count, this.#sequence);
      this.#sequence += 1;
      this.#count += 1;
      this.#length += segment.length - before;
      // What is written is taken, even when the disk does not confirm it.
      this.#try(() => this.#afterAppend(segment));
    });
  }

  /**
   * The oldest batch not acknowledged, and those behind it as far as all have `lengthMax` bytes, as
   * one; the same one until it is acknowledged. Valid until then. Throws when a file cannot be
   * read.
   */
  peek(lengthMax = 0): RecordBatch | undefined {
    if (this.#batch !== undefined) return this.#batch;
    for (let segment = this.#segments[0]; segment !== undefined; segment = this.#segments[0]) {
      const batches = segment.read(lengthMax);
      if (batches.length > 0) {
        const batch = joinBatches(batches);
        this.#frames = { count: batches.length, length: batch.length };
        this.#batch = remapBatch(batch, segment.map);
        return this.#batch;
      }
      if (segment.count === 0 && segment === this.#active) return undefined;
      if (segment.count > 0) this.#giveUp(segment);
      this.#drop(segment);
    }
    return undefined;
  }

  /** The batch that `peek` gave is in the store. Deletes its segment when that was the last one. */
  acknowledge(): void {
    const segment = this.#segments[0];
    assert(
      segment !== undefined && this.#batch !== undefined,
      'Invariant: a batch is read before it is acknowledged',
    );
    const { count, length } = this.#frames;
    segment.pass(count, length);
    this.#batch = undefined;
    this.#count -= count;
    if (segment.count === 0) this.#drop(segment);
  }

  /** Closes the files. What was not acknowledged is there on the next `open`. */
  close(): void {
    const active = this.#active;
    if (active !== undefined) this.#try(() => this.#seal(active));
    for (const segment of this.#segments) this.#try(() => segment.close());
    this.#lock.release();
  }

  /** False, and a report, when the file system refuses. */
  #try(deed: () => void): boolean {
    try {
      deed();
      return true;
    } catch (error) {
      if (!isFileError(error)) throw error;
      this.#options.report(
        'error',
        `spool: cannot write ${this.#options.dir}: ${errorText(error)}`,
      );
      return false;
    }
  }

  #ensureActive(): SpoolSegment {
    if (this.#active !== undefined) return this.#active;
    const { dir, sync } = this.#options;
    const map = this.#index.map(this.#dictionary);
    const segment = SpoolSegment.create(dir, this.#sequence, this.#dictionary, map);
    this.#segments.push(segment);
    this.#active = segment;
    this.#length += segment.length;
    if (sync !== 'never') syncDirectory(dir);
    return segment;
  }

  #afterAppend(segment: SpoolSegment): void {
    const { segmentLength = SEGMENT_LENGTH, sync } = this.#options;
    if (sync === 'frame') segment.sync();
    if (segment.length >= segmentLength) this.#seal(segment);
  }

  /** No more is written to the segment; it stays open for reading. */
  #seal(segment: SpoolSegment): void {
    this.#active = undefined;
    if (this.#options.sync !== 'never') segment.sync();
  }

  #drop(segment: SpoolSegment): void {
    if (segment === this.#active) this.#active = undefined;
    this.#segments.shift();
    this.#length -= segment.length;
    // A file that stays brings its batches once more on the next start.
    this.#try(() => segment.remove());
  }

  /** A frame that was whole when written, or at the start, is not any more. */
  #giveUp(segment: SpoolSegment): void {
    this.#count -= segment.count;
    this.recovery.framesLost += segment.count;
    segment.isDamaged = true;
    const { path, count } = segment;
    this.#options.report('error', `spool: damaged, ${count} batches lost, file kept: ${path}`);
  }

  #recover(path: string): void {
    const { report } = this.#options;
    const scan = scanFile(path);
    const { dictionary, frameCount, framesBehind, goodLength, fileLength } = scan;
    if (framesBehind > 0) {
      this.recovery.framesLost += framesBehind;
      report(
        'error',
        `spool: damaged at byte ${goodLength}, ${framesBehind} batches lost: ${path}`,
      );
    } else if (fileLength > goodLength) {
      this.recovery.tornLength += fileLength - goodLength;
      report('warn', `spool: ${fileLength - goodLength} bytes of a torn batch cut off: ${path}`);
      cutFile(path, goodLength);
    }
    const name = Number.parseInt(path.slice(path.lastIndexOf('/') + 1), 10);
    this.#follow(frameCount > 0 ? scan.firstSequence : name, path);
    this.#sequence += frameCount + framesBehind;
    if (dictionary === undefined && framesBehind > 0) {
      setAside(path);
      return;
    }
    const written = dictionary ?? this.#dictionary;
    const segment = SpoolSegment.reopen(path, scan, this.#index.map(written));
    if (segment.count === 0) {
      segment.remove();
      return;
    }
    this.#segments.push(segment);
    this.#count += segment.count;
    this.#length += segment.length;
  }

  /** Notes a hole in the sequence before a segment that starts with `first`. */
  #follow(first: number, path: string): void {
    const missing = first - this.#sequence;
    // Files before the first one here were deleted because the store had them.
    if (this.#isFollowing && missing > 0) {
      this.recovery.framesMissing += missing;
      this.#options.report('error', `spool: ${missing} batches missing before ${path}`);
    }
    this.#isFollowing = true;
    if (missing > 0) this.#sequence = first;
  }
}

/** While the store is down, nothing else keeps a second recorder out of the first one's files. */
function lockFolder(dir: string): FileLock {
  const path = join(dir, LOCK_NAME);
  let lock: FileLock | undefined;
  try {
    lock = FileLock.take(path);
  } catch (error) {
    throw new UsageError(`spool ${dir} cannot be locked: ${errorText(error)}`);
  }
  if (lock !== undefined) return lock;
  throw new UsageError(`spool ${dir} is in use: stop the other recorder or set writer.spool_dir`);
}

function joinBatches(batches: readonly RecordBatch[]): RecordBatch {
  const [only] = batches;
  if (only !== undefined && batches.length === 1) return only;
  let length = 0;
  let count = 0;
  for (const batch of batches) {
    length += batch.length;
    count += batch.count;
  }
  const bytes = RecordBytes.allocate(length);
  let at = 0;
  for (const batch of batches) {
    bytes.u8.set(batch.bytes.u8.subarray(0, batch.length), at);
    at += batch.length;
  }
  return { bytes, length, count };
}
