/**
 * The answer of `/api/v1/health`. It must come while venues and the store are down, so the store is
 * probed with a short deadline, and one probe serves all who ask within a second.
 */

import type { z } from '@hono/zod-openapi';
import { US_PER_SECOND } from '../base/clock.ts';
import type { RouteDeps } from './route-deps.ts';
import type { healthSchema } from './status-schemas.ts';

const PROBE_DEADLINE_MS = 1_000;
const PROBE_AGE_US_MAX = US_PER_SECOND;

export type HealthReport = z.infer<typeof healthSchema>;

export function createHealthReport({ view, gate, clock }: RouteDeps): () => Promise<HealthReport> {
  let probe = Promise.resolve('');
  let probedUs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (clock.monoUs() - probedUs >= PROBE_AGE_US_MAX) {
      probedUs = clock.monoUs();
      probe = gate.probe(PROBE_DEADLINE_MS);
    }
    const storeProblem = await probe;
    const behind = view.stores().filter(({ counters }) => counters.spool_batches > 0);
    const store = storeHealth(storeProblem, view.writer().spool_batches);
    const feeds = view.feeds().map((feed) => ({
      feed: feed.feed,
      venue: feed.venue,
      state: feed.state,
      problem: feed.problem,
      last_frame_us: feed.counters.last_frame_us > 0 ? feed.counters.last_frame_us : null,
    }));
    const captures = view.captures();
    const isWhole =
      store.state === 'ok' &&
      behind.length === 0 &&
      feeds.every((feed) => feed.state === 'live') &&
      captures.every((capture) => !capture.isFailing);
    const nowUs = view.nowUs();
    return {
      status: isWhole ? 'ok' : 'degraded',
      version: view.version,
      session_id: view.sessionId,
      now_us: nowUs,
      uptime_seconds: (nowUs - view.startedUs) / US_PER_SECOND,
      store,
      stores_behind: behind.map(({ name, counters }) => ({
        name,
        spool_batches: counters.spool_batches,
      })),
      feeds,
      captures: captures.map(({ venue, lost, isFailing }) => ({
        venue,
        state: isFailing ? 'failing' : 'ok',
        lost_lines: lost,
      })),
      workers: [...view.workers()],
    };
  };
}

function storeHealth(problem: string, spoolBatches: number): HealthReport['store'] {
  if (problem !== '') return { state: 'unreachable', problem, spool_batches: spoolBatches };
  if (spoolBatches === 0) return { state: 'ok', problem: '', spool_batches: 0 };
  const behind = `${spoolBatches} batches wait in the spool`;
  return { state: 'behind', problem: behind, spool_batches: spoolBatches };
}
