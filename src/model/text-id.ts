/**
 * A trade id that is no number, as the words of its bytes: read from a frame, looked up and written
 * into a record without a string. Reused: whoever keeps an id takes it before the next is read.
 *
 * Words are little-endian and zero behind the id; only the first `wordCount` of them count.
 */
import { TRADE_ID_LENGTH_MAX } from './record-layout.ts';

const WORD_LENGTH = 4;
const SEED = 0x811c9dc5;
/** A multiplier of MurmurHash3's last step. */
const MIX = 0x85ebca6b;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class TextId {
  readonly words = new Int32Array(TRADE_ID_LENGTH_MAX / WORD_LENGTH);
  readonly #bytes = new Uint8Array(this.words.buffer);
  /** Bytes; 0: no id. */
  length = 0;
  /** Of all bytes: ids of one venue may begin alike, or end alike. */
  hash = SEED;

  static of(text: string): TextId {
    const id = new TextId();
    id.set(text);
    return id;
  }

  get wordCount(): number {
    return (this.length + WORD_LENGTH - 1) >> 2;
  }

  /** The bytes [from, to); what is longer than a record's id is cut. */
  read(bytes: Uint8Array, from: number, to: number): void {
    const { words } = this;
    const length = Math.min(to - from, TRADE_ID_LENGTH_MAX);
    const whole = length >> 2;
    let hash = SEED;
    let at = from;
    for (let i = 0; i < whole; i += 1) {
      const word =
        (bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24);
      words[i] = word;
      hash = mix(hash, word);
      at += WORD_LENGTH;
    }
    const end = from + length;
    if (at < end) {
      let word = 0;
      for (let shift = 0; at < end; at += 1, shift += 8) word |= (bytes[at] as number) << shift;
      words[whole] = word;
      hash = mix(hash, word);
    }
    this.length = length;
    this.hash = mix(hash, length);
  }

  /** An id of more bytes than a record's is cut before the character that is too much. */
  set(text: string): void {
    this.read(this.#bytes, 0, encoder.encodeInto(text, this.#bytes).written);
  }

  clear(): void {
    this.length = 0;
    this.hash = SEED;
  }

  toString(): string {
    return decoder.decode(this.#bytes.subarray(0, this.length));
  }
}

function mix(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, MIX);
  // The low bits of a product are those of low bits alone.
  return product ^ (product >>> 15);
}
