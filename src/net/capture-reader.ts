/**
 * Reads capture files (format 1) in bounded memory. Used by `replay` and tests.
 *
 * ```ts
 * const reader = await CaptureReader.open(path);
 * while (await reader.load()) {
 *   for (let event = reader.next(); event !== undefined; event = reader.next()) use(event);
 * }
 * await reader.close(); // reader.report says what was wrong
 * ```
 *
 * The event is one reused object; it and its payload hold until the next call of `next` or `load`.
 * A torn end (last line or compressed frame cut off) is no error: what is whole is given, and the
 * report says so. Lines that are not of the format are counted and passed over.
 */
import { EngineError } from '../base/errors.ts';
import { CAPTURE_HEADER, type CaptureKind } from './capture-format.ts';
import { type CaptureSource, openCaptureSource } from './capture-source.ts';

export class CaptureEvent {
  recvUs = 0;
  feed = '';
  connection = 0;
  kind: CaptureKind = 'text';
  /** The frame's bytes; of `bin` decoded from Base64. */
  payload: Uint8Array = EMPTY;

  /** The payload as text; decoded on each call. */
  text(): string {
    return decoder.decode(this.payload);
  }
}

export interface CaptureReport {
  readonly path: string;
  events: number;
  lines: number;
  malformed: number;
  /** Numbers (from 1) of the first malformed lines. */
  readonly malformedLines: number[];
  /** Why the file ended early, '' when it did not. */
  torn: string;
}

const EMPTY = new Uint8Array(0);
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const BLOCK_BYTES = 1 << 20;
/** A line longer than this is malformed. */
const LINE_BYTES_MAX = 256 << 20;
const MALFORMED_LINES_MAX = 10;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const DIGIT_ZERO = 48;

interface Origin {
  readonly token: Uint8Array;
  readonly feed: string;
  readonly connection: number;
}

export class CaptureReader {
  readonly report: CaptureReport;
  readonly #source: CaptureSource;
  readonly #event = new CaptureEvent();
  /** `<feed>#<connection>` seen so far, so that their texts are made once. */
  readonly #origins: Origin[] = [];
  #origin: Origin = { token: EMPTY, feed: '', connection: 0 };
  #bytes = Buffer.alloc(BLOCK_BYTES);
  /** The same memory: payloads are cut from it, as `slice` of a Buffer would not copy. */
  #view = viewOf(this.#bytes);
  /** Lines not yet given are in [#from, #to). */
  #from = 0;
  #to = 0;
  #isHeaderRead = false;
  #isSkipping = false;

  private constructor(path: string, source: CaptureSource) {
    this.#source = source;
    this.report = { path, events: 0, lines: 0, malformed: 0, malformedLines: [], torn: '' };
  }

  /** Rejects with an EngineError `capture_open` when the file cannot be read. */
  static async open(path: string): Promise<CaptureReader> {
    try {
      return new CaptureReader(path, await openCaptureSource(path));
    } catch (cause) {
      const message = `cannot open the capture ${path}`;
      throw new EngineError(message, { code: 'capture_open', retry: 'fatal', cause });
    }
  }

  /**
   * Reads the next block; false at the end of the file. Rejects with an EngineError
   * `capture_format` when the file does not begin with the header of this format.
   */
  async load(): Promise<boolean> {
    this.#makeRoom();
    const read = await this.#source.read(this.#bytes.subarray(this.#to));
    if (read === 0) {
      this.#onEnd();
      return false;
    }
    this.#to += read;
    if (!this.#isHeaderRead) this.#readHeader();
    return true;
  }

  /** The next event of the block, undefined when it holds no more. */
  next(): CaptureEvent | undefined {
    if (!this.#isHeaderRead) return undefined;
    for (;;) {
      const end = this.#bytes.indexOf(NEWLINE, this.#from);
      if (end < 0 || end >= this.#to) return undefined;
      const start = this.#from;
      this.#from = end + 1;
      this.report.lines += 1;
      if (this.#isSkipping) this.#isSkipping = false;
      else if (this.#parseLine(start, this.#bytes[end - 1] === RETURN ? end - 1 : end)) {
        this.report.events += 1;
        return this.#event;
      } else if (this.#isHeader(start, end)) continue;
      this.#onMalformed();
    }
  }

  async close(): Promise<void> {
    await this.#source.close();
  }

  #makeRoom(): void {
    const length = this.#to - this.#from;
    if (length === this.#bytes.length) {
      if (length >= LINE_BYTES_MAX) {
        // The rest of this line is passed over up to its end.
        this.#isSkipping = true;
        this.#from = this.#to;
        this.#makeRoom();
        return;
      }
      const larger = Buffer.alloc(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = viewOf(larger);
    } else if (this.#from > 0) {
      this.#bytes.copyWithin(0, this.#from, this.#to);
      this.#from = 0;
      this.#to = length;
    }
  }

  #onEnd(): void {
    this.report.torn = this.#source.problem;
    if (this.report.torn === '' && (this.#to > this.#from || !this.#isHeaderRead)) {
      this.report.torn = 'the last line is cut off';
    }
    if (!this.#isHeaderRead) this.#checkHeaderStart();
  }

  #readHeader(): void {
    const end = this.#bytes.indexOf(NEWLINE);
    if (end < 0 || end >= this.#to) {
      this.#checkHeaderStart();
      return;
    }
    if (!this.#isHeader(0, end)) throw this.#headerError();
    this.#isHeaderRead = true;
    this.#from = end + 1;
    this.report.lines = 1;
  }

  /** A header that is cut off is a torn file; anything else in its place is no capture. */
  #checkHeaderStart(): void {
    const start = this.#bytes.toString('latin1', 0, Math.min(this.#to, CAPTURE_HEADER.length + 2));
    if (!`${CAPTURE_HEADER}\r`.startsWith(start)) throw this.#headerError();
  }

  #headerError(): EngineError {
    const start = JSON.stringify(this.#bytes.toString('utf8', 0, Math.min(this.#to, 40)));
    const found = `it begins with ${start}, not "${CAPTURE_HEADER}"`;
    return new EngineError(`${this.report.path} is no capture: ${found}`, {
      code: 'capture_format',
      retry: 'fatal',
    });
  }

  /** Captures that were joined have the header in their middle too. */
  #isHeader(start: number, end: number): boolean {
    const trimmed = end > start && this.#bytes[end - 1] === RETURN ? end - 1 : end;
    if (trimmed - start !== CAPTURE_HEADER.length) return false;
    return this.#bytes.toString('latin1', start, trimmed) === CAPTURE_HEADER;
  }

  #onMalformed(): void {
    const { report } = this;
    report.malformed += 1;
    if (report.malformedLines.length < MALFORMED_LINES_MAX)
      report.malformedLines.push(report.lines);
  }

  #parseLine(start: number, end: number): boolean {
    const bytes = this.#bytes;
    let i = start;
    let recvUs = 0;
    for (; i < end; i += 1) {
      const digit = (bytes[i] as number) - DIGIT_ZERO;
      if (digit < 0 || digit > 9) break;
      recvUs = recvUs * 10 + digit;
    }
    if (i === start || i - start > 16 || bytes[i] !== SPACE) return false;
    const originEnd = bytes.indexOf(SPACE, i + 1);
    if (originEnd < 0 || originEnd >= end) return false;
    const origin = this.#originAt(i + 1, originEnd);
    const kind = origin === undefined ? undefined : kindAt(bytes, originEnd + 1);
    if (origin === undefined || kind === undefined) return false;
    const kindEnd = originEnd + 1 + kind.length;
    if (kindEnd > end || (kindEnd < end && bytes[kindEnd] !== SPACE)) return false;
    const payload = this.#payload(kind, Math.min(kindEnd + 1, end), end);
    if (payload === undefined) return false;
    const event = this.#event;
    event.recvUs = recvUs;
    event.feed = origin.feed;
    event.connection = origin.connection;
    event.kind = kind;
    event.payload = payload;
    return true;
  }

  #payload(kind: CaptureKind, start: number, end: number): Uint8Array | undefined {
    if (kind !== 'bin') return this.#view.subarray(start, end);
    try {
      return Uint8Array.fromBase64(this.#bytes.toString('latin1', start, end));
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  #originAt(start: number, end: number): Origin | undefined {
    if (this.#isToken(this.#origin.token, start, end)) return this.#origin;
    const known = this.#origins.find((origin) => this.#isToken(origin.token, start, end));
    const origin = known ?? parseOrigin(this.#view.slice(start, end));
    if (origin === undefined) return undefined;
    if (known === undefined) this.#origins.push(origin);
    this.#origin = origin;
    return origin;
  }

  #isToken(token: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (length !== token.length || length === 0) return false;
    const bytes = this.#bytes;
    // From the end: connections differ there, and it is where tokens of one feed differ.
    for (let i = length - 1; i >= 0; i -= 1) if (bytes[start + i] !== token[i]) return false;
    return true;
  }
}

/**
 * The events of several files, in the order given. Simple rather than fast: a pause point an event.
 * `onReport` gets each file's report at its end.
 */
export async function* captureEvents(
  paths: readonly string[],
  onReport?: (report: CaptureReport) => void,
): AsyncGenerator<CaptureEvent> {
  for (const path of paths) {
    const reader = await CaptureReader.open(path);
    try {
      while (await reader.load()) {
        for (let event = reader.next(); event !== undefined; event = reader.next()) yield event;
      }
    } finally {
      await reader.close();
    }
    onReport?.(reader.report);
  }
}

function viewOf(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

function parseOrigin(token: Uint8Array): Origin | undefined {
  const match = /^(.+)#(\d{1,15})$/.exec(decoder.decode(token));
  const [, feed, connection] = match ?? [];
  if (feed === undefined) return undefined;
  return { token, feed, connection: Number(connection) };
}

/** The kind whose name stands at `i`; what follows it is the caller's to check. */
function kindAt(bytes: Uint8Array, i: number): CaptureKind | undefined {
  const word =
    ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number);
  const fourth = bytes[i + 3];
  if (word === TEXT) return fourth === 0x74 ? 'text' : undefined;
  if (word === BIN) return 'bin';
  if (word === REST) return fourth === 0x74 ? 'rest' : undefined;
  if (word === SENT) return fourth === 0x74 ? 'sent' : undefined;
  if (word === OPEN) return fourth === 0x6e ? 'open' : undefined;
  if (word === CLOSE) return fourth === 0x73 && bytes[i + 4] === 0x65 ? 'close' : undefined;
  return undefined;
}

/** First three letters of each kind as one number. */
const TEXT = 0x746578;
const BIN = 0x62696e;
const REST = 0x726573;
const SENT = 0x73656e;
const OPEN = 0x6f7065;
const CLOSE = 0x636c6f;
