/** The same rows for every contender of the store suite, as records in batches. */

import { Prng } from '../../src/base/prng.ts';
import { RecordBytes } from '../../src/base/record-bytes.ts';
import {
  writeBookSnapshotHead,
  writeCommon,
  writeQuote,
  writeTrade,
} from '../../src/model/record-codec.ts';
import {
  BOOK_SNAPSHOT_LENGTH,
  CANDLE_LENGTH,
  Candle,
  Flag,
  LEVEL_LENGTH,
  QUOTE_LENGTH,
  RecordType,
  TRADE_LENGTH,
} from '../../src/model/record-layout.ts';
import type { RecordBatch } from '../../src/store/contract.ts';

export type RowKind = 'trade' | 'quote' | 'book_snapshot' | 'candle';

export const BATCH_ROWS = 20_000;
export const STORE_INSTRUMENTS = 8;
export const BOOK_SIDE = 20;
const START_US = 1_767_225_600_000_000;
const MINUTE_US = 60_000_000;
const HEADER_LENGTH = 8;

const LENGTHS: Readonly<Record<RowKind, number>> = {
  trade: TRADE_LENGTH,
  quote: QUOTE_LENGTH,
  book_snapshot: BOOK_SNAPSHOT_LENGTH + 2 * BOOK_SIDE * LEVEL_LENGTH,
  candle: CANDLE_LENGTH,
};
const TYPES: Readonly<Record<RowKind, RecordType>> = {
  trade: RecordType.trade,
  quote: RecordType.quote,
  book_snapshot: RecordType.bookSnapshot,
  candle: RecordType.candle,
};

export function makeBatches(kind: RowKind, rows: number): RecordBatch[] {
  const prng = new Prng(3);
  const batches: RecordBatch[] = [];
  for (let from = 0; from < rows; from += BATCH_ROWS) {
    const count = Math.min(BATCH_ROWS, rows - from);
    const framed = HEADER_LENGTH + ((LENGTHS[kind] + 7) & ~7);
    const bytes = RecordBytes.allocate(count * framed);
    for (let i = 0; i < count; i += 1) {
      const at = i * framed;
      bytes.i32[at >> 2] = LENGTHS[kind];
      bytes.i32[(at >> 2) + 1] = TYPES[kind];
      writeRow(kind, bytes, at + HEADER_LENGTH, from + i, prng);
    }
    batches.push({ bytes, length: count * framed, count });
  }
  return batches;
}

/** Row `n`: instruments in turn, ids and times rise, as they do live. */
function writeRow(kind: RowKind, bytes: RecordBytes, at: number, n: number, prng: Prng): void {
  const instrument = n % STORE_INSTRUMENTS;
  const recvUs = START_US + n * 25;
  const tsUs = recvUs - 5000;
  const price = (6_000_000 + prng.below(20_000)) / 100;
  const size = (1 + prng.below(100_000)) / 1e5;
  if (kind === 'trade') {
    const flags = prng.below(2) === 0 ? Flag.sell : 0;
    writeTrade(bytes, at, instrument, flags, tsUs, recvUs, price, size, size, 1e9 + n);
  } else if (kind === 'quote') {
    writeQuote(bytes, at, instrument, 0, tsUs, recvUs, price, size, price + 0.01, size, 5e10 + n);
  } else if (kind === 'book_snapshot') {
    writeBookSnapshotHead(
      bytes,
      at,
      instrument,
      Flag.bookValid,
      tsUs,
      recvUs,
      n,
      BOOK_SIDE,
      BOOK_SIDE,
    );
    for (let i = 0; i < 2 * BOOK_SIDE; i += 1) {
      const step = i < BOOK_SIDE ? -i : i - BOOK_SIDE + 1;
      const word = (at + BOOK_SNAPSHOT_LENGTH + i * LEVEL_LENGTH) >> 3;
      bytes.f64[word] = Math.round(price * 100 + step) / 100;
      bytes.f64[word + 1] = (1 + prng.below(100_000)) / 1e5;
    }
  } else {
    writeCandle(bytes, at, instrument, n, price, size);
  }
}

function writeCandle(
  bytes: RecordBytes,
  at: number,
  instrument: number,
  n: number,
  price: number,
  size: number,
): void {
  const openUs = START_US + Math.floor(n / STORE_INSTRUMENTS) * MINUTE_US;
  writeCommon(bytes, at, instrument, Flag.candleClosed, 0, openUs, openUs + MINUTE_US);
  const put = (offset: number, value: number) => {
    bytes.f64[(at + offset) >> 3] = value;
  };
  put(Candle.endUs, openUs + MINUTE_US);
  put(Candle.open, price);
  put(Candle.high, price + 1);
  put(Candle.low, price - 1);
  put(Candle.close, price);
  put(Candle.volume, size);
  put(Candle.quoteVolume, size * price);
  put(Candle.buyVolume, size / 2);
  put(Candle.tradeCount, 100);
  put(Candle.firstTradeId, n * 100);
  put(Candle.lastTradeId, n * 100 + 99);
  bytes.u32[(at + Candle.timeframe) >> 2] = 0;
  bytes.u32[(at + Candle.timeframe + 4) >> 2] = 0;
}
