/**
 * CopyData messages in PostgreSQL's binary COPY format, built up in a buffer that is used again: no
 * object a row. A row is `begin` and then its fields in the order of the columns; what is there may
 * be cut off and sent while the next rows are encoded.
 */

const MESSAGE_HEAD_LENGTH = 5;
const COPY_DATA = 0x64;
/** `PGCOPY\n\xff\r\n\0`, flags, length of the extension. */
const SIGNATURE = [80, 71, 67, 79, 80, 89, 10, 255, 13, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const FIRST_LENGTH = 1 << 20;
const WORD = 2 ** 32;
/** Microseconds from 1970 to 2000, where PostgreSQL counts from. */
const EPOCH_US = 946_684_800_000_000;
const NULL = -1;

const encoder = new TextEncoder();

export class CopyBuffer {
  #bytes = new Uint8Array(FIRST_LENGTH);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  /** Where the message under way begins. */
  #messageAt = 0;

  /** Starts anew. */
  start(): void {
    this.#at = 0;
    this.#openMessage();
    this.#bytes.set(SIGNATURE, this.#at);
    this.#at += SIGNATURE.length;
  }

  /** What was encoded since the last cut, as one message; valid until `start`. */
  cut(): Uint8Array {
    const message = this.#closeMessage();
    this.#reserve(MESSAGE_HEAD_LENGTH);
    this.#openMessage();
    return message;
  }

  /** The last message, valid until `start`. */
  finish(): Uint8Array {
    this.#reserve(2);
    this.#view.setInt16(this.#at, NULL);
    this.#at += 2;
    return this.#closeMessage();
  }

  /** A row of `fieldCount` fields that take at most `length` bytes with their heads. */
  begin(fieldCount: number, length: number): void {
    this.#reserve(length + 2);
    this.#view.setInt16(this.#at, fieldCount);
    this.#at += 2;
  }

  null(): void {
    this.#view.setInt32(this.#at, NULL);
    this.#at += 4;
  }

  smallint(value: number): void {
    this.#view.setInt32(this.#at, 2);
    this.#view.setInt16(this.#at + 4, value);
    this.#at += 6;
  }

  integer(value: number): void {
    this.#view.setInt32(this.#at, 4);
    this.#view.setInt32(this.#at + 4, value);
    this.#at += 8;
  }

  /** A safe integer. */
  bigint(value: number): void {
    const high = Math.floor(value / WORD);
    this.#view.setInt32(this.#at, 8);
    this.#view.setInt32(this.#at + 4, high);
    this.#view.setUint32(this.#at + 8, value - high * WORD);
    this.#at += 12;
  }

  /** A timestamptz, from microseconds since the Unix epoch. */
  time(us: number): void {
    this.bigint(us - EPOCH_US);
  }

  double(value: number): void {
    this.#view.setInt32(this.#at, 8);
    this.#view.setFloat64(this.#at + 4, value);
    this.#at += 12;
  }

  /** NaN as NULL. */
  doubleOrNull(value: number): void {
    if (Number.isNaN(value)) this.null();
    else this.double(value);
  }

  text(value: string): void {
    this.#reserve(value.length * 3 + 4);
    const target = this.#bytes.subarray(this.#at + 4);
    const { written } = encoder.encodeInto(value, target);
    this.#view.setInt32(this.#at, written);
    this.#at += 4 + written;
  }

  #openMessage(): void {
    this.#messageAt = this.#at;
    this.#bytes[this.#at] = COPY_DATA;
    this.#at += MESSAGE_HEAD_LENGTH;
  }

  #closeMessage(): Uint8Array {
    this.#view.setInt32(this.#messageAt + 1, this.#at - this.#messageAt - 1);
    return this.#bytes.subarray(this.#messageAt, this.#at);
  }

  /** Room for more. Messages that were cut off keep the memory they lie in. */
  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + length));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
