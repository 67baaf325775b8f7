/** Builds the aggregator on the engine's shared memory, and runs it on a thread that may park. */
import { type Clock, delay } from '../base/clock.ts';
import { CounterRegion } from '../shm/counter-region.ts';
import { Doorbell } from '../shm/doorbell.ts';
import { LatencyHistogram } from '../shm/latency-histogram.ts';
import { LiveTableWriter } from '../shm/live-table.ts';
import { RingConsumer } from '../shm/ring-consumer.ts';
import { producerFor } from '../shm/ring-fan.ts';
import type { CandleSeed } from '../store/contract.ts';
import { AggregatorAgent } from './aggregator-agent.ts';
import { AGGREGATOR_COUNTERS } from './counters.ts';
import type { EngineConfig } from './engine-config.ts';
import type { SharedMemory } from './shared-memory.ts';
import { timeframesOf } from './timeframes.ts';

/** Longest sleep: bounds how late a stop or a missed bell is noticed. */
const SLEEP_MS_MAX = 50;
const FINISH_RETRY_MS = 5;

export function createAggregator(
  config: EngineConfig,
  shared: SharedMemory,
  seeds: readonly CandleSeed[],
  clock: Clock,
  /** A replay's receive times are long past: they say nothing of this machine. */
  isReplay = false,
): AggregatorAgent {
  return new AggregatorAgent({
    instruments: config.instruments,
    timeframes: timeframesOf(config),
    seeds,
    inputs: shared.venues.map((venue) => new RingConsumer(venue.toAggregator)),
    output: producerFor(shared.stores.map(({ candles }) => candles)),
    live: new LiveTableWriter(shared.liveTable),
    latency: new Map(
      (isReplay ? [] : shared.feeds).map(({ feed, latency }) => [
        feed,
        new LatencyHistogram(latency.received_to_aggregated),
      ]),
    ),
    counters: new CounterRegion(AGGREGATOR_COUNTERS, shared.aggregatorCounters),
    clock,
  });
}

/**
 * Works until the control word says stop, then finishes. Blocks the thread while there is nothing.
 */
export async function runAggregator(agent: AggregatorAgent, shared: SharedMemory): Promise<void> {
  const doorbell = new Doorbell(shared.aggregatorDoorbell);
  const control = new Int32Array(shared.aggregatorControl);
  while (Atomics.load(control, 0) === 0) {
    if (agent.doWork() > 0) continue;
    const seen = doorbell.arm();
    // What was published before the bell was armed rang for nobody.
    if (agent.doWork() > 0) doorbell.disarm();
    else doorbell.wait(seen, SLEEP_MS_MAX);
  }
  while (!agent.finish()) await delay(FINISH_RETRY_MS);
}
