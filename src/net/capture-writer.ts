/**
 * Writes what came over the wires of one venue to capture files (format 1, zstd). Used by the venue
 * agent of `collect --capture`.
 *
 * Lines gather in a chunk of 256 KiB or one second; each chunk becomes an independent zstd frame
 * with a checksum, compressed off this thread, so a file that a kill cuts off is readable up to
 * its last whole frame. Files are named `<venue>-<UTC start>-<n>.cap.zst`; none is ever written
 * over.
 *
 * Invariant: at most `pendingBytesMax` wait to be written. A line beyond that is lost, counted in
 * `lost` and said through `onProblem`; capturing never slows recording.
 */
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { assert } from '../base/assert.ts';
import { every, formatUs, type Timer } from '../base/clock.ts';
import { errorText, UsageError } from '../base/errors.ts';
import { CAPTURE_HEADER, type CaptureKind, restPayload, singleLine } from './capture-format.ts';

export interface CaptureWriterOptions {
  readonly dir: string;
  readonly venue: string;
  /** Names the files; µs since the Unix epoch. */
  readonly startedUs: number;
  /** A file that has reached this length is followed by the next one. */
  readonly rotateBytes: number;
  readonly chunkBytes?: number;
  readonly flushMs?: number;
  readonly pendingBytesMax?: number;
  /** Told at the first line lost in a row and at each file that could not be written. */
  readonly onProblem?: (message: string) => void;
}

const CHUNK_BYTES = 256 * 1024;
const FLUSH_MS = 1_000;
const PENDING_BYTES_MAX = 32 * 1024 * 1024;
const NEWLINE = 10;
const RETURN = 13;
const SPARE_CHUNKS_MAX = 4;

const compress = promisify(zstdCompress);
const ZSTD_OPTIONS = {
  params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
};
const encoder = new TextEncoder();

/** Makes the folder and tries to write into it; throws `UsageError` when that cannot be. */
export function prepareCaptureDir(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true });
    rmdirSync(mkdtempSync(join(dir, '.tickspine-')));
  } catch (error) {
    throw new UsageError(`capture folder ${dir} cannot be written: ${errorText(error)}`);
  }
}

interface Chunk {
  readonly bytes: Uint8Array;
  length: number;
  lines: number;
}

export class CaptureWriter {
  readonly #options: CaptureWriterOptions;
  readonly #chunkBytes: number;
  readonly #pendingBytesMax: number;
  readonly #timer: Timer;
  readonly #queue: Chunk[] = [];
  readonly #spare: Uint8Array[] = [];
  #chunk: Chunk;
  #pendingBytes = 0;
  #writing: Promise<void> | undefined;
  #file: FileHandle | undefined;
  #fileBytes = 0;
  #fileNumber = 0;
  #path = '';
  #length = 0;
  #lines = 0;
  #lost = 0;
  #isLosing = false;
  #isFailing = false;
  #isEnded = false;

  constructor(options: CaptureWriterOptions) {
    assert(options.rotateBytes > 0, 'Invariant: capture files rotate at a positive length');
    this.#options = options;
    this.#chunkBytes = options.chunkBytes ?? CHUNK_BYTES;
    this.#pendingBytesMax = options.pendingBytesMax ?? PENDING_BYTES_MAX;
    this.#chunk = this.#newChunk(0);
    this.#timer = every(options.flushMs ?? FLUSH_MS, () => this.#seal());
  }

  /** Bytes written to files so far, compressed. */
  get length(): number {
    return this.#length;
  }

  /** Lines that are in files. */
  get lines(): number {
    return this.#lines;
  }

  /** Lines that never will be. */
  get lost(): number {
    return this.#lost;
  }

  /** Lines were lost, and none was written since. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** The file being written, '' before the first. */
  get path(): string {
    return this.#path;
  }

  opened(recvUs: number, feed: string, connection: number, url: string): void {
    this.#line(recvUs, feed, connection, 'open', encoder.encode(singleLine(url)));
  }

  sent(recvUs: number, feed: string, connection: number, text: string): void {
    this.#line(recvUs, feed, connection, 'sent', encoder.encode(singleLine(text)));
  }

  /** A frame the venue sent as text, as the bytes it came in. */
  text(recvUs: number, feed: string, connection: number, frame: Uint8Array): void {
    const isBroken = frame.indexOf(NEWLINE) >= 0 || frame.indexOf(RETURN) >= 0;
    if (isBroken) this.binary(recvUs, feed, connection, frame);
    else this.#line(recvUs, feed, connection, 'text', frame);
  }

  binary(recvUs: number, feed: string, connection: number, frame: Uint8Array): void {
    this.#line(recvUs, feed, connection, 'bin', encoder.encode(frame.toBase64()));
  }

  rest(
    recvUs: number,
    feed: string,
    connection: number,
    url: string,
    status: number,
    body: string,
  ): void {
    const payload = restPayload({ url, status, body });
    this.#line(recvUs, feed, connection, 'rest', encoder.encode(payload));
  }

  closed(recvUs: number, feed: string, connection: number, code: number, reason: string): void {
    const payload = encoder.encode(`${code} ${singleLine(reason)}`);
    this.#line(recvUs, feed, connection, 'close', payload);
  }

  /** Resolves when every line so far is in a file or counted as lost. */
  async flush(): Promise<void> {
    this.#seal();
    await this.#writing;
  }

  /** Flushes and closes; lines that come later are lost. */
  async end(): Promise<void> {
    this.#timer.stop();
    this.#isEnded = true;
    await this.flush();
    await this.#closeFile();
  }

  #line(
    recvUs: number,
    feed: string,
    connection: number,
    kind: CaptureKind,
    payload: Uint8Array,
  ): void {
    const head = `${recvUs} ${feed}#${connection} ${kind} `;
    // A feed id is ASCII, so the head has a byte a character; 3 each would still fit.
    const lengthMax = head.length * 3 + payload.length + 1;
    if (
      this.#isEnded ||
      this.#pendingBytes + this.#chunk.length + lengthMax > this.#pendingBytesMax
    ) {
      this.#lose(1, 'capture lost lines: the disk is too slow for them');
      return;
    }
    this.#isLosing = false;
    if (this.#chunk.length + lengthMax > this.#chunk.bytes.length) {
      this.#seal();
      if (lengthMax > this.#chunk.bytes.length) this.#chunk = this.#newChunk(lengthMax);
    }
    const chunk = this.#chunk;
    const { bytes } = chunk;
    let at = chunk.length;
    at += encoder.encodeInto(head, bytes.subarray(at)).written;
    bytes.set(payload, at);
    at += payload.length;
    bytes[at] = NEWLINE;
    chunk.length = at + 1;
    chunk.lines += 1;
  }

  #newChunk(lengthMin: number): Chunk {
    const spare = lengthMin > this.#chunkBytes ? undefined : this.#spare.pop();
    const bytes = spare ?? new Uint8Array(Math.max(lengthMin, this.#chunkBytes));
    return { bytes, length: 0, lines: 0 };
  }

  /** Hands the lines so far to the file. */
  #seal(): void {
    if (this.#chunk.length === 0) return;
    this.#pendingBytes += this.#chunk.length;
    this.#queue.push(this.#chunk);
    this.#chunk = this.#newChunk(0);
    this.#writing ??= this.#writeQueue();
  }

  async #writeQueue(): Promise<void> {
    for (let chunk = this.#queue.shift(); chunk !== undefined; chunk = this.#queue.shift()) {
      try {
        await this.#writeFrame(await compress(chunk.bytes.subarray(0, chunk.length), ZSTD_OPTIONS));
        this.#lines += chunk.lines;
        this.#isFailing = false;
      } catch (error) {
        // Half a frame may stand in the file: what follows goes into a new one.
        await this.#closeFile();
        this.#isLosing = false;
        this.#lose(chunk.lines, `capture could not be written: ${errorText(error)}`);
      }
      this.#pendingBytes -= chunk.length;
      const isSpare = chunk.bytes.length === this.#chunkBytes;
      if (isSpare && this.#spare.length < SPARE_CHUNKS_MAX) this.#spare.push(chunk.bytes);
    }
    this.#writing = undefined;
  }

  async #writeFrame(frame: Uint8Array): Promise<void> {
    if (this.#fileBytes >= this.#options.rotateBytes) await this.#closeFile();
    if (this.#file === undefined) {
      this.#file = await this.#openFile();
      await this.#append(this.#file, await compress(`${CAPTURE_HEADER}\n`, ZSTD_OPTIONS));
    }
    await this.#append(this.#file, frame);
  }

  async #append(file: FileHandle, bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done);
      done += bytesWritten;
      this.#fileBytes += bytesWritten;
      this.#length += bytesWritten;
    }
  }

  async #openFile(): Promise<FileHandle> {
    const { dir, venue, startedUs } = this.#options;
    await mkdir(dir, { recursive: true });
    const start = formatUs(startedUs).slice(0, 19).replace(/[-:]/g, '').replace(' ', 'T');
    for (;;) {
      const number = String(this.#fileNumber++).padStart(4, '0');
      const path = join(dir, `${venue}-${start}Z-${number}.cap.zst`);
      try {
        const file = await open(path, 'wx');
        this.#path = path;
        return file;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#fileBytes = 0;
    await file?.close();
  }

  #lose(lines: number, message: string): void {
    this.#lost += lines;
    if (!this.#isLosing) this.#options.onProblem?.(message);
    this.#isLosing = true;
    this.#isFailing = true;
  }
}
