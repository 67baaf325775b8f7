/** All tapes of a feed: each trade is judged by its instrument's tracker and, if new, recorded. */
import { at } from '../../base/assert.ts';
import type { TradeTape } from '../../model/instrument.ts';
import { appendTextId, type StatusFields, writeTrade } from '../../model/record-codec.ts';
import { Channel, Flag, RecordType, StatusKind } from '../../model/record-layout.ts';
import type { TradeMessage, TradesWanted } from '../contract.ts';
import { count, FeedSlot } from '../feed-counters.ts';
import type { SessionOptions } from './session-options.ts';
import { TradeTracker } from './trade-tracker.ts';

/** Added to the acknowledgement's time before trades count as whole: clocks and queues differ. */
const LIVE_MARGIN_US = 1_000_000;
/** How far one trade pulls the clock offset up again. */
const OFFSET_FORGETS = 1e-5;

export class TradeDesk {
  readonly #options: SessionOptions;
  readonly #trackers: TradeTracker[] = [];
  readonly #status: (fields: StatusFields) => void;
  /** By slot: receive time of the acknowledgement that has not been followed by a trade yet. */
  readonly #liveRecvUs: Float64Array;
  /** By slot: 1 while the aggregator knows the stream as live. */
  readonly #isLive: Uint8Array;
  readonly #tapes: (TradeTape | undefined)[] = [];
  /**
   * Least receipt minus venue time seen, slowly forgotten: the venue's clock is about now minus it.
   */
  #offsetUs = Number.NaN;
  #stoppedUs = Number.NaN;

  constructor(options: SessionOptions, status: (fields: StatusFields) => void) {
    this.#options = options;
    this.#status = status;
    this.#liveRecvUs = new Float64Array(options.instruments.length).fill(Number.NaN);
    this.#isLive = new Uint8Array(options.instruments.length);
    for (const { index, tape } of options.instruments) {
      this.#tapes.push(options.isReplay ? undefined : tape);
      this.#trackers.push(
        new TradeTracker({
          instrument: index,
          idsContiguous: options.feed.tradeIdsContiguous,
          maxTrades: options.repair.maxTrades,
          graceUs: options.repair.graceUs,
          auditUs: options.feed.tradeAuditUs ?? 0,
          resume: options.resume.get(index),
          status: (fields) => this.#onTrackerStatus(fields),
        }),
      );
    }
  }

  get openGapCount(): number {
    return this.#trackers.reduce((sum, tracker) => sum + tracker.gaps.length, 0);
  }

  get isSettled(): boolean {
    return this.#trackers.every((tracker) => tracker.isSettled);
  }

  /** True when it became a record. */
  onTrade(slot: number, trade: TradeMessage, recvUs: number, isRefill: boolean): boolean {
    const { counters, sink } = this.#options;
    this.#tapes[slot] ??= trade.tape;
    if (this.#tapes[slot] !== trade.tape) {
      count(counters, FeedSlot.ignored);
      return false;
    }
    const tracker = at(this.#trackers, slot);
    const verdict = tracker.accept(trade, recvUs, isRefill, this.#liveFromUs(slot, trade, recvUs));
    if (verdict === 'duplicate') {
      if (!isRefill) count(counters, FeedSlot.trade_duplicates);
      return false;
    }
    if (!isRefill) {
      this.#followClock(recvUs - trade.tsUs);
      if (this.#isLive[slot] === 0 && Number.isNaN(this.#stoppedUs)) this.#goLive(slot, recvUs);
    }
    if (!trade.isMarket) {
      count(counters, FeedSlot.ignored);
      return false;
    }
    count(counters, isRefill ? FeedSlot.trades_refilled : FeedSlot.trades);
    if (trade.precisionLoss) count(counters, FeedSlot.precision_loss);
    const flags =
      (trade.isSell ? Flag.sell : 0) |
      (isRefill ? Flag.refill : 0) |
      (trade.precisionLoss ? Flag.precisionLoss : 0) |
      (verdict === 'after-gap' ? Flag.afterGap : 0);
    let length = writeTrade(
      sink.scratch,
      0,
      trade.instrument,
      flags,
      trade.tsUs,
      recvUs,
      trade.price,
      trade.size,
      trade.nativeSize,
      trade.tradeId,
    );
    if (trade.textId.length > 0) length = appendTextId(sink.scratch, 0, trade.textId);
    sink.emit(RecordType.trade, length);
    return true;
  }

  /** Subscribed and acknowledged: the tape is whole from about now on. */
  onLive(slot: number, nowUs: number): void {
    if (this.#isLive[slot] === 0) this.#liveRecvUs[slot] = nowUs;
  }

  onDown(slot: number, nowUs: number, cause: string): void {
    at(this.#trackers, slot).onDown(nowUs, cause);
    this.#liveRecvUs[slot] = Number.NaN;
    if (this.#isLive[slot] === 0) return;
    this.#isLive[slot] = 0;
    this.#emit(slot, StatusKind.down, nowUs, nowUs, cause);
  }

  wanted(slot: number, nowUs: number): TradesWanted | undefined {
    return at(this.#trackers, slot).wanted(nowUs);
  }

  onPageEnd(slot: number, rows: number, nowUs: number): void {
    at(this.#trackers, slot).onPageEnd(rows, nowUs);
  }

  onPageFailed(slot: number, nowUs: number): void {
    at(this.#trackers, slot).onPageFailed(nowUs);
  }

  onPageImpossible(slot: number): void {
    at(this.#trackers, slot).onPageImpossible();
  }

  hurry(nowUs: number): void {
    for (const tracker of this.#trackers) tracker.hurry(nowUs);
  }

  /** Unsubscribed: from here on silence proves nothing. */
  stop(nowUs: number): void {
    if (!Number.isNaN(this.#stoppedUs)) return;
    this.#stoppedUs = nowUs;
    for (let slot = 0; slot < this.#trackers.length; slot += 1) {
      if (this.#isLive[slot] === 1) this.#emit(slot, StatusKind.down, nowUs, nowUs, 'stop');
    }
  }

  /** States what each tape covers; up to now on the venue's clock where the stream is live. */
  sayCoverage(nowUs: number): void {
    const lastUs = Number.isNaN(this.#stoppedUs) ? nowUs : this.#stoppedUs;
    const venueNowUs = lastUs - this.#offsetUs;
    for (let slot = 0; slot < this.#trackers.length; slot += 1) {
      const isLive = this.#isLive[slot] === 1;
      at(this.#trackers, slot).sayCoverage(nowUs, isLive ? venueNowUs : Number.NaN);
    }
  }

  /**
   * Venue time from which trades are whole, told when the first one arrives: the acknowledgement on
   * the venue's clock, as far as this trade's latency tells, with a margin; never after the trade.
   */
  #liveFromUs(slot: number, trade: TradeMessage, recvUs: number): number {
    const ackUs = this.#liveRecvUs[slot] as number;
    if (Number.isNaN(ackUs)) return trade.tsUs;
    return Math.min(trade.tsUs, ackUs - (recvUs - trade.tsUs) + LIVE_MARGIN_US);
  }

  #followClock(latencyUs: number): void {
    const isLess = !(latencyUs >= this.#offsetUs);
    this.#offsetUs = isLess
      ? latencyUs
      : this.#offsetUs + (latencyUs - this.#offsetUs) * OFFSET_FORGETS;
  }

  #goLive(slot: number, recvUs: number): void {
    this.#isLive[slot] = 1;
    at(this.#trackers, slot).onFlowing();
    this.#emit(slot, StatusKind.live, recvUs, at(this.#trackers, slot).sinceUs, '');
  }

  #onTrackerStatus(fields: StatusFields): void {
    const { counters } = this.#options;
    if (fields.kind === StatusKind.gap) count(counters, FeedSlot.trade_gaps);
    if (fields.kind === StatusKind.repaired) count(counters, FeedSlot.trade_gaps_repaired);
    this.#status(fields);
  }

  #emit(slot: number, kind: StatusKind, recvUs: number, fromUs: number, cause: string): void {
    const { instrument } = at(this.#trackers, slot);
    this.#status({ instrument, kind, channel: Channel.trades, recvUs, fromUs, cause });
  }
}
