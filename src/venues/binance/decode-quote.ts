/** `bookTicker` events from bytes; part of the fast path. */
import type { QuoteMessage } from '../contract.ts';
import { CLOSE_OBJECT, COMMA, type JsonScanner, template } from '../kit/json-scan.ts';
import type { BinanceFeed } from './feeds.ts';
import { timeUs } from './time.ts';
import { Field, Key, scanOther } from './wire-fields.ts';

const EVENT = template('"bookTicker"');

export interface QuoteShape {
  readonly hasTime: boolean;
  readonly needs: number;
  readonly settlements: number;
}

export function quoteShape(feed: BinanceFeed): QuoteShape {
  const prices = Field.bids | Field.bidSize | Field.asks | Field.askSize;
  const stamps = Field.event | Field.pushed | Field.time;
  return {
    hasTime: feed.quoteHasTime,
    needs: Field.symbol | Field.id | prices | (feed.quoteHasTime ? stamps : 0),
    settlements: feed.settlements,
  };
}

/** Reads the data object from behind its opening brace; false when not sure. */
export function scanQuote(
  scan: JsonScanner,
  message: QuoteMessage,
  name: Uint8Array,
  shape: QuoteShape,
): boolean {
  let seen = 0;
  let next = COMMA;
  while (next === COMMA) {
    const field = scanField(scan, message, name, shape);
    if (field < 0 || (seen & field) !== 0) return false;
    seen |= field;
    next = scan.take();
  }
  message.precisionLoss = scan.decimals.precisionLoss;
  return next === CLOSE_OBJECT && (seen & shape.needs) === shape.needs;
}

function scanField(
  scan: JsonScanner,
  message: QuoteMessage,
  name: Uint8Array,
  shape: QuoteShape,
): number {
  const key = scan.key();
  if (key === Key.b) {
    message.bidPrice = scan.quotedDecimal();
    return message.bidPrice >= 0 ? Field.bids : -1;
  }
  if (key === Key.bidSize) {
    message.bidSize = scan.quotedDecimal();
    return message.bidSize >= 0 ? Field.bidSize : -1;
  }
  if (key === Key.a) {
    message.askPrice = scan.quotedDecimal();
    return message.askPrice >= 0 ? Field.asks : -1;
  }
  if (key === Key.askSize) {
    message.askSize = scan.quotedDecimal();
    return message.askSize >= 0 ? Field.askSize : -1;
  }
  if (key === Key.lastId) {
    message.sequence = scan.unsigned();
    return message.sequence >= 0 ? Field.id : -1;
  }
  if (key === Key.event) return scan.match(EVENT) ? Field.event : -1;
  if (key === Key.time && shape.hasTime) {
    message.tsUs = timeUs(scan.unsigned());
    return message.tsUs >= 0 ? Field.time : -1;
  }
  if (key === Key.pushed && shape.hasTime) {
    return timeUs(scan.unsigned()) >= 0 ? Field.pushed : -1;
  }
  return scanOther(scan, key, name, shape.settlements);
}
