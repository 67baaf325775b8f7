/** `trade` and `aggTrade` events from bytes; part of the fast path. */
import type { TradeMessage } from '../contract.ts';
import { CLOSE_OBJECT, COMMA, type JsonScanner, template } from '../kit/json-scan.ts';
import type { BinanceFeed } from './feeds.ts';
import { timeUs } from './time.ts';
import { Field, Key, scanOther } from './wire-fields.ts';

const MARKET = template('"MARKET"');

/** Where the two kinds of trade event differ. */
export interface TradeShape {
  readonly event: Uint8Array;
  readonly idKey: number;
  readonly hasOrderType: boolean;
  readonly isAgg: boolean;
  readonly needs: number;
  readonly settlements: number;
}

export function tradeShape(feed: BinanceFeed, isAgg: boolean): TradeShape {
  const stamped = Field.event | Field.pushed | Field.symbol | Field.time;
  const values = Field.id | Field.price | Field.size | Field.maker;
  const hasOrderType = feed.tradeHasOrderType && !isAgg;
  const range = isAgg ? Field.firstId | Field.lastId : 0;
  return {
    event: template(isAgg ? '"aggTrade"' : '"trade"'),
    idKey: isAgg ? Key.a : Key.tradeId,
    hasOrderType,
    isAgg,
    needs: stamped | values | range | (hasOrderType ? Field.orderType : 0),
    settlements: feed.settlements,
  };
}

/** Reads the data object from behind its opening brace; false when not sure. */
export function scanTrade(
  scan: JsonScanner,
  message: TradeMessage,
  name: Uint8Array,
  shape: TradeShape,
): boolean {
  message.isMarket = true;
  let seen = 0;
  let next = COMMA;
  while (next === COMMA) {
    const field = scanField(scan, message, name, shape);
    if (field < 0 || (seen & field) !== 0) return false;
    seen |= field;
    next = scan.take();
  }
  if (next !== CLOSE_OBJECT || (seen & shape.needs) !== shape.needs) return false;
  message.nativeSize = message.size;
  message.precisionLoss = scan.decimals.precisionLoss;
  // Prints that are no market trades may be empty; a market trade of nothing is not documented.
  return !message.isMarket || (message.price > 0 && message.size > 0);
}

function scanField(
  scan: JsonScanner,
  message: TradeMessage,
  name: Uint8Array,
  shape: TradeShape,
): number {
  const key = scan.key();
  if (key === Key.price) {
    message.price = scan.quotedDecimal();
    return message.price >= 0 ? Field.price : -1;
  }
  if (key === Key.size) {
    message.size = scan.quotedDecimal();
    return message.size >= 0 ? Field.size : -1;
  }
  if (key === shape.idKey) {
    message.tradeId = scan.unsigned();
    return message.tradeId >= 0 ? Field.id : -1;
  }
  if (key === Key.time) {
    message.tsUs = timeUs(scan.unsigned());
    return message.tsUs >= 0 ? Field.time : -1;
  }
  if (key === Key.pushed) return timeUs(scan.unsigned()) >= 0 ? Field.pushed : -1;
  if (key === Key.event) return scan.match(shape.event) ? Field.event : -1;
  if (key === Key.maker) {
    // The buyer was the maker: the aggressor sold.
    const flag = scan.flag();
    message.isSell = flag === 1;
    return flag >= 0 ? Field.maker : -1;
  }
  if (key === Key.orderType && shape.hasOrderType) {
    message.isMarket = scan.match(MARKET);
    return message.isMarket || scan.skipString() ? Field.orderType : -1;
  }
  if (shape.isAgg && (key === Key.firstTrade || key === Key.lastTrade)) {
    const field = key === Key.firstTrade ? Field.firstId : Field.lastId;
    return scan.unsigned() >= 0 ? field : -1;
  }
  return scanOther(scan, key, name, shape.settlements);
}
