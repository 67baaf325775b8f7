/** `depthUpdate` events (diff depth) from bytes; part of the fast path. */
import type { DepthMessage } from '../contract.ts';
import { CLOSE_OBJECT, COMMA, type JsonScanner, template } from '../kit/json-scan.ts';
import { scanLevels } from '../kit/level-scan.ts';
import type { BinanceFeed } from './feeds.ts';
import { timeUs } from './time.ts';
import { Field, Key, scanOther } from './wire-fields.ts';

const EVENT = template('"depthUpdate"');

export interface DepthShape {
  /** The event names the one before it (`pu`) and the engine's time (`T`). */
  readonly hasPrevious: boolean;
  readonly needs: number;
  readonly settlements: number;
}

export function depthShape(feed: BinanceFeed): DepthShape {
  const stamped = Field.event | Field.pushed | Field.symbol;
  const content = Field.firstId | Field.lastId | Field.bids | Field.asks;
  return {
    hasPrevious: feed.depthHasPrevious,
    needs: stamped | content | (feed.depthHasPrevious ? Field.previousId | Field.time : 0),
    settlements: feed.settlements,
  };
}

/** Reads the data object from behind its opening brace; false when not sure. */
export function scanDepth(
  scan: JsonScanner,
  message: DepthMessage,
  name: Uint8Array,
  shape: DepthShape,
): boolean {
  message.previousId = Number.NaN;
  message.isSnapshot = false;
  message.bidCount = -1;
  let seen = 0;
  let next = COMMA;
  while (next === COMMA) {
    const field = scanField(scan, message, name, shape);
    if (field < 0 || (seen & field) !== 0) return false;
    seen |= field;
    next = scan.take();
  }
  if (next !== CLOSE_OBJECT || (seen & shape.needs) !== shape.needs) return false;
  message.precisionLoss = scan.decimals.precisionLoss;
  return message.firstId <= message.lastId;
}

function scanField(
  scan: JsonScanner,
  message: DepthMessage,
  name: Uint8Array,
  shape: DepthShape,
): number {
  const key = scan.key();
  if (key === Key.b) {
    message.bidCount = scanLevels(scan, message, 0);
    return message.bidCount >= 0 ? Field.bids : -1;
  }
  if (key === Key.a) {
    // Asks lie behind the bids, so these have to be known.
    if (message.bidCount < 0) return -1;
    message.askCount = scanLevels(scan, message, message.bidCount);
    return message.askCount >= 0 ? Field.asks : -1;
  }
  if (key === Key.firstId) {
    message.firstId = scan.unsigned();
    return message.firstId >= 0 ? Field.firstId : -1;
  }
  if (key === Key.lastId) {
    message.lastId = scan.unsigned();
    return message.lastId >= 0 ? Field.lastId : -1;
  }
  if (key === Key.previousId && shape.hasPrevious) {
    message.previousId = scan.unsigned();
    return message.previousId >= 0 ? Field.previousId : -1;
  }
  if (key === Key.pushed) {
    const pushedUs = timeUs(scan.unsigned());
    if (!shape.hasPrevious) message.tsUs = pushedUs;
    return pushedUs >= 0 ? Field.pushed : -1;
  }
  if (key === Key.time && shape.hasPrevious) {
    message.tsUs = timeUs(scan.unsigned());
    return message.tsUs >= 0 ? Field.time : -1;
  }
  if (key === Key.event) return scan.match(EVENT) ? Field.event : -1;
  return scanOther(scan, key, name, shape.settlements);
}
