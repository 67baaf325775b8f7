/**
 * Walks the structure of zstd frames (RFC 8878, section 3.1) without decompressing, to know
 * whether a file ends with a whole frame: the decompressor ends a torn one in silence. Used by the
 * capture source.
 *
 * ```text
 *  magic 4 │ descriptor 1 │ window 0-1 │ dictionary 0-4 │ content size 0-8
 *  blocks: header 3, content … │ checksum 0 or 4
 * ```
 */

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const DICTIONARY_LENGTHS = [0, 1, 2, 4] as const;
const CONTENT_SIZE_LENGTHS = [0, 2, 4, 8] as const;
const BLOCK_RLE = 1;

type Step = 'magic' | 'descriptor' | 'block' | 'skippable' | 'content' | 'bad';

export class ZstdFrames {
  #step: Step = 'magic';
  /** Bytes to pass over before the next field. */
  #skip = 0;
  /** The field being read, little-endian. */
  #value = 0;
  #have = 0;
  #hasChecksum = false;
  /** Frames whose last field was read; their content may still have to be passed over. */
  #whole = 0;

  /** True when the bytes so far are whole frames only. */
  get isWhole(): boolean {
    return this.#step === 'magic' && this.#have === 0 && this.#skip === 0;
  }

  /**
   * Walks on from `bytes[start]`; returns the index after the frame's end or after all bytes. What
   * is no frame is passed over whole: the decompressor says what is wrong with it.
   */
  walk(bytes: Uint8Array, start: number): number {
    const frames = this.#whole;
    let i = start;
    while (i < bytes.length && this.#step !== 'bad') {
      if (this.#whole > frames && this.#skip === 0) return i;
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, bytes.length - i);
        this.#skip -= passed;
        i += passed;
      } else {
        this.#value += (bytes[i] as number) * 2 ** (8 * this.#have);
        this.#have += 1;
        i += 1;
        if (this.#have === fieldLength(this.#step)) this.#onField(this.#value);
      }
    }
    return this.#step === 'bad' ? bytes.length : i;
  }

  #onField(value: number): void {
    this.#value = 0;
    this.#have = 0;
    if (this.#step === 'magic') this.#onMagic(value);
    else if (this.#step === 'descriptor') this.#onDescriptor(value);
    else if (this.#step === 'block') this.#onBlock(value);
    else if (this.#step === 'skippable') this.#endFrame(value);
  }

  #onMagic(value: number): void {
    if (value === MAGIC) this.#step = 'descriptor';
    else if (value - (value % 16) === SKIPPABLE_MAGIC) this.#step = 'skippable';
    else this.#step = 'bad';
  }

  #onDescriptor(value: number): void {
    const isSingleSegment = (value & 0x20) !== 0;
    const sizeFlag = value >> 6;
    const sizeLength =
      sizeFlag === 0 && isSingleSegment ? 1 : (CONTENT_SIZE_LENGTHS[sizeFlag] ?? 0);
    this.#hasChecksum = (value & 0x04) !== 0;
    this.#skip = (isSingleSegment ? 0 : 1) + (DICTIONARY_LENGTHS[value & 3] ?? 0) + sizeLength;
    this.#step = 'block';
  }

  #onBlock(value: number): void {
    const isLast = (value & 1) !== 0;
    const length = ((value >> 1) & 3) === BLOCK_RLE ? 1 : value >> 3;
    if (isLast) this.#endFrame(length + (this.#hasChecksum ? 4 : 0));
    else this.#skip = length;
  }

  #endFrame(rest: number): void {
    this.#step = 'magic';
    this.#skip = rest;
    this.#whole += 1;
  }
}

function fieldLength(step: Step): number {
  if (step === 'descriptor') return 1;
  return step === 'block' ? 3 : 4;
}
