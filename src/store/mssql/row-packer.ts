/**
 * Rows of a bulk load, encoded as they go over the wire, back to back in one buffer. Nothing is
 * allocated a row or a value: the driver's own encoding makes a Buffer of each value's length and
 * another of the value, which costs more than all else together.
 *
 * A row is its token and then each column's value, in the order of the columns.
 */

const ROW_TOKEN = 0xd1;
const TWO_32 = 4_294_967_296;
const DAY_US = 86_400_000_000;
/** Days from 0001-01-01, which DATETIME2 counts from, to 1970-01-01. */
const EPOCH_DAYS = 719_162;
const LENGTH_START = 1 << 16;
/** More than any value but a text takes. */
const VALUE_LENGTH_MAX = 16;

export class RowPacker {
  count = 0;
  #bytes: Buffer = Buffer.allocUnsafeSlow(LENGTH_START);
  #view: DataView = viewOf(this.#bytes);
  #length = 0;
  /** Where slices begin, without their first row's token. */
  #cuts: number[] = [];
  /** From this length on the next row begins a slice. */
  #nextCut = 0;
  readonly #sliceLength: number;

  /** `sliceLength`: bytes after which the next row begins a new slice. */
  constructor(sliceLength: number) {
    this.#sliceLength = sliceLength;
  }

  /** Bytes in use. */
  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.count = 0;
    this.#length = 0;
    this.#cuts = [];
    this.#nextCut = 0;
  }

  beginRow(): void {
    this.#reserve(1);
    if (this.#length >= this.#nextCut) {
      this.#nextCut = this.#length + this.#sliceLength;
      this.#cuts.push(this.#length + 1);
    }
    this.#bytes[this.#length] = ROW_TOKEN;
    this.#length += 1;
    this.count += 1;
  }

  /** Slices of whole rows, each without the token of its first row, which the driver writes. */
  slices(): Buffer[] {
    return this.#cuts.map((start, i) => {
      const next = this.#cuts[i + 1];
      return this.#bytes.subarray(start, next === undefined ? this.#length : next - 1);
    });
  }

  null(): void {
    this.#reserve(1);
    this.#bytes[this.#length] = 0;
    this.#length += 1;
  }

  tinyint(value: number): void {
    this.#reserve(VALUE_LENGTH_MAX);
    this.#bytes[this.#length] = 1;
    this.#bytes[this.#length + 1] = value;
    this.#length += 2;
  }

  smallint(value: number): void {
    this.#reserve(VALUE_LENGTH_MAX);
    this.#bytes[this.#length] = 2;
    this.#view.setInt16(this.#length + 1, value, true);
    this.#length += 3;
  }

  int(value: number): void {
    this.#reserve(VALUE_LENGTH_MAX);
    this.#bytes[this.#length] = 4;
    this.#view.setInt32(this.#length + 1, value, true);
    this.#length += 5;
  }

  /** A whole number up to ±2^53. */
  bigint(value: number): void {
    this.#reserve(VALUE_LENGTH_MAX);
    const at = this.#length;
    const high = Math.floor(value / TWO_32);
    this.#bytes[at] = 8;
    this.#view.setUint32(at + 1, value - high * TWO_32, true);
    this.#view.setInt32(at + 5, high, true);
    this.#length = at + 9;
  }

  /** NaN is NULL. */
  bigintOrNull(value: number): void {
    if (Number.isNaN(value)) this.null();
    else this.bigint(value);
  }

  float(value: number): void {
    this.#reserve(VALUE_LENGTH_MAX);
    this.#bytes[this.#length] = 8;
    this.#view.setFloat64(this.#length + 1, value, true);
    this.#length += 9;
  }

  /** NaN is NULL. */
  floatOrNull(value: number): void {
    if (Number.isNaN(value)) this.null();
    else this.float(value);
  }

  /** µs since the Unix epoch as DATETIME2(6): µs of the day in 5 bytes, days in 3. */
  time(us: number): void {
    this.#reserve(VALUE_LENGTH_MAX);
    const at = this.#length;
    const days = Math.floor(us / DAY_US);
    const rest = us - days * DAY_US;
    const high = Math.floor(rest / TWO_32);
    this.#bytes[at] = 8;
    this.#view.setUint32(at + 1, rest - high * TWO_32, true);
    // The day's bytes lie above the fifth byte of the time.
    this.#view.setUint32(at + 5, high + (days + EPOCH_DAYS) * 256, true);
    this.#length = at + 9;
  }

  /** Unicode text; the caller has checked its length. */
  text(value: string): void {
    const length = value.length * 2;
    this.#reserve(length + 2);
    let at = this.#length;
    this.#view.setUint16(at, length, true);
    at += 2;
    for (let i = 0; i < value.length; i += 1, at += 2) {
      this.#view.setUint16(at, value.charCodeAt(i), true);
    }
    this.#length = at;
  }

  /** Unicode text of any length, or NULL: its length, one chunk, the end mark. */
  long(value: string | null): void {
    const length = value === null ? 0 : value.length * 2;
    this.#reserve(length + VALUE_LENGTH_MAX);
    if (value === null) {
      this.#bytes.fill(0xff, this.#length, this.#length + 8);
      this.#length += 8;
      return;
    }
    this.#lengths(length);
    if (length > 0) this.#length += this.#bytes.write(value, this.#length, 'utf16le');
    this.#endChunks();
  }

  /** ASCII text of any length. */
  json(value: string): void {
    this.#reserve(value.length + VALUE_LENGTH_MAX);
    this.#lengths(value.length);
    if (value.length > 0) this.#length += this.#bytes.write(value, this.#length, 'latin1');
    this.#endChunks();
  }

  /** The whole length of a text, then that of its only chunk. */
  #lengths(length: number): void {
    this.#view.setUint32(this.#length, length, true);
    this.#view.setUint32(this.#length + 4, 0, true);
    if (length > 0) this.#view.setUint32(this.#length + 8, length, true);
    this.#length += length > 0 ? 12 : 8;
  }

  #endChunks(): void {
    this.#view.setUint32(this.#length, 0, true);
    this.#length += 4;
  }

  #reserve(length: number): void {
    if (this.#length + length <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(
      2 ** Math.ceil(Math.log2(this.#length + length + LENGTH_START)),
    );
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
