/**
 * What a WebSocket server sends, cut into messages (RFC 6455, section 5). Bytes come as the kernel
 * hands them out, many frames at once or a part of one; a message is told by where it lies in them,
 * so that a frame costs no object and no copy. Only what a chunk's end cuts off is kept, and
 * fragments are put together.
 *
 * Texts are not checked for UTF-8: who decodes them does.
 */
import { Opcode } from './opcode.ts';

export interface MessageEvents {
  /** One message, `bytes[from..to)`, valid until this returns. */
  onMessage(isText: boolean, bytes: Buffer, from: number, to: number): void;
  onPing(payload: Uint8Array): void;
  onClose(code: number, reason: string): void;
}

/** Close codes of RFC 6455, section 7.4.1, that a client says to a server that broke the rules. */
export const PROTOCOL_ERROR = 1002;
export const TOO_LARGE = 1009;
/** A close frame without a code. */
export const NO_CODE = 1005;

/** The longest message taken, in bytes; no venue's snapshot comes near it. */
export const MESSAGE_LENGTH_MAX = 64 << 20;
const HEADER_LENGTH_MAX = 10;
const CONTROL_LENGTH_MAX = 125;

export class MessageReader {
  readonly #events: MessageEvents;
  /** The beginning of a frame whose end has not come yet. */
  #held: Buffer = Buffer.allocUnsafe(1 << 12);
  #heldLength = 0;
  /** Fragments of a message under way. */
  #message: Buffer = Buffer.alloc(0);
  #messageLength = 0;
  #messageOpcode = 0;
  #isStopped = false;
  /** Of the frame that `#measure` looked at: length of its header, and of all of it. */
  #headerLength = 0;
  #frameLength = 0;

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  /** Nothing is told from now on, not even the rest of a chunk under way. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Returns 0, or the close code for a server that broke the protocol: the last thing it told. */
  take(chunk: Buffer): number {
    let at = 0;
    if (this.#heldLength > 0) {
      at = this.#complete(chunk);
      if (this.#heldLength > 0) return 0;
      if (at < 0) return this.#fail(-at);
    }
    while (!this.#isStopped && at < chunk.length) {
      const code = this.#measure(chunk, at, chunk.length);
      if (code !== 0) return this.#fail(code);
      if (this.#frameLength === 0 || at + this.#frameLength > chunk.length) {
        this.#hold(chunk, at, chunk.length);
        return 0;
      }
      const fault = this.#frame(chunk, at);
      if (fault !== 0) return this.#fail(fault);
      at += this.#frameLength;
    }
    return 0;
  }

  #fail(code: number): number {
    if (this.#isStopped) return 0;
    this.#isStopped = true;
    return code;
  }

  /**
   * Goes on with the frame that is held. Returns how much of the chunk it took, or the negated
   * close code; the frame is held still when the chunk did not end it.
   */
  #complete(chunk: Buffer): number {
    let taken = 0;
    for (;;) {
      const code = this.#measure(this.#held, 0, this.#heldLength);
      if (code !== 0) {
        this.#heldLength = 0;
        return -code;
      }
      const wanted = this.#frameLength === 0 ? this.#heldLength + 1 : this.#frameLength;
      const missing = wanted - this.#heldLength;
      if (missing <= 0) break;
      if (taken === chunk.length) return taken;
      const part = Math.min(missing, chunk.length - taken);
      this.#hold(chunk, taken, taken + part);
      taken += part;
    }
    const frame = this.#held;
    this.#heldLength = 0;
    const code = this.#frame(frame, 0);
    return code === 0 ? taken : -code;
  }

  #hold(chunk: Buffer, from: number, to: number): void {
    const length = this.#heldLength + to - from;
    // A long frame makes room for itself at once, so that its parts are not copied over and over.
    const wanted = Math.max(length, this.#frameLength);
    if (wanted > this.#held.length) this.#held = grown(this.#held, this.#heldLength, wanted);
    chunk.copy(this.#held, this.#heldLength, from, to);
    this.#heldLength = length;
  }

  /** Reads a header: sets the lengths (0: cut off) and returns 0, or a close code. */
  #measure(bytes: Buffer, at: number, end: number): number {
    this.#frameLength = 0;
    if (at + 2 > end) return 0;
    const short = bytes[at + 1] as number;
    // Only clients mask; the extensions that use the reserved bits were not asked for.
    if ((short & 0x80) !== 0 || ((bytes[at] as number) & 0x70) !== 0) return PROTOCOL_ERROR;
    let length = short;
    let header = 2;
    if (short === 126) {
      if (at + 4 > end) return 0;
      length = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
      header = 4;
    } else if (short === 127) {
      if (at + HEADER_LENGTH_MAX > end) return 0;
      length = bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6);
      header = HEADER_LENGTH_MAX;
    }
    if (length > MESSAGE_LENGTH_MAX) return TOO_LARGE;
    this.#headerLength = header;
    this.#frameLength = header + length;
    return 0;
  }

  /** Takes the whole frame at `at`, as `#measure` found it. */
  #frame(bytes: Buffer, at: number): number {
    const first = bytes[at] as number;
    const from = at + this.#headerLength;
    const to = at + this.#frameLength;
    if (first === Opcode.wholeText) {
      if (this.#messageOpcode !== 0) return PROTOCOL_ERROR;
      this.#events.onMessage(true, bytes, from, to);
      return 0;
    }
    const opcode = first & 0x0f;
    const isFinal = (first & Opcode.final) !== 0;
    if (opcode >= Opcode.close) return this.#control(opcode, isFinal, bytes, from, to);
    return this.#fragment(opcode, isFinal, bytes, from, to);
  }

  #fragment(opcode: number, isFinal: boolean, bytes: Buffer, from: number, to: number): number {
    const isFirst = opcode !== Opcode.continuation;
    // A message begins where none is under way, and goes on where one is.
    if (opcode > Opcode.binary || isFirst === (this.#messageOpcode !== 0)) return PROTOCOL_ERROR;
    if (isFirst && isFinal) {
      this.#events.onMessage(false, bytes, from, to);
      return 0;
    }
    if (isFirst) this.#messageOpcode = opcode;
    const length = this.#messageLength + to - from;
    if (length > MESSAGE_LENGTH_MAX) return TOO_LARGE;
    if (length > this.#message.length) {
      this.#message = grown(this.#message, this.#messageLength, length);
    }
    bytes.copy(this.#message, this.#messageLength, from, to);
    this.#messageLength = length;
    if (!isFinal) return 0;
    const isText = this.#messageOpcode === Opcode.text;
    this.#messageOpcode = 0;
    this.#messageLength = 0;
    this.#events.onMessage(isText, this.#message, 0, length);
    return 0;
  }

  #control(opcode: number, isFinal: boolean, bytes: Buffer, from: number, to: number): number {
    if (!isFinal || to - from > CONTROL_LENGTH_MAX) return PROTOCOL_ERROR;
    if (opcode === Opcode.ping) this.#events.onPing(bytes.subarray(from, to));
    else if (opcode === Opcode.close) return this.#close(bytes, from, to);
    else if (opcode !== Opcode.pong) return PROTOCOL_ERROR;
    return 0;
  }

  #close(bytes: Buffer, from: number, to: number): number {
    if (to - from === 1) return PROTOCOL_ERROR;
    const code = to === from ? NO_CODE : bytes.readUInt16BE(from);
    this.#isStopped = true;
    this.#events.onClose(code, bytes.toString('utf8', Math.min(from + 2, to), to));
    return 0;
  }
}

function grown(old: Buffer, length: number, wanted: number): Buffer {
  const bytes = Buffer.allocUnsafe(Math.max(wanted, 2 * old.length));
  old.copy(bytes, 0, 0, length);
  return bytes;
}
