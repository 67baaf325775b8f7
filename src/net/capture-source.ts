/**
 * The bytes of a capture file, plain, gzip or zstd by the end of its name, in bounded memory. A
 * file that was cut off gives all it still holds and then says so in `problem`. Used by
 * `CaptureReader`.
 */
import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { errorText } from '../base/errors.ts';
import { ZstdFrames } from './capture-zstd.ts';

/** Compressed bytes at a time; what they become waits in memory until it is read. */
const INPUT_BYTES = 64 * 1024;

export interface CaptureSource {
  /** Why the bytes ended before the file's content did; '' when they did not. */
  readonly problem: string;
  /** Fills `target` from its start; 0 only at the end. */
  read(target: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

/** Rejects with the system's error when the file cannot be opened. */
export async function openCaptureSource(path: string): Promise<CaptureSource> {
  const file = await open(path, 'r');
  if (path.endsWith('.gz')) return new CompressedSource(file, createGunzip());
  if (path.endsWith('.zst')) {
    return new CompressedSource(file, createZstdDecompress(), new ZstdFrames());
  }
  return new PlainSource(file);
}

class PlainSource implements CaptureSource {
  readonly problem = '';
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async read(target: Uint8Array): Promise<number> {
    return (await this.#file.read(target, 0, target.length)).bytesRead;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

class CompressedSource implements CaptureSource {
  problem = '';
  readonly #file: FileHandle;
  readonly #engine: Gunzip | ZstdDecompress;
  readonly #frames: ZstdFrames | undefined;
  readonly #input = new Uint8Array(INPUT_BYTES);
  /** Decompressed and not yet read. */
  readonly #output: Uint8Array[] = [];
  #isEnded = false;
  #inputLength = 0;
  /** Ends the wait for the engine, which does not call back for input that it cannot take. */
  #settle: () => void = () => undefined;

  constructor(file: FileHandle, engine: Gunzip | ZstdDecompress, frames?: ZstdFrames) {
    this.#file = file;
    this.#engine = engine;
    this.#frames = frames;
    // Flowing mode: an error of the engine would throw away what waits in a paused stream.
    engine.on('data', (bytes: Uint8Array) => this.#output.push(bytes));
    engine.on('error', (error) => {
      this.problem = errorText(error);
      this.#settle();
    });
  }

  async read(target: Uint8Array): Promise<number> {
    while (this.#output.length === 0 && !this.#isEnded) await this.#pump();
    let done = 0;
    while (done < target.length) {
      const bytes = this.#output[0];
      if (bytes === undefined) break;
      const taken = Math.min(bytes.length, target.length - done);
      target.set(taken === bytes.length ? bytes : bytes.subarray(0, taken), done);
      done += taken;
      if (taken === bytes.length) this.#output.shift();
      else this.#output[0] = bytes.subarray(taken);
    }
    return done;
  }

  async close(): Promise<void> {
    this.#engine.destroy();
    await this.#file.close();
  }

  async #pump(): Promise<void> {
    const { bytesRead } = await this.#file.read(this.#input, 0, this.#input.length);
    if (bytesRead === 0) {
      await this.#finish();
      return;
    }
    this.#inputLength += bytesRead;
    const input = this.#input.subarray(0, bytesRead);
    // Frame by frame: the engine would throw away what came before a damaged one in the same write.
    for (let start = 0; start < bytesRead && this.problem === ''; ) {
      const end = this.#frames?.walk(input, start) ?? bytesRead;
      await this.#feed(input.subarray(start, end));
      start = end;
    }
    if (this.problem !== '') this.#isEnded = true;
  }

  #feed(input: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#engine.write(input, () => resolve());
    });
  }

  async #finish(): Promise<void> {
    this.#isEnded = true;
    // An empty file is what a kill right after its creation leaves; gunzip would call it an error.
    if (this.#inputLength === 0 || this.problem !== '') return;
    const ended = once(this.#engine, 'end').catch(() => undefined);
    this.#engine.end();
    await ended;
    if (this.problem !== '' || this.#frames === undefined || this.#frames.isWhole) return;
    this.problem = 'the last zstd frame is cut off';
  }
}
