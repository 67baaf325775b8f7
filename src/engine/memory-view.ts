/** The engine's read-only face, made from its shared memory. Engine and replay show the same. */
import { redactUrl } from '../base/redact.ts';
import type { Instrument } from '../model/instrument.ts';
import { CounterRegion } from '../shm/counter-region.ts';
import { LatencyHistogram } from '../shm/latency-histogram.ts';
import { LIVE_COLUMNS, LiveTable } from '../shm/live-table.ts';
import { FEED_COUNTERS } from '../venues/feed-counters.ts';
import {
  AGGREGATOR_COUNTERS,
  LATENCY_STAGES,
  type LatencyStage,
  VENUE_COUNTERS,
  WRITER_COUNTERS,
} from './counters.ts';
import type { EngineConfig } from './engine-config.ts';
import type {
  CaptureView,
  EngineView,
  FeedView,
  LatencySummary,
  LiveRow,
  StoreView,
  WriterCounters,
} from './engine-view.ts';
import type { SharedMemory } from './shared-memory.ts';

export interface FeedStatus {
  readonly state: FeedView['state'];
  readonly problem: string;
}

export interface ViewSource {
  readonly config: EngineConfig;
  readonly sessionId: string;
  readonly startedUs: number;
  nowUs(): number;
  shared(): SharedMemory;
  feedStatus(feed: string): FeedStatus;
  workers(): ReturnType<EngineView['workers']>;
}

export class MemoryView implements EngineView {
  readonly sessionId: string;
  readonly startedUs: number;
  readonly version: string;
  readonly storeUrl: string;
  readonly timeframes: readonly string[];
  readonly #source: ViewSource;
  readonly #row = new Float64Array(LIVE_COLUMNS.length);

  constructor(source: ViewSource) {
    this.#source = source;
    this.sessionId = source.sessionId;
    this.startedUs = source.startedUs;
    this.version = source.config.version;
    this.storeUrl = redactUrl(source.config.storeUrls[0] ?? '');
    this.timeframes = source.config.timeframes;
  }

  nowUs(): number {
    return this.#source.nowUs();
  }

  instruments(): readonly Instrument[] {
    return this.#source.config.instruments;
  }

  feeds(): readonly FeedView[] {
    return this.#source.shared().feeds.map(({ feed, venue, counters, latency }) => ({
      feed,
      venue,
      ...this.#source.feedStatus(feed),
      counters: new CounterRegion(FEED_COUNTERS, counters).snapshot(),
      latency: Object.fromEntries(
        LATENCY_STAGES.map((stage) => [stage, new LatencyHistogram(latency[stage]).summary()]),
      ) as Record<LatencyStage, LatencySummary>,
    }));
  }

  writer(): WriterCounters {
    const [first] = this.#source.shared().stores;
    const buffer = first?.counters ?? new SharedArrayBuffer(0);
    return new CounterRegion(WRITER_COUNTERS, buffer).snapshot();
  }

  stores(): readonly StoreView[] {
    const { storeUrls } = this.#source.config;
    const schemes = storeUrls.map((url) => url.split(':', 1)[0] ?? '');
    return this.#source.shared().stores.map(({ counters }, i) => {
      const scheme = schemes[i] ?? '';
      const number = schemes.slice(0, i).filter((each) => each === scheme).length + 1;
      return {
        name: number === 1 ? scheme : `${scheme}-${number}`,
        url: redactUrl(storeUrls[i] ?? ''),
        counters: new CounterRegion(WRITER_COUNTERS, counters).snapshot(),
      };
    });
  }

  captures(): readonly CaptureView[] {
    if (this.#source.config.captureDir === undefined) return [];
    return this.#source.shared().venues.map(({ venue, counters }) => {
      const region = new CounterRegion(VENUE_COUNTERS, counters);
      const isFailing = region.get('capture_failing') > 0;
      return { venue, lost: region.get('capture_lost'), isFailing };
    });
  }

  aggregator(): ReturnType<EngineView['aggregator']> {
    const { aggregatorCounters } = this.#source.shared();
    return new CounterRegion(AGGREGATOR_COUNTERS, aggregatorCounters).snapshot();
  }

  workers(): ReturnType<EngineView['workers']> {
    return this.#source.workers();
  }

  live(): readonly LiveRow[] {
    const table = new LiveTable(this.#source.shared().liveTable);
    const rows: LiveRow[] = [];
    for (const instrument of this.#source.config.instruments) {
      if (!table.read(instrument.index, this.#row)) continue;
      const values = LIVE_COLUMNS.map((name, i) => [name, this.#row[i] ?? Number.NaN]);
      rows.push({ instrument, ...Object.fromEntries(values) } as LiveRow);
    }
    return rows;
  }
}
