/**
 * Binance frames ready to send: WebSocket framing and JSON are made once, ids and times are written
 * into their digits before each sending. So one thread can send millions a second of frames that a
 * client cannot tell from fresh ones.
 *
 * Invariant: ids of a symbol rise by one a trade; update ids form one unbroken chain that starts
 * after the snapshot `snapshotOf` gives; no book ever crosses.
 */
import { Prng } from '../../src/base/prng.ts';
import type { BlastOptions } from './blast-options.ts';

const SIDE_LEVELS = 20;
const LADDER_LEVELS = 200;
/** Update ids a depth frame covers; quotes carry ids in between, which no book stands at. */
export const IDS_A_DEPTH = 10;
/** Digits of every id and time, so that a frame never changes its length. */
const ID_DIGITS = 10;
const TIME_DIGITS = 16;
const FIRST_ID = 1_000_000_000;
/** Frames of a kind that a symbol has; then they come again, with fresh ids. */
export const ROUNDS = 16;
const ID_HOLE = '0'.repeat(ID_DIGITS);
const TIME_HOLE = '9'.repeat(TIME_DIGITS);
const ZERO = 0x30;

type Kind = 'T' | 'Q' | 'D';

interface Slot {
  readonly kind: Kind;
  readonly symbol: number;
  readonly start: number;
  readonly end: number;
  /** Positions of ids and times in the belt. */
  readonly ids: readonly number[];
  readonly times: readonly number[];
}

export class FrameBelt {
  readonly #bytes: Buffer;
  readonly #slots: readonly Slot[];
  readonly #tradeIds: Float64Array;
  readonly #updateIds: Float64Array;
  readonly #symbols: readonly string[];
  #next = 0;

  constructor({ symbols, mix }: Pick<BlastOptions, 'symbols' | 'mix'>) {
    this.#symbols = symbols;
    this.#tradeIds = new Float64Array(symbols.length).fill(FIRST_ID);
    this.#updateIds = new Float64Array(symbols.length).fill(FIRST_ID);
    const prng = new Prng(5);
    const frames: { kind: Kind; symbol: number; bytes: Buffer }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const kind of mix as Iterable<Kind>) {
        for (const [symbol, name] of symbols.entries()) {
          frames.push({ kind, symbol, bytes: webSocketText(frameText(kind, name, prng)) });
        }
      }
    }
    let start = 0;
    this.#slots = frames.map(({ kind, symbol, bytes }) => {
      const slot = { kind, symbol, start, end: start + bytes.length };
      const found = { ids: holes(bytes, ID_HOLE, start), times: holes(bytes, TIME_HOLE, start) };
      start = slot.end;
      return { ...slot, ...found };
    });
    this.#bytes = Buffer.concat(frames.map(({ bytes }) => bytes));
  }

  /** Kinds of the next `count` frames, which end at the belt's end at the latest. */
  kindAt(offset: number): Kind {
    return (this.#slots[(this.#next + offset) % this.#slots.length] as Slot).kind;
  }

  /** Frames up to the belt's end, at most `wanted`. */
  available(wanted: number): number {
    return Math.min(wanted, this.#slots.length - this.#next);
  }

  /**
   * Bytes of the next `count` frames (see `available`), valid until they come round again. Frame
   * `i` says it was made at `timeUs + i * stepUs`.
   */
  take(count: number, timeUs: number, stepUs: number): Buffer {
    const first = this.#slots[this.#next] as Slot;
    let end = first.end;
    for (let i = 0; i < count; i += 1) {
      const slot = this.#slots[this.#next + i] as Slot;
      this.#stamp(slot, Math.round(timeUs + i * stepUs));
      end = slot.end;
    }
    this.#next = (this.#next + count) % this.#slots.length;
    return this.#bytes.subarray(first.start, end);
  }

  /** REST snapshot of a book before its next depth frame; undefined: no such symbol. */
  snapshotOf(name: string): string | undefined {
    const symbol = this.#symbols.indexOf(name);
    if (symbol < 0) return undefined;
    const side = (sign: number) =>
      Array.from({ length: LADDER_LEVELS }, (_, rank) => [priceText(sign, rank), '1.00000000']);
    const lastUpdateId = this.#updateIds[symbol] as number;
    return JSON.stringify({ lastUpdateId, bids: side(-1), asks: side(1) });
  }

  #stamp({ kind, symbol, ids, times }: Slot, timeUs: number): void {
    const bytes = this.#bytes;
    for (const at of times) writeDigits(bytes, at, timeUs, TIME_DIGITS);
    if (kind === 'T') {
      const id = (this.#tradeIds[symbol] as number) + 1;
      this.#tradeIds[symbol] = id;
      writeDigits(bytes, ids[0] as number, id, ID_DIGITS);
      return;
    }
    const id = this.#updateIds[symbol] as number;
    if (kind === 'Q') {
      writeDigits(bytes, ids[0] as number, id + IDS_A_DEPTH / 2, ID_DIGITS);
      return;
    }
    this.#updateIds[symbol] = id + IDS_A_DEPTH;
    writeDigits(bytes, ids[0] as number, id + 1, ID_DIGITS);
    writeDigits(bytes, ids[1] as number, id + IDS_A_DEPTH, ID_DIGITS);
  }
}

function writeDigits(bytes: Buffer, at: number, value: number, digits: number): void {
  // In two halves of at most eight digits: integer arithmetic stays within 32 bits.
  const high = Math.floor(value / 1e8);
  writeShort(bytes, at, high, digits - 8);
  writeShort(bytes, at + digits - 8, value - high * 1e8, 8);
}

function writeShort(bytes: Buffer, at: number, value: number, digits: number): void {
  let rest = value | 0;
  for (let i = at + digits - 1; i >= at; i -= 1) {
    const quotient = (rest / 10) | 0;
    bytes[i] = ZERO + rest - quotient * 10;
    rest = quotient;
  }
}

function priceText(sign: number, rank: number): string {
  return (60_000 + sign * (0.5 + rank * 0.01)).toFixed(8);
}

function sizeText(prng: Prng): string {
  return ((1 + prng.below(1_000_000)) / 1e5).toFixed(8);
}

function frameText(kind: Kind, name: string, prng: Prng): string {
  const stream = name.toLowerCase();
  if (kind === 'T') {
    const price = priceText(prng.chance(0.5) ? 1 : -1, prng.below(20));
    return (
      `{"stream":"${stream}@trade","data":{"e":"trade","E":${TIME_HOLE},"s":"${name}",` +
      `"t":${ID_HOLE},"p":"${price}","q":"${sizeText(prng)}","T":${TIME_HOLE},` +
      `"m":${prng.chance(0.5)},"M":true}}`
    );
  }
  if (kind === 'Q') {
    const [bid, ask] = [priceText(-1, 0), priceText(1, 0)];
    return (
      `{"stream":"${stream}@bookTicker","data":{"u":${ID_HOLE},"s":"${name}","b":"${bid}",` +
      `"B":"${sizeText(prng)}","a":"${ask}","A":"${sizeText(prng)}"}}`
    );
  }
  const side = (sign: number) => {
    const ranks = new Set<number>([0]);
    while (ranks.size < SIDE_LEVELS) ranks.add(Math.floor(prng.next() ** 2 * LADDER_LEVELS));
    const sorted = [...ranks].sort((a, b) => a - b);
    return sorted.map((rank) => {
      const isRemoved = rank > 0 && prng.chance(0.2);
      return `["${priceText(sign, rank)}","${isRemoved ? '0.00000000' : sizeText(prng)}"]`;
    });
  };
  return (
    `{"stream":"${stream}@depth@100ms","data":{"e":"depthUpdate","E":${TIME_HOLE},"s":"${name}",` +
    `"U":${ID_HOLE},"u":${ID_HOLE},"b":[${side(-1)}],"a":[${side(1)}]}}`
  );
}

/** A server's text frame: not masked. */
export function webSocketText(text: string): Buffer {
  const payload = Buffer.from(text);
  const isShort = payload.length < 126;
  const head = Buffer.alloc(isShort ? 2 : 4);
  head[0] = 0x81;
  head[1] = isShort ? payload.length : 126;
  if (!isShort) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

/** A hole is a number of its own: the character before it is its key's colon. */
function holes(bytes: Buffer, hole: string, offset: number): number[] {
  const found: number[] = [];
  const pattern = `:${hole}`;
  for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + 1)) {
    found.push(offset + at + 1);
  }
  return found;
}
