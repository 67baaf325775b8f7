/**
 * Books: rows of the incremental channels (`books`, `books-l2-tbt`, `books50-l2-tbt`) and of REST.
 * A level is `[price, size, "0", orders]`; size "0" removes it. Sizes count contracts but for spot.
 */
import { parseDecimalText } from '../../base/decimal.ts';
import type { DepthMessage } from '../contract.ts';
import { type JsonObject, readId } from '../kit/json-fields.ts';
import { growLevels } from '../kit/levels.ts';
import { baseUnits, isSizeKnown, type Market } from './markets.ts';
import type { LevelText } from './text-book.ts';
import { isLossy, readIdText, readLevelTexts, readTimeText } from './wire-fields.ts';

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

export interface DepthTexts {
  readonly bids: readonly LevelText[];
  readonly asks: readonly LevelText[];
}

/** Fills `message` from a row of a stream; its levels as texts, or undefined when it is none. */
export function readDepth(
  row: JsonObject,
  isSnapshot: boolean,
  market: Market,
  message: DepthMessage,
): DepthTexts | undefined {
  message.isSnapshot = isSnapshot;
  message.checksum = readChecksum(row.checksum);
  if (message.checksum === Number.POSITIVE_INFINITY) return undefined;
  // Before 2023 a checksum took the place of the ids; one of both has to be there.
  const isNumbered = row.seqId !== undefined;
  if (!isNumbered && Number.isNaN(message.checksum)) return undefined;
  message.lastId = isNumbered ? readId(row.seqId) : Number.NaN;
  message.previousId = isNumbered && !isSnapshot ? readId(row.prevSeqId) : Number.NaN;
  if (message.lastId < 0 || message.previousId < 0) return undefined;
  // A keep-alive and a reset span no id of their own.
  message.firstId = isSnapshot ? message.lastId : Math.min(message.previousId + 1, message.lastId);
  return readLevels(row, market, message);
}

/** The same for a row of REST, whose id comes as a number or as text; without one it is useless. */
export function readRestDepth(row: JsonObject, market: Market, message: DepthMessage): boolean {
  const id = typeof row.seqId === 'string' ? readIdText(row.seqId) : readId(row.seqId);
  message.isSnapshot = true;
  message.checksum = Number.NaN;
  message.firstId = id;
  message.lastId = id;
  message.previousId = Number.NaN;
  return id >= 0 && readLevels(row, market, message) !== undefined;
}

/** NaN where there is none, which since 2026-06-23 is written as 0; Infinity: no checksum. */
function readChecksum(value: unknown): number {
  if (value === undefined || value === 0) return Number.NaN;
  const isChecksum = Number.isInteger(value) && (value as number) >= INT32_MIN;
  return isChecksum && (value as number) <= INT32_MAX
    ? (value as number)
    : Number.POSITIVE_INFINITY;
}

function readLevels(
  row: JsonObject,
  market: Market,
  message: DepthMessage,
): DepthTexts | undefined {
  const bids = readLevelTexts(row.bids);
  const asks = readLevelTexts(row.asks);
  const tsUs = readTimeText(row.ts);
  if (bids === undefined || asks === undefined || tsUs < 0 || !isSizeKnown(market)) {
    return undefined;
  }
  message.instrument = market.index;
  // 0 is the venue's "not known": the time of receipt stands in.
  message.tsUs = tsUs === 0 ? Number.NaN : tsUs;
  message.bidCount = bids.length;
  message.askCount = asks.length;
  message.precisionLoss = false;
  growLevels(message, bids.length + asks.length);
  let index = 0;
  for (const levels of [bids, asks]) {
    for (const [priceText, sizeText] of levels) {
      const price = parseDecimalText(priceText);
      const size = baseUnits(market, sizeText, parseDecimalText(sizeText), price);
      if (!(price > 0 && size >= 0)) return undefined;
      message.prices[index] = price;
      message.sizes[index] = size;
      if (isLossy(priceText, sizeText)) message.precisionLoss = true;
      index += 1;
    }
  }
  return { bids, asks };
}
