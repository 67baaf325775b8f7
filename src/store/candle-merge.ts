/**
 * What becomes of a candle row when a candle for the same bucket comes. The rule of the contract,
 * free of any database:
 *
 * - fewer trades than the row has: dropped, unless it was made from stored trades (`isRebuilt`)
 * - same trade count and a row made from stored trades: dropped, but a row that was `partial` may
 *   become `repaired` or later `complete`, which only the feed knows first
 * - same trade count, both closed: the one that was said later (`recvUs`) holds, so that an older
 *   version written again changes nothing; said at once, the lesser state (complete < partial <
 *   repaired) is dropped
 * - closed stays closed; an open candle with no more trades than the closed row is dropped
 * - `revision` + 1 when the content of a closed row changes; else it stays, and so do the sums,
 *   which may have been added up in another order
 */
import { CandleState } from '../model/record-layout.ts';

export interface CandleContent {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly quoteVolume: number;
  readonly buyVolume: number;
  readonly tradeCount: number;
  /** When it was said, receive clock; of a rebuilt one, receipt of its last trade. */
  readonly recvUs: number;
  readonly state: CandleState;
  readonly isClosed: boolean;
  readonly isRebuilt: boolean;
}

/** Sums of a candle that already has a row, as the row is to hold them. */
type CandleTotals = Pick<CandleContent, 'volume' | 'quoteVolume' | 'buyVolume'>;

export interface CandleVerdict extends CandleTotals {
  readonly isClosed: boolean;
  readonly isRebuilt: boolean;
  readonly revision: number;
}

/** Sums this close, relatively, are the same sum added up in another order. */
const SUM_TOLERANCE = 1e-12;

/** The row's new marks, or undefined when the row stays as it is. */
export function mergeCandle(
  row: CandleContent & { readonly revision: number },
  next: CandleContent,
): CandleVerdict | undefined {
  if (!next.isRebuilt && !isNewer(row, next)) return undefined;
  const hasChanged = contentDiffers(row, next);
  const isClosed = row.isClosed || next.isClosed;
  if (!hasChanged && isClosed === row.isClosed && (row.isRebuilt || !next.isRebuilt)) {
    return undefined;
  }
  const { volume, quoteVolume, buyVolume } = hasChanged ? next : row;
  return {
    volume,
    quoteVolume,
    buyVolume,
    isClosed,
    isRebuilt: next.isRebuilt || (row.isRebuilt && next.tradeCount === row.tradeCount),
    revision: row.isClosed && hasChanged ? row.revision + 1 : row.revision,
  };
}

function isNewer(row: CandleContent, next: CandleContent): boolean {
  if (next.tradeCount !== row.tradeCount) return next.tradeCount > row.tradeCount;
  if (row.isClosed && !next.isClosed) return false;
  const isLater = next.recvUs > row.recvUs;
  if (row.isRebuilt && row.isClosed) {
    if (row.state !== CandleState.partial) return false;
    return next.state === CandleState.repaired || (isLater && next.state === CandleState.complete);
  }
  if (!row.isClosed || isLater) return true;
  return next.recvUs === row.recvUs && next.state >= row.state;
}

export function contentDiffers(a: CandleContent, b: CandleContent): boolean {
  return (
    a.open !== b.open ||
    a.high !== b.high ||
    a.low !== b.low ||
    a.close !== b.close ||
    a.tradeCount !== b.tradeCount ||
    a.state !== b.state ||
    sumsDiffer(a.volume, b.volume) ||
    sumsDiffer(a.quoteVolume, b.quoteVolume) ||
    sumsDiffer(a.buyVolume, b.buyVolume)
  );
}

function sumsDiffer(a: number, b: number): boolean {
  return Math.abs(a - b) > SUM_TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}
