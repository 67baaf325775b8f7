/**
 * Inserts of the plain rows: one prepared statement a table, fields straight from the record's
 * bytes. Each method returns how many rows came in: 0 is a duplicate.
 */
import type { Statement } from 'bun:sqlite';
import type { RecordBytes } from '../../base/record-bytes.ts';
import { readTradeId } from '../../model/record-codec.ts';
import {
  BOOK_DELTA_LENGTH,
  BOOK_SNAPSHOT_LENGTH,
  BookDelta,
  BookSnapshot,
  Common,
  Derivative,
  Flag,
  LEVEL_LENGTH,
  Liquidation,
  Quote,
  Trade,
} from '../../model/record-layout.ts';
import { levelsText, orNull } from '../row-text.ts';
import type { StatementSet } from './statements.ts';

const TRADE_SQL = `INSERT INTO trade (instrument, ts_us, tape, trade_id, recv_us, price, size,
  native_size, flags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
const QUOTE_SQL = `INSERT INTO quote (instrument, recv_us, sequence, ts_us, bid_price, bid_size,
  ask_price, ask_size, flags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
const SNAPSHOT_SQL = `INSERT INTO book_snapshot (instrument, recv_us, sequence, ts_us, bids, asks,
  flags) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
const DELTA_SQL = `INSERT INTO book_delta (instrument, first_sequence, sequence, ts_us, recv_us,
  bids,
  asks, flags) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
// One frame may say mark price and funding in two messages: what a row does not have yet joins it.
const DERIVATIVE_SQL = `INSERT INTO derivative AS d (instrument, ts_us, recv_us, mark_price,
  index_price, funding_rate, next_funding_us, open_interest) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET mark_price = ifnull(d.mark_price, excluded.mark_price),
    index_price = ifnull(d.index_price, excluded.index_price),
    funding_rate = ifnull(d.funding_rate, excluded.funding_rate),
    next_funding_us = ifnull(d.next_funding_us, excluded.next_funding_us),
    open_interest = ifnull(d.open_interest, excluded.open_interest)
  WHERE ifnull(d.mark_price, excluded.mark_price) IS NOT d.mark_price
    OR ifnull(d.index_price, excluded.index_price) IS NOT d.index_price
    OR ifnull(d.funding_rate, excluded.funding_rate) IS NOT d.funding_rate
    OR ifnull(d.next_funding_us, excluded.next_funding_us) IS NOT d.next_funding_us
    OR ifnull(d.open_interest, excluded.open_interest) IS NOT d.open_interest`;
const LIQUIDATION_SQL = `INSERT INTO liquidation (instrument, ts_us, is_sell, price, size,
  native_size, recv_us) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;

export class RowTables {
  readonly #trade: Statement;
  readonly #quote: Statement;
  readonly #snapshot: Statement;
  readonly #delta: Statement;
  readonly #derivative: Statement;
  readonly #liquidation: Statement;

  constructor(statements: StatementSet) {
    this.#trade = statements.prepare(TRADE_SQL);
    this.#quote = statements.prepare(QUOTE_SQL);
    this.#snapshot = statements.prepare(SNAPSHOT_SQL);
    this.#delta = statements.prepare(DELTA_SQL);
    this.#derivative = statements.prepare(DERIVATIVE_SQL);
    this.#liquidation = statements.prepare(LIQUIDATION_SQL);
  }

  trade(bytes: RecordBytes, at: number, instrument: number, tape: number): number {
    const { f64, u16 } = bytes;
    const word = at >> 3;
    const size = f64[word + (Trade.size >> 3)] as number;
    const nativeSize = f64[word + (Trade.nativeSize >> 3)] as number;
    const hasText = u16[(at + Common.aux) >> 1] !== 0;
    return this.#trade.run(
      instrument,
      f64[word + (Common.tsUs >> 3)] as number,
      tape,
      hasText ? readTradeId(bytes, at) : (f64[word + (Trade.tradeId >> 3)] as number),
      f64[word + (Common.recvUs >> 3)] as number,
      f64[word + (Trade.price >> 3)] as number,
      size,
      // NaN binds as NULL.
      nativeSize === size ? null : nativeSize,
      u16[(at + Common.flags) >> 1] as number,
    ).changes;
  }

  quote(bytes: RecordBytes, at: number, instrument: number): number {
    const { f64 } = bytes;
    const word = at >> 3;
    const sequence = f64[word + (Quote.sequence >> 3)] as number;
    return this.#quote.run(
      instrument,
      f64[word + (Common.recvUs >> 3)] as number,
      Number.isNaN(sequence) ? -1 : sequence,
      f64[word + (Common.tsUs >> 3)] as number,
      f64[word + (Quote.bidPrice >> 3)] as number,
      f64[word + (Quote.bidSize >> 3)] as number,
      f64[word + (Quote.askPrice >> 3)] as number,
      f64[word + (Quote.askSize >> 3)] as number,
      bytes.u16[(at + Common.flags) >> 1] as number,
    ).changes;
  }

  bookSnapshot(bytes: RecordBytes, at: number, instrument: number): number {
    const { f64, u32 } = bytes;
    const bidCount = u32[(at + BookSnapshot.bidCount) >> 2] as number;
    const askCount = u32[(at + BookSnapshot.askCount) >> 2] as number;
    const levelsAt = at + BOOK_SNAPSHOT_LENGTH;
    return this.#snapshot.run(
      instrument,
      f64[(at + Common.recvUs) >> 3] as number,
      orNull(f64[(at + BookSnapshot.sequence) >> 3] as number),
      f64[(at + Common.tsUs) >> 3] as number,
      levelsText(bytes, levelsAt, bidCount),
      levelsText(bytes, levelsAt + bidCount * LEVEL_LENGTH, askCount),
      bytes.u16[(at + Common.flags) >> 1] as number,
    ).changes;
  }

  bookDelta(bytes: RecordBytes, at: number, instrument: number): number {
    const { f64, u32 } = bytes;
    const bidCount = u32[(at + BookDelta.bidCount) >> 2] as number;
    const askCount = u32[(at + BookDelta.askCount) >> 2] as number;
    const levelsAt = at + BOOK_DELTA_LENGTH;
    return this.#delta.run(
      instrument,
      orNull(f64[(at + BookDelta.firstSequence) >> 3] as number),
      orNull(f64[(at + BookDelta.sequence) >> 3] as number),
      f64[(at + Common.tsUs) >> 3] as number,
      f64[(at + Common.recvUs) >> 3] as number,
      levelsText(bytes, levelsAt, bidCount),
      levelsText(bytes, levelsAt + bidCount * LEVEL_LENGTH, askCount),
      bytes.u16[(at + Common.flags) >> 1] as number,
    ).changes;
  }

  derivative(bytes: RecordBytes, at: number, instrument: number): number {
    const { f64 } = bytes;
    return this.#derivative.run(
      instrument,
      f64[(at + Common.tsUs) >> 3] as number,
      f64[(at + Common.recvUs) >> 3] as number,
      f64[(at + Derivative.markPrice) >> 3] as number,
      f64[(at + Derivative.indexPrice) >> 3] as number,
      f64[(at + Derivative.fundingRate) >> 3] as number,
      f64[(at + Derivative.nextFundingUs) >> 3] as number,
      f64[(at + Derivative.openInterest) >> 3] as number,
    ).changes;
  }

  liquidation(bytes: RecordBytes, at: number, instrument: number): number {
    const { f64 } = bytes;
    const size = f64[(at + Liquidation.size) >> 3] as number;
    const nativeSize = f64[(at + Liquidation.nativeSize) >> 3] as number;
    return this.#liquidation.run(
      instrument,
      f64[(at + Common.tsUs) >> 3] as number,
      (bytes.u16[(at + Common.flags) >> 1] as number) & Flag.sell,
      f64[(at + Liquidation.price) >> 3] as number,
      size,
      nativeSize === size ? null : nativeSize,
      f64[(at + Common.recvUs) >> 3] as number,
    ).changes;
  }
}
