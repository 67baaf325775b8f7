/**
 * Every SharedArrayBuffer of a running engine, made by the main thread, which keeps them all alive.
 *
 * ```text
 *  venue worker v ─ toWriters[s] of v ────────────► writer worker s ─► store s
 *        └───────── toAggregator of v ► aggregator ─ candles[s] ──┘
 * ```
 *
 * Each store has a writer thread and rings of its own, so that one never waits for another.
 */
import { CounterRegion } from '../shm/counter-region.ts';
import { DOORBELL_LENGTH } from '../shm/doorbell.ts';
import { LatencyHistogram } from '../shm/latency-histogram.ts';
import { createLiveTable } from '../shm/live-table.ts';
import { createRing } from '../shm/ring-layout.ts';
import { FEED_COUNTERS } from '../venues/feed-counters.ts';
import {
  AGGREGATOR_COUNTERS,
  LATENCY_STAGES,
  type LatencyStage,
  VENUE_COUNTERS,
  WRITER_COUNTERS,
} from './counters.ts';
import type { EngineConfig } from './engine-config.ts';

export interface VenueMemory {
  readonly venue: string;
  /** One ring a store, in the order of the config. */
  readonly toWriters: readonly SharedArrayBuffer[];
  readonly toAggregator: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
}

export interface StoreMemory {
  readonly candles: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
}

export interface FeedMemory {
  readonly feed: string;
  readonly venue: string;
  readonly counters: SharedArrayBuffer;
  readonly latency: Readonly<Record<LatencyStage, SharedArrayBuffer>>;
}

export interface SharedMemory {
  readonly venues: readonly VenueMemory[];
  readonly feeds: readonly FeedMemory[];
  /** In the order of the config. */
  readonly stores: readonly StoreMemory[];
  /** Int32 [0]: stores whose resume plan is made. */
  readonly plansMade: SharedArrayBuffer;
  readonly aggregatorDoorbell: SharedArrayBuffer;
  /** Int32 [0]: 1 tells the aggregator to finish. */
  readonly aggregatorControl: SharedArrayBuffer;
  readonly aggregatorCounters: SharedArrayBuffer;
  readonly liveTable: SharedArrayBuffer;
}

function counters(names: readonly string[]): SharedArrayBuffer {
  return new SharedArrayBuffer(CounterRegion.byteLength(names));
}

function histogram(): SharedArrayBuffer {
  return new SharedArrayBuffer(LatencyHistogram.byteLength);
}

/** Names of the venues that have a feed in `config`, each once. */
export function venuesOf(config: EngineConfig): string[] {
  return [...new Set(config.feeds.map((feed) => feed.venue))];
}

export function createSharedMemory(config: EngineConfig): SharedMemory {
  const { rings } = config;
  return {
    venues: venuesOf(config).map((venue) => ({
      venue,
      toWriters: config.storeUrls.map(() => createRing(rings.writerBytes)),
      toAggregator: createRing(rings.aggregatorBytes),
      counters: counters(VENUE_COUNTERS),
    })),
    feeds: config.feeds.map(({ feed, venue }) => ({
      feed,
      venue,
      counters: counters(FEED_COUNTERS),
      latency: Object.fromEntries(LATENCY_STAGES.map((stage) => [stage, histogram()])) as Record<
        LatencyStage,
        SharedArrayBuffer
      >,
    })),
    stores: config.storeUrls.map(() => ({
      candles: createRing(rings.candleBytes),
      counters: counters(WRITER_COUNTERS),
    })),
    plansMade: new SharedArrayBuffer(8),
    aggregatorDoorbell: new SharedArrayBuffer(DOORBELL_LENGTH),
    aggregatorControl: new SharedArrayBuffer(8),
    aggregatorCounters: counters(AGGREGATOR_COUNTERS),
    liveTable: createLiveTable(config.instruments.length),
  };
}
