/**
 * The aggregator's way out: candles and rebuild requests into the candle ring. Never waits. When
 * the ring is full open candles are refused (they are offered again), closed ones wait in a bounded
 * queue, and one that finds that full as well becomes a rebuild request: the store has its trades.
 */
import { readCompensated } from '../base/compensated-sum.ts';
import { copyWords, RecordBytes } from '../base/record-bytes.ts';
import { Row } from '../candles/bucket-row.ts';
import { CandleKind, type CandleOutput } from '../candles/candle-output.ts';
import type { DirtyRanges } from '../candles/dirty-range.ts';
import { writeCommon, writeStatus } from '../model/record-codec.ts';
import {
  CANDLE_LENGTH,
  Candle,
  type CandleState,
  Channel,
  Flag,
  RecordType,
  STATUS_LENGTH,
  StatusKind,
} from '../model/record-layout.ts';
import type { CounterRegion } from '../shm/counter-region.ts';
import type { RecordProducer } from '../shm/ring-fan.ts';
import type { AGGREGATOR_COUNTERS } from './counters.ts';

export type AggregatorCounters = CounterRegion<(typeof AGGREGATOR_COUNTERS)[number]>;

/** Closed candles that wait for room in the ring, 120 bytes each. */
const PENDING_COUNT_MAX = 16_384;

export class CandlePublisher implements CandleOutput {
  readonly #ring: RecordProducer;
  readonly #counters: AggregatorCounters;
  /** Circular, `#pendingMax` bodies. */
  readonly #pending: RecordBytes;
  readonly #pendingMax: number;
  #pendingHead = 0;
  #pendingCount = 0;
  /** Receive clock of the record under way: when a candle is said. */
  nowUs = 0;
  /** Where a candle that fits nowhere goes. The builder's own, set once it exists. */
  dirty: DirtyRanges | undefined;

  constructor(ring: RecordProducer, counters: AggregatorCounters, pendingMax = PENDING_COUNT_MAX) {
    this.#ring = ring;
    this.#counters = counters;
    this.#pendingMax = pendingMax;
    this.#pending = RecordBytes.allocate(pendingMax * CANDLE_LENGTH);
  }

  get pendingCount(): number {
    return this.#pendingCount;
  }

  candle(
    instrument: number,
    timeframe: number,
    rows: Float64Array,
    at: number,
    kind: CandleKind,
    state: CandleState,
  ): boolean {
    const ring = this.#ring;
    // Behind what waits: a newer version must not be overtaken by an older one.
    const place = this.#pendingCount === 0 ? ring.claim(RecordType.candle, CANDLE_LENGTH) : -1;
    if (place >= 0) {
      writeCandle(ring.bytes, place, instrument, timeframe, rows, at, kind, state, this.nowUs);
      ring.commit();
    } else if (kind === CandleKind.open) {
      return false;
    } else if (this.#pendingCount < this.#pendingMax) {
      const slot = (this.#pendingHead + this.#pendingCount) % this.#pendingMax;
      this.#pendingCount += 1;
      const into = slot * CANDLE_LENGTH;
      writeCandle(this.#pending, into, instrument, timeframe, rows, at, kind, state, this.nowUs);
    } else {
      const fromUs = rows[at + Row.openUs] as number;
      this.dirty?.add(instrument, fromUs, (rows[at + Row.endUs] as number) - 1);
      return true;
    }
    this.#counters.add('candles');
    if (kind === CandleKind.amended) this.#counters.add('amendments');
    return true;
  }

  /** Moves what waits into the ring as far as there is room. */
  drainPending(): void {
    while (this.#pendingCount > 0) {
      const place = this.#ring.claim(RecordType.candle, CANDLE_LENGTH);
      if (place < 0) return;
      const from = this.#pendingHead * CANDLE_LENGTH;
      copyWords(this.#pending, from, this.#ring.bytes, place, CANDLE_LENGTH);
      this.#ring.commit();
      this.#pendingHead = (this.#pendingHead + 1) % this.#pendingMax;
      this.#pendingCount -= 1;
    }
  }

  /** Asks the store for the instrument's dirty ranges. False: no room, those left stay. */
  requestRebuilds(dirty: DirtyRanges, instrument: number, recvUs: number): boolean {
    for (;;) {
      const range = dirty.first(instrument);
      if (range === undefined) return true;
      const place = this.#ring.claim(RecordType.status, STATUS_LENGTH);
      if (place < 0) return false;
      const { fromUs, toUs } = range;
      const [kind, channel] = [StatusKind.rebuild, Channel.trades];
      writeStatus(this.#ring.bytes, place, { instrument, kind, channel, recvUs, fromUs, toUs });
      this.#ring.commit();
      dirty.dropFirst(instrument);
      this.#counters.add('rebuild_requests');
    }
  }

  publish(): void {
    this.#ring.publish();
  }
}

function writeCandle(
  bytes: RecordBytes,
  place: number,
  instrument: number,
  timeframe: number,
  rows: Float64Array,
  at: number,
  kind: CandleKind,
  state: CandleState,
  saidUs: number,
): void {
  const flags = kind === CandleKind.open ? 0 : Flag.candleClosed;
  const openUs = rows[at + Row.openUs] as number;
  // Never before its last trade, so that versions of one candle can be told apart by it.
  const recvUs = Math.max(saidUs, rows[at + Row.recvUs] as number);
  writeCommon(bytes, place, instrument, flags, state, openUs, recvUs);
  const { f64 } = bytes;
  const to = place >> 3;
  f64[to + (Candle.endUs >> 3)] = rows[at + Row.endUs] as number;
  f64[to + (Candle.open >> 3)] = rows[at + Row.open] as number;
  f64[to + (Candle.high >> 3)] = rows[at + Row.high] as number;
  f64[to + (Candle.low >> 3)] = rows[at + Row.low] as number;
  f64[to + (Candle.close >> 3)] = rows[at + Row.close] as number;
  f64[to + (Candle.volume >> 3)] = readCompensated(rows, at + Row.volume);
  f64[to + (Candle.quoteVolume >> 3)] = readCompensated(rows, at + Row.quoteVolume);
  f64[to + (Candle.buyVolume >> 3)] = readCompensated(rows, at + Row.buyVolume);
  f64[to + (Candle.tradeCount >> 3)] = rows[at + Row.tradeCount] as number;
  f64[to + (Candle.firstTradeId >> 3)] = rows[at + Row.firstId] as number;
  f64[to + (Candle.lastTradeId >> 3)] = rows[at + Row.lastId] as number;
  bytes.u32[(place + Candle.timeframe) >> 2] = timeframe;
  bytes.u32[(place + Candle.timeframe + 4) >> 2] = 0;
}
