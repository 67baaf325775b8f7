/**
 * One book of a frame from its bytes: sides in either order, the time, and the sequence numbers as
 * exact parts; part of the fast path.
 */
import { US_PER_MS } from '../../base/clock.ts';
import type { DepthMessage } from '../contract.ts';
import {
  CLOSE_OBJECT,
  COMMA,
  type JsonScanner,
  keyCode,
  OPEN_OBJECT,
  QUOTE,
  template,
} from '../kit/json-scan.ts';
import { growLevels, scanLevels } from '../kit/level-scan.ts';
import { createDepthMessage } from '../kit/messages.ts';
import type { Sequence } from './sequence-track.ts';
import type { WireForm } from './wire-form.ts';

const SEQUENCE = template('"seq":');
const PREVIOUS = template('"pseq":');
const CHECKSUM = template('"checksum":');
const TIME = keyCode('ts');
const Field = { bids: 1, asks: 2, sequence: 4, time: 8, previous: 16, checksum: 32 } as const;
const NEEDED = 15;
const ZERO = 0x30;
const LOW_DIGITS = 15;
const SEQUENCE_DIGITS_MAX = 22;
const MS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / US_PER_MS);

export class BookScanner {
  readonly sequence: Sequence = { high: 0, low: 0 };
  readonly previous: Sequence = { high: 0, low: 0 };
  hasPrevious = false;
  readonly #bids: Uint8Array;
  readonly #asks: Uint8Array;
  /** Asks come first on the wire and last in a message. */
  readonly #askLevels = createDepthMessage();

  constructor(form: WireForm) {
    this.#bids = template(`"${form.bids}":`);
    this.#asks = template(`"${form.asks}":`);
  }

  /** Reads `{…}` into the levels and the time of `message`; false when not sure. */
  scan(scan: JsonScanner, message: DepthMessage): boolean {
    if (!scan.matchByte(OPEN_OBJECT)) return false;
    this.hasPrevious = false;
    let seen = 0;
    let next = COMMA;
    while (next === COMMA) {
      const field = this.#scanField(scan, message);
      if (field < 0 || (seen & field) !== 0) return false;
      seen |= field;
      next = scan.take();
    }
    if (next !== CLOSE_OBJECT || (seen & NEEDED) !== NEEDED) return false;
    this.#joinAsks(message);
    return true;
  }

  #scanField(scan: JsonScanner, message: DepthMessage): number {
    if (scan.match(this.#asks)) {
      this.#askLevels.askCount = scanLevels(scan, this.#askLevels, 0);
      return this.#askLevels.askCount >= 0 ? Field.asks : -1;
    }
    if (scan.match(this.#bids)) {
      message.bidCount = scanLevels(scan, message, 0);
      return message.bidCount >= 0 ? Field.bids : -1;
    }
    if (scan.match(SEQUENCE)) return scanSequence(scan, this.sequence) ? Field.sequence : -1;
    if (scan.match(PREVIOUS)) {
      this.hasPrevious = true;
      return scanSequence(scan, this.previous) ? Field.previous : -1;
    }
    // Dead: 0 or absent.
    if (scan.match(CHECKSUM)) return scan.skipScalar() ? Field.checksum : -1;
    if (scan.key() !== TIME || !scan.matchByte(QUOTE)) return -1;
    const ms = scan.unsigned();
    message.tsUs = ms * US_PER_MS;
    return ms >= 0 && ms <= MS_MAX && scan.matchByte(QUOTE) ? Field.time : -1;
  }

  #joinAsks(message: DepthMessage): void {
    const { askCount, prices, sizes } = this.#askLevels;
    const { bidCount } = message;
    growLevels(message, bidCount + askCount);
    message.askCount = askCount;
    for (let i = 0; i < askCount; i += 1) {
      message.prices[bidCount + i] = prices[i] as number;
      message.sizes[bidCount + i] = sizes[i] as number;
    }
  }
}

/** Plain digits, in two parts that are exact. */
function scanSequence(scan: JsonScanner, out: Sequence): boolean {
  const { bytes, limit, at: from } = scan;
  let to = from;
  while (to < limit && ((bytes[to] as number) - ZERO) >>> 0 <= 9) to += 1;
  const count = to - from;
  if (count === 0 || count > SEQUENCE_DIGITS_MAX || (count > 1 && bytes[from] === ZERO)) {
    return false;
  }
  const cut = Math.max(from, to - LOW_DIGITS);
  let high = 0;
  for (let at = from; at < cut; at += 1) high = high * 10 + ((bytes[at] as number) - ZERO);
  let low = 0;
  for (let at = cut; at < to; at += 1) low = low * 10 + ((bytes[at] as number) - ZERO);
  out.high = high;
  out.low = low;
  scan.at = to;
  return true;
}
