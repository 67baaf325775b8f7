/** The list of trades of a `publicTrade` frame from its bytes; part of the fast path. */
import { US_PER_MS } from '../../base/clock.ts';
import type { TradeMessage } from '../contract.ts';
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  type JsonScanner,
  keyCode,
  LONG_KEY,
  OPEN_ARRAY,
  OPEN_OBJECT,
  template,
} from '../kit/json-scan.ts';
import { type Messages, tradeAt } from './decoded.ts';

const BUY = template('"Buy"');
const SELL = template('"Sell"');
const MS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / US_PER_MS);
const ID_LENGTH_MAX = 64;
const ascii = new TextDecoder('latin1');

const Key = {
  time: keyCode('T'),
  symbol: keyCode('s'),
  side: keyCode('S'),
  size: keyCode('v'),
  price: keyCode('p'),
  id: keyCode('i'),
  block: keyCode('BT'),
} as const;
const Field = { time: 1, symbol: 2, side: 4, size: 8, price: 16, id: 32, block: 64 } as const;
const NEEDED =
  Field.time | Field.symbol | Field.side | Field.size | Field.price | Field.id | Field.block;

/** Reads `[{…},…]` into the first trade messages; false when not sure. */
export function scanTrades(
  scan: JsonScanner,
  messages: Messages,
  instrument: number,
  name: Uint8Array,
): boolean {
  if (!scan.matchByte(OPEN_ARRAY)) return false;
  for (let count = 0; ; ) {
    const message = tradeAt(messages, count);
    message.instrument = instrument;
    if (!scanTrade(scan, message, name)) return false;
    count += 1;
    const next = scan.take();
    if (next === COMMA) continue;
    messages.tradeCount = count;
    return next === CLOSE_ARRAY;
  }
}

function scanTrade(scan: JsonScanner, message: TradeMessage, name: Uint8Array): boolean {
  if (!scan.matchByte(OPEN_OBJECT)) return false;
  scan.decimals.precisionLoss = false;
  let seen = 0;
  let next = COMMA;
  while (next === COMMA) {
    const field = scanField(scan, message, name);
    if (field < 0 || (seen & field) !== 0) return false;
    seen |= field;
    next = scan.take();
  }
  if (next !== CLOSE_OBJECT || seen !== NEEDED) return false;
  message.tape = 'trade';
  message.nativeSize = message.size;
  message.tradeId = Number.NaN;
  message.firstTradeId = Number.NaN;
  message.precisionLoss = scan.decimals.precisionLoss;
  return message.price > 0 && message.size > 0;
}

function scanField(scan: JsonScanner, message: TradeMessage, name: Uint8Array): number {
  const key = scan.key();
  if (key === Key.price) {
    message.price = scan.quotedDecimal();
    return message.price > 0 ? Field.price : -1;
  }
  if (key === Key.size) {
    message.size = scan.quotedDecimal();
    return message.size > 0 ? Field.size : -1;
  }
  if (key === Key.time) {
    const ms = scan.unsigned();
    message.tsUs = ms * US_PER_MS;
    return ms >= 0 && ms <= MS_MAX ? Field.time : -1;
  }
  if (key === Key.side) {
    message.isSell = scan.match(SELL);
    return message.isSell || scan.match(BUY) ? Field.side : -1;
  }
  if (key === Key.symbol) return scan.match(name) ? Field.symbol : -1;
  if (key === Key.id) return scanId(scan, message) ? Field.id : -1;
  if (key === Key.block) {
    const flag = scan.flag();
    message.isMarket = flag === 0;
    return flag >= 0 ? Field.block : -1;
  }
  // `L`, `RPI`, `seq` and what may come.
  return key >= LONG_KEY && scan.skipScalar() ? 0 : -1;
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
