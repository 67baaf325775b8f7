/**
 * The Prometheus face of the engine. Nothing is counted here: each metric reads the engine's own
 * counters when it is scraped, so a scrape and `/api/v1/stats` can never disagree.
 *
 * Names: `tickspine_<counter>_total{feed}` and `tickspine_<gauge>{feed}`; the writers' are
 * `tickspine_writer_…{store}`, the aggregator's `tickspine_aggregator_…`.
 */
import { type Metric, Registry } from 'prom-client';
import { US_PER_SECOND } from '../base/clock.ts';
import type { LatencyStage } from '../engine/counters.ts';
import type { EngineView, LatencySummary } from '../engine/engine-view.ts';
import {
  AGGREGATOR_METRICS,
  FEED_METRICS,
  LATENCY_METRICS,
  type MetricDefinition,
  WRITER_METRICS,
} from './metric-definitions.ts';

interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly metricName?: string;
}

interface ScrapedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'summary';
  readonly samples: () => readonly Sample[];
}

export function createMetricsRegistry(view: EngineView): Registry {
  const registry = new Registry();
  const metrics = [
    ...feedMetrics(view),
    ...writerMetrics(view),
    ...aggregatorMetrics(view),
    latencyMetric(view),
    ...processMetrics(view),
  ];
  for (const metric of metrics) registry.registerMetric(asMetric(metric));
  return registry;
}

function feedMetrics(view: EngineView): ScrapedMetric[] {
  const names = Object.keys(FEED_METRICS) as (keyof typeof FEED_METRICS)[];
  return names.map((name) => ({
    ...described('tickspine_', name, FEED_METRICS[name]),
    samples: () =>
      view.feeds().map((feed) => ({ value: feed.counters[name], labels: { feed: feed.feed } })),
  }));
}

function writerMetrics(view: EngineView): ScrapedMetric[] {
  const names = Object.keys(WRITER_METRICS) as (keyof typeof WRITER_METRICS)[];
  return names.map((name) => ({
    ...described('tickspine_writer_', name, WRITER_METRICS[name]),
    samples: () =>
      view.stores().map((store) => ({
        value: store.counters[name],
        labels: { store: store.name },
      })),
  }));
}

function aggregatorMetrics(view: EngineView): ScrapedMetric[] {
  const names = Object.keys(AGGREGATOR_METRICS) as (keyof typeof AGGREGATOR_METRICS)[];
  return names.map((name) => ({
    ...described('tickspine_aggregator_', name, AGGREGATOR_METRICS[name]),
    samples: () => [{ value: view.aggregator()[name], labels: {} }],
  }));
}

function described(prefix: string, name: string, { kind, help }: MetricDefinition) {
  const suffix = kind === 'counter' ? '_total' : '';
  return { name: `${prefix}${name}${suffix}`, help, type: kind };
}

/** A summary without `_sum`: the engine's histograms keep counts and quantiles only. */
function latencyMetric(view: EngineView): ScrapedMetric {
  const name = 'tickspine_latency_seconds';
  const stages = Object.keys(LATENCY_METRICS) as LatencyStage[];
  const meanings = stages.map((stage) => `${stage}: ${LATENCY_METRICS[stage]}`);
  return {
    name,
    help: `Latency by stage since start. ${meanings.join('; ')}.`,
    type: 'summary',
    samples: () =>
      view.feeds().flatMap((feed) =>
        stages.flatMap((stage) => {
          const summary = feed.latency[stage];
          const labels = { feed: feed.feed, stage };
          return [
            ...quantiles(summary).map(([quantile, value]) => ({
              value: value / US_PER_SECOND,
              labels: { ...labels, quantile },
            })),
            { value: summary.count, labels, metricName: `${name}_count` },
          ];
        }),
      ),
  };
}

function quantiles(summary: LatencySummary): [string, number][] {
  return [
    ['0.5', summary.p50],
    ['0.99', summary.p99],
    ['0.999', summary.p999],
    ['1', summary.max],
  ];
}

function processMetrics(view: EngineView): ScrapedMetric[] {
  return [
    {
      name: 'tickspine_feed_live',
      help: 'One when the feed is live, zero when it is connecting, degraded or stopped.',
      type: 'gauge',
      samples: () =>
        view.feeds().map((feed) => ({
          value: feed.state === 'live' ? 1 : 0,
          labels: { feed: feed.feed },
        })),
    },
    {
      name: 'tickspine_worker_restarts_total',
      help: 'How often the supervisor restarted a worker.',
      type: 'counter',
      samples: () =>
        view.workers().map(({ name, restarts }) => ({ value: restarts, labels: { worker: name } })),
    },
    {
      name: 'tickspine_info',
      help: 'Always one; the labels say what runs.',
      type: 'gauge',
      samples: () => [{ value: 1, labels: { version: view.version, session_id: view.sessionId } }],
    },
    {
      name: 'process_start_time_seconds',
      help: 'When this session started, seconds since the Unix epoch.',
      type: 'gauge',
      samples: () => [{ value: view.startedUs / US_PER_SECOND, labels: {} }],
    },
    {
      name: 'process_resident_memory_bytes',
      help: 'Resident memory of the process, all workers included.',
      type: 'gauge',
      samples: () => [{ value: process.memoryUsage.rss(), labels: {} }],
    },
  ];
}

/** The registry formats whatever has `get`; its own classes can only be incremented. */
function asMetric({ name, help, type, samples }: ScrapedMetric): Metric {
  const get = async () => ({ name, help, type, aggregator: 'sum', values: samples() });
  return { name, help, type, get } as unknown as Metric;
}
