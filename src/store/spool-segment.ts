/** One segment file: written by one run, read back by that or a later one, then deleted. */
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { RecordBytes } from '../base/record-bytes.ts';
import type { RecordBatch } from './contract.ts';
import {
  decodeFrameHead,
  encodeFrameHead,
  encodeSegmentHead,
  FRAME_HEAD_LENGTH,
  isFrameWhole,
  type SpoolDictionary,
} from './spool-frame.ts';
import type { IndexMap } from './spool-index.ts';
import { type SegmentScan, scanSegment } from './spool-scan.ts';

const SUFFIX = '.spool';
/** Segments that were damaged are kept under this name for a person to look at. */
const CORRUPT_SUFFIX = '.corrupt';
const NAME_DIGITS = 16;

/** Paths of all segments in `dir`, in the order they were written. */
export function listSegments(dir: string): string[] {
  const names = readdirSync(dir).filter((name) => name.endsWith(SUFFIX));
  return names.sort().map((name) => join(dir, name));
}

export function scanFile(path: string): SegmentScan & { readonly fileLength: number } {
  const bytes = readFileSync(path);
  return { ...scanSegment(bytes), fileLength: bytes.length };
}

export function cutFile(path: string, length: number): void {
  truncateSync(path, length);
}

export function setAside(path: string): void {
  renameSync(path, path + CORRUPT_SUFFIX);
}

export class SpoolSegment {
  readonly path: string;
  readonly map: IndexMap;
  /** Bytes of the file that hold the header and whole frames. */
  length: number;
  /** Frames not acknowledged yet. */
  count: number;
  /** Frames after the good ones were lost: the file is kept when it is done with. */
  isDamaged: boolean;
  #next: number;
  #fd: number;

  private constructor(path: string, map: IndexMap, next: number, length: number, fd: number) {
    this.path = path;
    this.map = map;
    this.length = length;
    this.count = 0;
    this.isDamaged = false;
    this.#next = next;
    this.#fd = fd;
  }

  /** A new file for frames from `sequence` on; fails when there is one. */
  static create(
    dir: string,
    sequence: number,
    dictionary: SpoolDictionary,
    map: IndexMap,
  ): SpoolSegment {
    const path = join(dir, String(sequence).padStart(NAME_DIGITS, '0') + SUFFIX);
    const head = encodeSegmentHead(dictionary);
    const fd = openSync(path, 'wx+');
    try {
      writeAll(fd, head, 0);
    } catch (error) {
      closeSync(fd);
      unlinkSync(path);
      throw error;
    }
    return new SpoolSegment(path, map, head.length, head.length, fd);
  }

  /** A file of a run before, scanned and cut already; read-only. */
  static reopen(path: string, scan: SegmentScan, map: IndexMap): SpoolSegment {
    const fd = openSync(path, 'r');
    const segment = new SpoolSegment(path, map, scan.headLength, scan.goodLength, fd);
    segment.count = scan.frameCount;
    segment.isDamaged = scan.framesBehind > 0;
    return segment;
  }

  /** Appends a frame, all of it or nothing. Throws what the file system says. */
  append(payload: Uint8Array, count: number, sequence: number): void {
    try {
      const at = writeAll(this.#fd, encodeFrameHead(payload, count, sequence), this.length);
      this.length = writeAll(this.#fd, payload, at);
    } catch (error) {
      ftruncateSync(this.#fd, this.length);
      throw error;
    }
    this.count += 1;
  }

  sync(): void {
    fdatasyncSync(this.#fd);
  }

  /**
   * The oldest frames not acknowledged, as many as have `lengthMax` bytes of payload together and
   * at least one; empty when that is not whole any more.
   */
  read(lengthMax: number): RecordBatch[] {
    const batches: RecordBatch[] = [];
    let at = this.#next;
    let length = 0;
    while (batches.length < this.count) {
      const batch = this.#readFrame(at);
      if (batch === undefined) break;
      length += batch.length;
      if (batches.length > 0 && length > lengthMax) break;
      batches.push(batch);
      at += FRAME_HEAD_LENGTH + batch.length;
    }
    return batches;
  }

  /** Frames that `read` gave are not needed any more; `length`: their payloads'. */
  pass(count: number, length: number): void {
    this.#next += count * FRAME_HEAD_LENGTH + length;
    this.count -= count;
  }

  close(): void {
    const fd = this.#fd;
    this.#fd = -1;
    if (fd >= 0) closeSync(fd);
  }

  /** Deletes the file, if it is there; a damaged one is kept under another name. */
  remove(): void {
    this.close();
    try {
      if (this.isDamaged) setAside(this.path);
      else unlinkSync(this.path);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    }
  }

  /** Undefined when it is not whole. */
  #readFrame(place: number): RecordBatch | undefined {
    const head = new Uint8Array(FRAME_HEAD_LENGTH);
    if (readSync(this.#fd, head, 0, head.length, place) < head.length) return undefined;
    const frame = decodeFrameHead(head);
    if (frame === undefined) return undefined;
    const bytes = RecordBytes.allocate(frame.length);
    let done = 0;
    while (done < frame.length) {
      const at = place + FRAME_HEAD_LENGTH + done;
      const count = readSync(this.#fd, bytes.u8, done, frame.length - done, at);
      if (count === 0) return undefined;
      done += count;
    }
    if (!isFrameWhole(head, bytes.u8)) return undefined;
    return { bytes, length: frame.length, count: frame.count };
  }
}

/** Makes a new or deleted name in `dir` outlast a power cut. */
export function syncDirectory(dir: string): void {
  const fd = openSync(dir, 'r');
  fsyncSync(fd);
  closeSync(fd);
}

function writeAll(fd: number, bytes: Uint8Array, position: number): number {
  let done = 0;
  while (done < bytes.length) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
  return position + done;
}
