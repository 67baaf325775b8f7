/** After a commit: how long each live trade and quote took from receipt to disk, by feed. */
import type { Instrument } from '../model/instrument.ts';
import { Common, Flag, RecordType } from '../model/record-layout.ts';
import { LatencyHistogram } from '../shm/latency-histogram.ts';
import { framedLength, RECORD_HEADER_LENGTH } from '../shm/ring-layout.ts';
import type { RecordBatch } from '../store/contract.ts';
import type { FeedMemory } from './shared-memory.ts';

export class CommitLatency {
  /** By instrument index. */
  readonly #histograms: readonly (LatencyHistogram | undefined)[];

  constructor(instruments: readonly Instrument[], feeds: readonly FeedMemory[]) {
    const byFeed = new Map(
      feeds.map(({ feed, latency }) => [feed, new LatencyHistogram(latency.received_to_committed)]),
    );
    this.#histograms = instruments.map((instrument) => byFeed.get(instrument.feed));
  }

  record({ bytes, length }: RecordBatch, nowUs: number): void {
    const { i32, u16, u32, f64 } = bytes;
    for (let at = 0; at < length; ) {
      const type = i32[(at >> 2) + 1] as number;
      const body = at + RECORD_HEADER_LENGTH;
      at += framedLength(i32[at >> 2] as number);
      if (type !== RecordType.trade && type !== RecordType.quote) continue;
      if (((u16[(body + Common.flags) >> 1] as number) & Flag.refill) !== 0) continue;
      const instrument = u32[(body + Common.instrument) >> 2] as number;
      const recvUs = f64[(body + Common.recvUs) >> 3] as number;
      this.#histograms[instrument]?.record(nowUs - recvUs);
    }
  }
}
