/** Builds record batches for tests of what takes them. */
import { RecordBytes } from '../../src/base/record-bytes.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import {
  appendTextId,
  type StatusFields,
  writeBookDeltaHead,
  writeBookSnapshotHead,
  writeCommon,
  writeDerivative,
  writeLiquidation,
  writeQuote,
  writeStatus,
  writeTrade,
} from '../../src/model/record-codec.ts';
import {
  BOOK_DELTA_LENGTH,
  BOOK_SNAPSHOT_LENGTH,
  CANDLE_LENGTH,
  Candle,
  type CandleState,
  Flag,
  RecordType,
} from '../../src/model/record-layout.ts';
import { TextId } from '../../src/model/text-id.ts';
import type { RecordBatch } from '../../src/store/contract.ts';

/** 2026-01-01 00:00:00 UTC. */
export const NEW_YEAR_US = 1_767_225_600_000_000;
export const SECOND_US = 1_000_000;
export const MINUTE_US = 60 * SECOND_US;
export const HOUR_US = 60 * MINUTE_US;

export interface TradeFields {
  readonly instrument?: number;
  readonly id?: number | string;
  readonly tsUs?: number;
  readonly recvUs?: number;
  readonly price?: number;
  readonly size?: number;
  readonly nativeSize?: number;
  readonly isSell?: boolean;
}

export interface CandleFields {
  readonly instrument?: number;
  readonly timeframe?: number;
  readonly openUs?: number;
  readonly recvUs?: number;
  readonly open?: number;
  readonly high?: number;
  readonly low?: number;
  readonly close?: number;
  readonly volume?: number;
  readonly quoteVolume?: number;
  readonly buyVolume?: number;
  readonly tradeCount?: number;
  readonly state?: CandleState;
  readonly isClosed?: boolean;
}

export type Levels = readonly (readonly [number, number])[];

export class BatchBuilder {
  #bytes = RecordBytes.allocate(1 << 16);
  #length = 0;
  #count = 0;

  build(): RecordBatch {
    return { bytes: this.#bytes, length: this.#length, count: this.#count };
  }

  trade(fields: TradeFields = {}): this {
    const { instrument = 0, id = 1, tsUs = NEW_YEAR_US, price = 100, size = 1 } = fields;
    const { recvUs = tsUs + 5_000, nativeSize = size, isSell = false } = fields;
    return this.#add(RecordType.trade, (bytes, at) => {
      const flags = isSell ? Flag.sell : 0;
      const number = typeof id === 'number' ? id : Number.NaN;
      const length = writeTrade(
        bytes,
        at,
        instrument,
        flags,
        tsUs,
        recvUs,
        price,
        size,
        nativeSize,
        number,
      );
      return typeof id === 'number' ? length : appendTextId(bytes, at, TextId.of(id));
    });
  }

  quote(
    values: readonly [number, number, number, number],
    recvUs = NEW_YEAR_US,
    sequence = Number.NaN,
    tsUs = recvUs,
  ): this {
    return this.#add(RecordType.quote, (bytes, at) =>
      writeQuote(bytes, at, 0, 0, tsUs, recvUs, ...values, sequence),
    );
  }

  bookSnapshot(bids: Levels, asks: Levels, recvUs = NEW_YEAR_US, sequence = Number.NaN): this {
    return this.#add(RecordType.bookSnapshot, (bytes, at) => {
      writeLevels(bytes, at + BOOK_SNAPSHOT_LENGTH, [...bids, ...asks]);
      const flags = Flag.bookValid;
      const counts = [bids.length, asks.length] as const;
      return writeBookSnapshotHead(bytes, at, 0, flags, recvUs, recvUs, sequence, ...counts);
    });
  }

  bookDelta(bids: Levels, asks: Levels, first: number, last: number, recvUs = NEW_YEAR_US): this {
    return this.#add(RecordType.bookDelta, (bytes, at) => {
      writeLevels(bytes, at + BOOK_DELTA_LENGTH, [...bids, ...asks]);
      const counts = [bids.length, asks.length] as const;
      return writeBookDeltaHead(bytes, at, 0, 0, recvUs, recvUs, first, last, ...counts);
    });
  }

  candle(fields: CandleFields = {}): this {
    const { instrument = 0, timeframe = 0, openUs = NEW_YEAR_US, open = 100, high = 110 } = fields;
    const { low = 90, close = 105, volume = 10, quoteVolume = 1_000, buyVolume = 4 } = fields;
    const { tradeCount = 10, state = 0, isClosed = true, recvUs = openUs + MINUTE_US } = fields;
    return this.#add(RecordType.candle, (bytes, at) => {
      writeCommon(bytes, at, instrument, isClosed ? Flag.candleClosed : 0, state, openUs, recvUs);
      const values = [openUs + MINUTE_US, open, high, low, close, volume, quoteVolume, buyVolume];
      bytes.f64.set([...values, tradeCount, 1, tradeCount], (at + Candle.endUs) >> 3);
      bytes.u32[(at + Candle.timeframe) >> 2] = timeframe;
      return CANDLE_LENGTH;
    });
  }

  derivative(values: readonly [number, number, number, number, number], tsUs = NEW_YEAR_US): this {
    return this.#add(RecordType.derivative, (bytes, at) =>
      writeDerivative(bytes, at, 0, tsUs, tsUs + 1, ...values),
    );
  }

  liquidation(price: number, size: number, isSell: boolean, tsUs = NEW_YEAR_US): this {
    const flags = isSell ? Flag.sell : 0;
    return this.#add(RecordType.liquidation, (bytes, at) =>
      writeLiquidation(bytes, at, 0, flags, tsUs, tsUs + 1, price, size, size),
    );
  }

  status(fields: Omit<StatusFields, 'instrument' | 'recvUs'> & Partial<StatusFields>): this {
    return this.#add(RecordType.status, (bytes, at) =>
      writeStatus(bytes, at, { instrument: 0, recvUs: NEW_YEAR_US, ...fields }),
    );
  }

  /** A record of any type with these float64 words, for what no writer would write. */
  raw(type: number, words: readonly number[]): this {
    return this.#add(type, (bytes, at) => {
      bytes.f64.set(words, at >> 3);
      return words.length * 8;
    });
  }

  #add(type: number, write: (bytes: RecordBytes, at: number) => number): this {
    this.#reserve(1 << 15);
    const at = this.#length + 8;
    const length = write(this.#bytes, at);
    this.#bytes.i32[this.#length >> 2] = length;
    this.#bytes.i32[(this.#length >> 2) + 1] = type;
    this.#length = at + ((length + 7) & ~7);
    this.#count += 1;
    return this;
  }

  #reserve(length: number): void {
    if (this.#length + length <= this.#bytes.length) return;
    const larger = RecordBytes.allocate(this.#bytes.length * 2);
    larger.u8.set(this.#bytes.u8);
    this.#bytes = larger;
  }
}

function writeLevels(bytes: RecordBytes, at: number, levels: Levels): void {
  bytes.f64.set(levels.flat(), at >> 3);
}

export function testInstrument(index: number, symbol: string, venue = 'binance'): Instrument {
  const [base = '', quote = ''] = symbol.split('/');
  return {
    index,
    venue,
    symbol,
    marketType: 'spot',
    feed: `${venue}.spot`,
    venueSymbol: `${base}${quote}`,
    base,
    quote,
    tape: 'trade',
  };
}
