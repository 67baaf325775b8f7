/** The list of trades of a frame from its bytes; part of the fast path. */
import { US_PER_MS } from '../../base/clock.ts';
import type { TradeMessage } from '../contract.ts';
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  type JsonScanner,
  OPEN_OBJECT,
  QUOTE,
  template,
} from '../kit/json-scan.ts';
import { type Messages, tradeAt } from './decoded.ts';
import type { WireForm } from './wire-form.ts';

const BUY = template('"buy"');
const SELL = template('"sell"');
const MS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / US_PER_MS);
const ID_LENGTH_MAX = 64;
const Field = { time: 1, price: 2, size: 4, side: 8, id: 16 } as const;
const NEEDED = 31;
const ascii = new TextDecoder('latin1');

export class TradeScanner {
  readonly #time: Uint8Array;
  readonly #price: Uint8Array;
  readonly #size: Uint8Array;
  readonly #side: Uint8Array;
  readonly #id: Uint8Array;

  constructor({ trade }: WireForm) {
    const key = (name: string) => template(`"${name}":`);
    this.#time = key(trade.time);
    this.#price = key(trade.price);
    this.#size = key(trade.size);
    this.#side = key(trade.side);
    this.#id = key(trade.id);
  }

  /** Reads `{…},…]` from behind the opening bracket into the first trade messages. */
  scan(scan: JsonScanner, messages: Messages, instrument: number): boolean {
    for (let count = 0; ; ) {
      const message = tradeAt(messages, count);
      message.instrument = instrument;
      if (!this.#scanTrade(scan, message)) return false;
      count += 1;
      const next = scan.take();
      if (next === COMMA) continue;
      messages.tradeCount = count;
      return next === CLOSE_ARRAY;
    }
  }

  #scanTrade(scan: JsonScanner, message: TradeMessage): boolean {
    if (!scan.matchByte(OPEN_OBJECT)) return false;
    scan.decimals.precisionLoss = false;
    let seen = 0;
    let next = COMMA;
    while (next === COMMA) {
      const field = this.#scanField(scan, message);
      if (field <= 0 || (seen & field) !== 0) return false;
      seen |= field;
      next = scan.take();
    }
    if (next !== CLOSE_OBJECT || seen !== NEEDED) return false;
    message.tape = 'trade';
    message.nativeSize = message.size;
    message.tradeId = Number.NaN;
    message.firstTradeId = Number.NaN;
    message.isMarket = true;
    message.precisionLoss = scan.decimals.precisionLoss;
    return true;
  }

  #scanField(scan: JsonScanner, message: TradeMessage): number {
    if (scan.match(this.#time)) return scanTime(scan, message) ? Field.time : -1;
    if (scan.match(this.#price)) {
      message.price = scan.quotedDecimal();
      return message.price > 0 ? Field.price : -1;
    }
    if (scan.match(this.#size)) {
      message.size = scan.quotedDecimal();
      return message.size > 0 ? Field.size : -1;
    }
    if (scan.match(this.#side)) {
      message.isSell = scan.match(SELL);
      return message.isSell || scan.match(BUY) ? Field.side : -1;
    }
    // Fields of other names are the slow path's.
    return scan.match(this.#id) && scanId(scan, message) ? Field.id : -1;
  }
}

function scanTime(scan: JsonScanner, message: TradeMessage): boolean {
  if (!scan.matchByte(QUOTE)) return false;
  const ms = scan.unsigned();
  message.tsUs = ms * US_PER_MS;
  return ms >= 0 && ms <= MS_MAX && scan.matchByte(QUOTE);
}

/** Plain ASCII of 1 to 64 characters. */
function scanId(scan: JsonScanner, message: TradeMessage): boolean {
  const from = scan.at + 1;
  if (!scan.skipString()) return false;
  const to = scan.at - 1;
  if (to === from || to - from > ID_LENGTH_MAX) return false;
  message.tradeIdText = ascii.decode(scan.bytes.subarray(from, to));
  return true;
}
