/**
 * What bounds a SQLite store from above: same table, same pragmas, a prepared statement in a plain
 * loop, one transaction a batch; values come from the same bytes. No check of the record, no
 * count of duplicates. With `autocommit`, a transaction a row.
 */
import type { Database, Statement } from 'bun:sqlite';
import type { RecordBytes } from '../../src/base/record-bytes.ts';
import {
  BOOK_SNAPSHOT_LENGTH,
  BookSnapshot,
  Candle,
  Common,
  Flag,
  LEVEL_LENGTH,
  Quote,
  Trade,
} from '../../src/model/record-layout.ts';
import type { RecordBatch } from '../../src/store/contract.ts';
import { BOOK_SIDE, type RowKind } from './store-batches.ts';

const HEADER_LENGTH = 8;

const SQL: Readonly<Record<RowKind, string>> = {
  trade: `INSERT INTO trade (instrument, ts_us, tape, trade_id, recv_us, price, size, native_size,
    flags) VALUES (?, ?, 0, ?, ?, ?, ?, NULL, ?) ON CONFLICT DO NOTHING`,
  quote: `INSERT INTO quote (instrument, recv_us, sequence, ts_us, bid_price, bid_size, ask_price,
    ask_size, flags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  book_snapshot: `INSERT INTO book_snapshot (instrument, recv_us, sequence, ts_us, bids, asks,
    flags) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  candle: `INSERT OR REPLACE INTO candle (instrument, timeframe, open_us, recv_us, open, high, low,
    close, volume, quote_volume, buy_volume, trade_count, first_trade_id, last_trade_id, state,
    closed, rebuilt, revision) VALUES (?, '1m', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 1, 0, 0)`,
};

type InsertOne = (statement: Statement, bytes: RecordBytes, at: number) => void;

/** Inserts the record at `at`; stored instrument ids count from 1. */
const INSERT: Readonly<Record<RowKind, InsertOne>> = {
  trade: (statement, { f64, u32, u16 }, at) =>
    statement.run(
      (u32[(at + Common.instrument) >> 2] as number) + 1,
      f64[(at + Common.tsUs) >> 3] as number,
      f64[(at + Trade.tradeId) >> 3] as number,
      f64[(at + Common.recvUs) >> 3] as number,
      f64[(at + Trade.price) >> 3] as number,
      f64[(at + Trade.size) >> 3] as number,
      (u16[(at + Common.flags) >> 1] as number) & Flag.sell,
    ),
  quote: (statement, { f64, u32 }, at) =>
    statement.run(
      (u32[(at + Common.instrument) >> 2] as number) + 1,
      f64[(at + Common.recvUs) >> 3] as number,
      f64[(at + Quote.sequence) >> 3] as number,
      f64[(at + Common.tsUs) >> 3] as number,
      f64[(at + Quote.bidPrice) >> 3] as number,
      f64[(at + Quote.bidSize) >> 3] as number,
      f64[(at + Quote.askPrice) >> 3] as number,
      f64[(at + Quote.askSize) >> 3] as number,
      0,
    ),
  book_snapshot: (statement, bytes, at) =>
    statement.run(
      (bytes.u32[(at + Common.instrument) >> 2] as number) + 1,
      bytes.f64[(at + Common.recvUs) >> 3] as number,
      bytes.f64[(at + BookSnapshot.sequence) >> 3] as number,
      bytes.f64[(at + Common.tsUs) >> 3] as number,
      levelsJson(bytes, at + BOOK_SNAPSHOT_LENGTH),
      levelsJson(bytes, at + BOOK_SNAPSHOT_LENGTH + BOOK_SIDE * LEVEL_LENGTH),
      Flag.bookValid,
    ),
  candle: (statement, { f64, u32 }, at) =>
    statement.run(
      (u32[(at + Common.instrument) >> 2] as number) + 1,
      f64[(at + Common.tsUs) >> 3] as number,
      f64[(at + Common.recvUs) >> 3] as number,
      f64[(at + Candle.open) >> 3] as number,
      f64[(at + Candle.high) >> 3] as number,
      f64[(at + Candle.low) >> 3] as number,
      f64[(at + Candle.close) >> 3] as number,
      f64[(at + Candle.volume) >> 3] as number,
      f64[(at + Candle.quoteVolume) >> 3] as number,
      f64[(at + Candle.buyVolume) >> 3] as number,
      f64[(at + Candle.tradeCount) >> 3] as number,
      f64[(at + Candle.firstTradeId) >> 3] as number,
      f64[(at + Candle.lastTradeId) >> 3] as number,
    ),
};

export function levelsJson({ f64 }: RecordBytes, at: number): string {
  const levels: (readonly [number, number])[] = [];
  for (let word = at >> 3, end = word + 2 * BOOK_SIDE; word < end; word += 2) {
    levels.push([f64[word] as number, f64[word + 1] as number]);
  }
  return JSON.stringify(levels);
}

export function insertBatches(
  db: Database,
  kind: RowKind,
  batches: readonly RecordBatch[],
  isAutocommit: boolean,
): void {
  const statement = db.prepare(SQL[kind]);
  const insert = INSERT[kind];
  for (const { bytes, length } of batches) {
    if (!isAutocommit) db.run('BEGIN IMMEDIATE');
    for (let at = 0; at < length; ) {
      insert(statement, bytes, at + HEADER_LENGTH);
      at += HEADER_LENGTH + (((bytes.i32[at >> 2] as number) + 7) & ~7);
    }
    if (!isAutocommit) db.run('COMMIT');
  }
  statement.finalize();
}
