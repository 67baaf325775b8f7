/** The hand-written codec against the generated accessors, record by record. */
import { describe, expect, test } from 'bun:test';
import { ByteBuffer } from 'flatbuffers';
import { BookDeltaHead } from '../../schemas/gen/tickspine/book-delta-head.ts';
import { BookSnapshotHead } from '../../schemas/gen/tickspine/book-snapshot-head.ts';
import type { Common } from '../../schemas/gen/tickspine/common.ts';
import { Derivative } from '../../schemas/gen/tickspine/derivative.ts';
import { Liquidation } from '../../schemas/gen/tickspine/liquidation.ts';
import { Quote } from '../../schemas/gen/tickspine/quote.ts';
import { StatusHead } from '../../schemas/gen/tickspine/status-head.ts';
import { Trade } from '../../schemas/gen/tickspine/trade.ts';
import { RecordBytes } from '../../src/base/record-bytes.ts';
import {
  appendTextId,
  readStatus,
  readTradeId,
  writeBookDeltaHead,
  writeBookSnapshotHead,
  writeDerivative,
  writeLiquidation,
  writeQuote,
  writeStatus,
  writeTrade,
} from '../../src/model/record-codec.ts';
import {
  BOOK_DELTA_LENGTH,
  BOOK_SNAPSHOT_LENGTH,
  Channel,
  DERIVATIVE_LENGTH,
  Flag,
  LEVEL_LENGTH,
  LIQUIDATION_LENGTH,
  QUOTE_LENGTH,
  STATUS_LENGTH,
  StatusKind,
  TRADE_LENGTH,
} from '../../src/model/record-layout.ts';
import { TextId } from '../../src/model/text-id.ts';

const AT = 24;
const TS = 1_785_000_000_123_456;
const RECV = 1_785_000_000_234_567;
const INSTRUMENT = 4_000_000_001;

function fresh() {
  const bytes = RecordBytes.allocate(4_096);
  return { bytes, buffer: new ByteBuffer(bytes.u8) };
}

function common(head: Common | null) {
  return [head?.instrument(), head?.flags(), head?.aux(), head?.tsUs(), head?.recvUs()];
}

describe('record codec', () => {
  test('trade', () => {
    const { bytes, buffer } = fresh();
    const flags = Flag.sell | Flag.refill;
    const length = writeTrade(bytes, AT, INSTRUMENT, flags, TS, RECV, 65_000.1, 0.3, 3, 2 ** 53);
    const trade = new Trade().__init(AT, buffer);
    expect(length).toBe(TRADE_LENGTH);
    expect(common(trade.common())).toEqual([INSTRUMENT, flags, 0, TS, RECV]);
    expect([trade.price(), trade.size(), trade.nativeSize()]).toEqual([65_000.1, 0.3, 3]);
    expect(trade.tradeId()).toBe(2 ** 53);
    expect(readTradeId(bytes, AT)).toBe(2 ** 53);
  });

  test('trade with a textual id', () => {
    const { bytes, buffer } = fresh();
    writeTrade(bytes, AT, 1, 0, TS, RECV, 1, 2, 2, 0);
    const id = '9a2e4b7c-1f00-4c1d-8f65-é';
    const length = appendTextId(bytes, AT, TextId.of(id));
    const trade = new Trade().__init(AT, buffer);
    expect(length).toBe(TRADE_LENGTH + new TextEncoder().encode(id).length);
    expect(trade.common()?.aux()).toBe(length - TRADE_LENGTH);
    expect(trade.tradeId()).toBeNaN();
    expect(readTradeId(bytes, AT)).toBe(id);
  });

  test('quote', () => {
    const { bytes, buffer } = fresh();
    const length = writeQuote(bytes, AT, INSTRUMENT, 8, TS, RECV, 1.5, 2.5, 3.5, 4.5, 5.5);
    const quote = new Quote().__init(AT, buffer);
    expect(length).toBe(QUOTE_LENGTH);
    expect(common(quote.common())).toEqual([INSTRUMENT, 8, 0, TS, RECV]);
    expect([quote.bidPrice(), quote.bidSize(), quote.askPrice()]).toEqual([1.5, 2.5, 3.5]);
    expect([quote.askSize(), quote.sequence()]).toEqual([4.5, 5.5]);
  });

  test('book snapshot', () => {
    const { bytes, buffer } = fresh();
    const length = writeBookSnapshotHead(bytes, AT, INSTRUMENT, 16, TS, RECV, 77, 3, 2);
    const head = new BookSnapshotHead().__init(AT, buffer);
    expect(length).toBe(BOOK_SNAPSHOT_LENGTH + 5 * LEVEL_LENGTH);
    expect(common(head.common())).toEqual([INSTRUMENT, 16, 0, TS, RECV]);
    expect([head.sequence(), head.bidCount(), head.askCount()]).toEqual([77, 3, 2]);
  });

  test('book delta', () => {
    const { bytes, buffer } = fresh();
    const length = writeBookDeltaHead(bytes, AT, INSTRUMENT, 32, TS, RECV, 76, 77, 1, 4);
    const head = new BookDeltaHead().__init(AT, buffer);
    expect(length).toBe(BOOK_DELTA_LENGTH + 5 * LEVEL_LENGTH);
    expect(common(head.common())).toEqual([INSTRUMENT, 32, 0, TS, RECV]);
    expect([head.firstSequence(), head.sequence()]).toEqual([76, 77]);
    expect([head.bidCount(), head.askCount()]).toEqual([1, 4]);
  });

  test('derivative tick', () => {
    const { bytes, buffer } = fresh();
    const length = writeDerivative(bytes, AT, INSTRUMENT, TS, RECV, 1.5, 2.5, 1e-4, TS + 1, 9.5);
    const tick = new Derivative().__init(AT, buffer);
    expect(length).toBe(DERIVATIVE_LENGTH);
    expect(common(tick.common())).toEqual([INSTRUMENT, 0, 0, TS, RECV]);
    expect([tick.markPrice(), tick.indexPrice(), tick.fundingRate()]).toEqual([1.5, 2.5, 1e-4]);
    expect([tick.nextFundingUs(), tick.openInterest()]).toEqual([TS + 1, 9.5]);
  });

  test('liquidation', () => {
    const { bytes, buffer } = fresh();
    const length = writeLiquidation(bytes, AT, INSTRUMENT, Flag.sell, TS, RECV, 1.5, 2.5, 3.5);
    const record = new Liquidation().__init(AT, buffer);
    expect(length).toBe(LIQUIDATION_LENGTH);
    expect(common(record.common())).toEqual([INSTRUMENT, Flag.sell, 0, TS, RECV]);
    expect([record.price(), record.size(), record.nativeSize()]).toEqual([1.5, 2.5, 3.5]);
  });

  test('status, with texts and without', () => {
    const { bytes, buffer } = fresh();
    const status = {
      instrument: INSTRUMENT,
      kind: StatusKind.gap,
      channel: Channel.book,
      recvUs: RECV,
      fromId: 10,
      toId: 20,
      fromUs: TS,
      toUs: TS + 5,
      missing: 11,
      cause: 'séquence',
      how: 'by REST',
    };
    bytes.u8.fill(0xff);
    const length = writeStatus(bytes, AT, status);
    const head = new StatusHead().__init(AT, buffer);
    expect(length).toBe(STATUS_LENGTH + 9 + 7);
    expect(common(head.common())).toEqual([INSTRUMENT, 0, StatusKind.gap, RECV, RECV]);
    expect([head.fromId(), head.toId(), head.fromUs(), head.toUs()]).toEqual([10, 20, TS, TS + 5]);
    expect([head.missing(), head.channel(), head.reserved()]).toEqual([11, Channel.book, 0]);
    expect([head.causeLength(), head.howLength()]).toEqual([9, 7]);
    expect(readStatus(bytes, AT)).toEqual(status);

    const bare = { instrument: 1, kind: StatusKind.live, channel: Channel.trades, recvUs: RECV };
    expect(writeStatus(bytes, AT, bare)).toBe(STATUS_LENGTH);
    expect(readStatus(bytes, AT)).toMatchObject({ ...bare, fromId: Number.NaN, cause: '' });
  });
});
