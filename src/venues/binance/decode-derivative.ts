/**
 * `markPriceUpdate` and `forceOrder` of the futures, from parsed JSON: a few a second, so there is
 * no fast path for them.
 */
import { parseDecimalText } from '../../base/decimal.ts';
import type { DerivativeMessage, LiquidationMessage } from '../contract.ts';
import { type JsonObject, readObject, readTimeUs } from './json-fields.ts';

/** False when the event is not what the documents allow. */
export function readMarkPrice(message: DerivativeMessage, data: JsonObject): boolean {
  message.tsUs = readTimeUs(data.E);
  message.markPrice = readDecimal(data.p);
  // Clients saw events without index price before 2026.
  message.indexPrice = data.i === undefined ? Number.NaN : readDecimal(data.i);
  message.openInterest = Number.NaN;
  if (message.tsUs < 0 || !(message.markPrice > 0)) return false;
  if (data.i !== undefined && !(message.indexPrice >= 0)) return false;
  // A dated contract has no funding: its rate is empty and its next time 0.
  const hasFunding = data.r !== '';
  message.fundingRate = hasFunding ? readSigned(data.r) : Number.NaN;
  if (hasFunding && Number.isNaN(message.fundingRate)) return false;
  const nextUs = readTimeUs(data.T);
  message.nextFundingUs = nextUs > 0 ? nextUs : Number.NaN;
  return nextUs >= 0;
}

/**
 * The side is the liquidation order's, so SELL closed a long. What was filled counts, at its
 * average price; an order not filled yet is said as it was placed.
 */
export function readForceOrder(message: LiquidationMessage, data: JsonObject): boolean {
  const order = readObject(data.o);
  if (order === undefined || (order.S !== 'SELL' && order.S !== 'BUY')) return false;
  const placed = readDecimal(order.q);
  const filled = readDecimal(order.z);
  const limit = readDecimal(order.p);
  const average = readDecimal(order.ap);
  if (!(placed >= 0 && filled >= 0 && limit >= 0 && average >= 0)) return false;
  const isFilled = filled > 0 && average > 0;
  message.isSell = order.S === 'SELL';
  message.price = isFilled ? average : limit;
  message.nativeSize = isFilled ? filled : placed;
  message.size = message.nativeSize;
  message.tsUs = readTimeUs(order.T);
  return message.tsUs >= 0 && readTimeUs(data.E) >= 0 && message.price > 0 && message.size > 0;
}

/** `{"openInterest":"10659.509","symbol":"BTCUSDT","time":…}`, in the unit of sizes. */
export function readOpenInterest(message: DerivativeMessage, body: unknown): boolean {
  const answer = readObject(body);
  if (answer === undefined) return false;
  message.markPrice = Number.NaN;
  message.indexPrice = Number.NaN;
  message.fundingRate = Number.NaN;
  message.nextFundingUs = Number.NaN;
  message.tsUs = readTimeUs(answer.time);
  message.openInterest = readDecimal(answer.openInterest);
  return message.tsUs >= 0 && message.openInterest >= 0;
}

function readDecimal(value: unknown): number {
  return typeof value === 'string' ? parseDecimalText(value) : Number.NaN;
}

function readSigned(value: unknown): number {
  if (typeof value !== 'string') return Number.NaN;
  return value.startsWith('-') ? -parseDecimalText(value.slice(1)) : parseDecimalText(value);
}
