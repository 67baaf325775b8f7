/**
 * What a store will not get because its spool is full while other stores go on: counted for each
 * instrument, and told to that store's ledger as open trade gaps once there is room. The next start
 * refills them over REST, as any other gap.
 */
import { RecordBytes } from '../base/record-bytes.ts';
import { writeStatus } from '../model/record-codec.ts';
import {
  Channel,
  Common,
  RecordType,
  STATUS_LENGTH,
  StatusKind,
  Trade,
} from '../model/record-layout.ts';
import { framedLength, RECORD_HEADER_LENGTH } from '../shm/ring-layout.ts';
import { BatchCursor } from '../store/batch-cursor.ts';
import type { RecordBatch } from '../store/contract.ts';

interface Loss {
  count: number;
  /** NaN where ids are no numbers. */
  fromId: number;
  toId: number;
  fromUs: number;
  toUs: number;
  recvUs: number;
}

const CAUSE = 'spool full';
const NOTICE_LENGTH = framedLength(STATUS_LENGTH + CAUSE.length);

export class LostTrades {
  readonly #byInstrument = new Map<number, Loss>();

  get isEmpty(): boolean {
    return this.#byInstrument.size === 0;
  }

  /** Bytes of what `notice` would give. */
  get noticeLength(): number {
    return this.#byInstrument.size * NOTICE_LENGTH;
  }

  add(batch: RecordBatch): void {
    const { f64, u32 } = batch.bytes;
    const cursor = new BatchCursor(batch);
    while (cursor.next()) {
      if (cursor.type !== RecordType.trade) continue;
      const { at } = cursor;
      this.#addTrade(
        u32[(at + Common.instrument) >> 2] as number,
        f64[(at + Trade.tradeId) >> 3] as number,
        f64[(at + Common.tsUs) >> 3] as number,
        f64[(at + Common.recvUs) >> 3] as number,
      );
    }
  }

  /** One `gap` status an instrument. */
  notice(): RecordBatch {
    const bytes = RecordBytes.allocate(this.noticeLength);
    let length = 0;
    for (const [instrument, loss] of this.#byInstrument) {
      const { count, ...range } = loss;
      const body = writeStatus(bytes, length + RECORD_HEADER_LENGTH, {
        ...range,
        instrument,
        kind: StatusKind.gap,
        channel: Channel.trades,
        missing: count,
        cause: CAUSE,
      });
      bytes.i32[length >> 2] = body;
      bytes.i32[(length >> 2) + 1] = RecordType.status;
      length += framedLength(body);
    }
    return { bytes, length, count: this.#byInstrument.size };
  }

  clear(): void {
    this.#byInstrument.clear();
  }

  #addTrade(instrument: number, id: number, tsUs: number, recvUs: number): void {
    const loss = this.#byInstrument.get(instrument);
    if (loss === undefined) {
      const first = { count: 1, fromId: id, toId: id, fromUs: tsUs, toUs: tsUs, recvUs };
      this.#byInstrument.set(instrument, first);
      return;
    }
    loss.count += 1;
    loss.fromId = Math.min(loss.fromId, id);
    loss.toId = Math.max(loss.toId, id);
    loss.fromUs = Math.min(loss.fromUs, tsUs);
    loss.toUs = Math.max(loss.toUs, tsUs);
    loss.recvUs = recvUs;
  }
}
