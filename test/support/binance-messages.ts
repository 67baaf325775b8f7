/**
 * Binance frames as messages by way of JSON.parse, and the two venue rules as their documentation
 * words them: an oracle for the kit that shares no code with the venue's own decoder.
 */
import type { BookRule, DepthMessage, QuoteMessage } from '../../src/venues/contract.ts';

type Rows = readonly (readonly [string, string])[];

export function depthOf(
  ids: { firstId?: number; lastId: number; previousId?: number; tsUs?: number },
  bids: readonly (readonly [number, number])[],
  asks: readonly (readonly [number, number])[],
  isSnapshot = false,
): DepthMessage {
  const all = [...bids, ...asks];
  return {
    instrument: 0,
    tsUs: ids.tsUs ?? Number.NaN,
    firstId: ids.firstId ?? ids.lastId,
    lastId: ids.lastId,
    previousId: ids.previousId ?? Number.NaN,
    isSnapshot,
    checksum: Number.NaN,
    bidCount: bids.length,
    askCount: asks.length,
    prices: Float64Array.from(all, ([price]) => price),
    sizes: Float64Array.from(all, ([, size]) => size),
    precisionLoss: false,
  };
}

const numbers = (rows: Rows) => rows.map(([price, size]) => [Number(price), Number(size)] as const);

export interface CapturedMessages {
  onDepth(message: DepthMessage, recvUs: number): void;
  onRestSnapshot(message: DepthMessage, recvUs: number): void;
  onQuote(message: QuoteMessage, recvUs: number): void;
}

/**
 * Calls `out` for the depth, snapshot or quote in one captured line; other frames are passed over.
 */
export function dispatchBinance(
  kind: string,
  text: string,
  recvUs: number,
  out: CapturedMessages,
): void {
  if (kind === 'rest') {
    const { url, body } = JSON.parse(text);
    if (!url.includes('/depth')) return;
    const ids = { lastId: body.lastUpdateId, tsUs: (body.T ?? Number.NaN) * 1_000 };
    out.onRestSnapshot(depthOf(ids, numbers(body.bids), numbers(body.asks), true), recvUs);
    return;
  }
  if (kind !== 'text') return;
  const { stream, data } = JSON.parse(text);
  if (stream.includes('@depth')) {
    const ids = { firstId: data.U, lastId: data.u, previousId: data.pu, tsUs: data.E * 1_000 };
    out.onDepth(depthOf(ids, numbers(data.b), numbers(data.a)), recvUs);
  } else if (stream.endsWith('@bookTicker')) {
    const message: QuoteMessage = {
      instrument: 0,
      tsUs: (data.E ?? Number.NaN) * 1_000,
      bidPrice: Number(data.b),
      bidSize: Number(data.B),
      askPrice: Number(data.a),
      askSize: Number(data.A),
      sequence: data.u,
      precisionLoss: false,
    };
    out.onQuote(message, recvUs);
  }
}

/** "How to manage a local order book correctly" of the spot WebSocket streams, steps 3 to 6. */
export const spotRule: BookRule = {
  first(snapshotId, event) {
    if (event.lastId <= snapshotId) return 'skip';
    return event.firstId <= snapshotId + 1 ? 'apply' : 'refetch';
  },
  next(bookId, event) {
    if (event.lastId <= bookId) return 'skip';
    return event.firstId > bookId + 1 ? 'gap' : 'apply';
  },
};

/** The USD-M form: ids jump, and each event names the one before it. */
export const usdmRule: BookRule = {
  first(snapshotId, event) {
    if (event.lastId < snapshotId) return 'skip';
    if (event.firstId <= snapshotId || event.previousId === snapshotId) return 'apply';
    return 'refetch';
  },
  next(bookId, event) {
    if (event.lastId <= bookId) return 'skip';
    return event.previousId === bookId ? 'apply' : 'gap';
  },
};
