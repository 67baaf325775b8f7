/**
 * Protobuf frames of MEXC spot, taken apart in place: where a field's bytes lie, not what they
 * mean. Over the `Reader` of protobufjs, which knows the wire format; numbers are those of
 * `push.proto`. Used by `decode-spot.ts`.
 *
 * A field we know must have its wire type, one we do not know is passed over by its own; of a field
 * that comes twice the last one counts. Whatever is wrong throws, and `decode-spot.ts` catches it:
 * frames that are none are rare.
 */
import { Reader } from 'protobufjs';

export const WireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Fields of `PushDataV3ApiWrapper`. */
const Wrapper = { channel: 1, symbol: 3, sendTime: 6, firstBody: 301, lastBody: 315 } as const;

const VARINT32_LENGTH_MAX = 5;
const HIGH_UNIT = 2 ** 32;

/** Bytes [from, to) of the frame. */
export interface Span {
  from: number;
  to: number;
}

/** Thrown for bytes that are no frame of ours. */
export class PushFrameError extends Error {}

export class PushFrame {
  readonly channel: Span = { from: 0, to: 0 };
  /** Empty when the frame names none. */
  readonly symbol: Span = { from: 0, to: 0 };
  readonly body: Span = { from: 0, to: 0 };
  /** Field number of the body, 0 when there is none. */
  bodyField = 0;
  /** When the venue sent it, ms; NaN when it does not say. */
  sentMs = Number.NaN;
  readonly reader: Reader = Reader.create(new Uint8Array(0));

  /** Takes the wrapper of `frame[0..length)` apart. */
  open(frame: Uint8Array, length: number): void {
    const { reader } = this;
    reader.buf = frame;
    reader.pos = 0;
    reader.len = length;
    this.bodyField = 0;
    this.sentMs = Number.NaN;
    empty(this.channel);
    empty(this.symbol);
    while (reader.pos < length) this.#takeField();
  }

  /** Where the string or message that starts here lies; the reader goes behind it. */
  span(out: Span): void {
    const { reader } = this;
    const length = this.varint32();
    out.from = reader.pos;
    reader.skip(length);
    out.to = reader.pos;
  }

  /** A varint of at most 32 bits; longer ones are none of ours. */
  varint32(): number {
    const { reader } = this;
    const from = reader.pos;
    const value = reader.uint32();
    if (reader.pos - from > VARINT32_LENGTH_MAX) throw new PushFrameError('varint too long');
    return value;
  }

  /** An int64 as a number: the times of this venue are far below 2^53. */
  int64(): number {
    const { reader } = this;
    const value = reader.int64();
    // The reader takes a varint that ends with its bytes on trust.
    const isWhole = reader.pos <= reader.len && ((reader.buf[reader.pos - 1] ?? 128) & 128) === 0;
    if (!isWhole) throw new PushFrameError('varint cut short');
    const number = typeof value === 'number' ? value : value.high * HIGH_UNIT + (value.low >>> 0);
    if (!Number.isSafeInteger(number)) throw new PushFrameError('integer too large');
    return number;
  }

  /** Passes over a field we do not know. */
  skip(wireType: number): void {
    const { reader } = this;
    if (wireType === WireType.bytes) reader.skip(this.varint32());
    else if (wireType === WireType.varint) reader.skip();
    else if (wireType === WireType.fixed64) reader.skip(8);
    else if (wireType === WireType.fixed32) reader.skip(4);
    else throw new PushFrameError(`wire type ${wireType}`);
  }

  /** Number and wire type of the next field, as `number << 3 | type`. */
  tag(): number {
    const tag = this.varint32();
    if (tag < 8) throw new PushFrameError('field 0');
    return tag;
  }

  #takeField(): void {
    const tag = this.tag();
    const field = tag >>> 3;
    const wireType = tag & 7;
    if (field === Wrapper.sendTime) {
      expect(wireType, WireType.varint);
      this.sentMs = this.int64();
      if (this.sentMs < 0) throw new PushFrameError('time before 1970');
    } else if (field === Wrapper.channel || field === Wrapper.symbol) {
      expect(wireType, WireType.bytes);
      this.span(field === Wrapper.channel ? this.channel : this.symbol);
    } else if (field >= Wrapper.firstBody && field <= Wrapper.lastBody) {
      expect(wireType, WireType.bytes);
      if (this.bodyField !== 0) throw new PushFrameError('two bodies');
      this.bodyField = field;
      this.span(this.body);
    } else this.skip(wireType);
  }
}

export function expect(wireType: number, wanted: number): void {
  if (wireType !== wanted) throw new PushFrameError(`wire type ${wireType} for ${wanted}`);
}

function empty(span: Span): void {
  span.from = 0;
  span.to = 0;
}
