/**
 * `pipeline`: WebSocket → durable row, with the recorder as it runs in production in one process
 * and the venue (a blaster of ready-made Binance frames on a real WebSocket) in another.
 */
import { postgresSkipReason } from '../../test/support/postgres-server.ts';
import type { BenchCase, Goal, Suite } from '../harness/suite.ts';
import { type OpenBenchStore, openMssqlPeer, openPostgres } from '../pipeline/bench-stores.ts';
import { ingestRun, startPlainSocket, startVenueWorker } from '../pipeline/ingest.ts';
import { pacedRun } from '../pipeline/paced.ts';
import { throughputRun } from '../pipeline/throughput.ts';

const RUNS_MAX = 5;

/** What may happen in no run. */
function never(what: string, ...metrics: readonly string[]): Goal[] {
  return metrics.map((metric) => ({
    kind: 'at-most',
    text: `${what}: ${metric}`,
    metric,
    limit: 0,
    worst: true,
  }));
}

const WHOLE = ['lost', 'ids missing', 'frames dropped'];

function ingestCase(mix: 'T' | 'D', what: string, limit: number): BenchCase {
  return {
    id: `ingest ${mix === 'T' ? 'trades' : 'depth'}`,
    title: `${what}: socket → records in the rings, one venue worker, CPU time of the process`,
    unit: 'CPU s a million frames',
    better: 'lower',
    runsMax: RUNS_MAX,
    contenders: [
      { name: 'venue worker', isOurs: true, run: ingestRun(mix, startVenueWorker) },
      { name: 'bare WebSocket, JSON.parse + Number', run: ingestRun(mix, startPlainSocket) },
    ],
    goals: [{ kind: 'at-most', text: `CPU s a million frames, ${what}`, limit }],
  };
}

const FULL_RATE = {
  symbolCount: 20,
  rate: { tiny: 2000, quick: 20_000, full: 20_000 },
  seconds: { tiny: 0.4, quick: 5, full: 20 },
  warmUpSeconds: { tiny: 0.2, quick: 2, full: 5 },
};

/** Open loop at the full rate, into a server on the same cores. */
function serverLatencyCase(id: string, where: string, openStore: OpenBenchStore): BenchCase {
  return {
    id,
    title: `open loop: 20,000 mixed frames/s of 20 symbols into ${where}, flush_ms 100`,
    unit: 'ms received → committed, p99',
    better: 'lower',
    runsMax: RUNS_MAX,
    contenders: [
      {
        name: 'collect',
        isOurs: true,
        run: pacedRun({ ...FULL_RATE, headline: 'committed p99 ms', openStore }),
      },
    ],
    goals: [
      {
        kind: 'at-most',
        text: `20,000 frames/s: received → committed p99 in ${where}, ms`,
        limit: 500,
      },
      ...never(`20,000 frames/s into ${where}`, ...WHOLE),
    ],
  };
}

/** Without PostgreSQL where no server can be started; the reason is printed. */
function serverCases(): readonly BenchCase[] {
  const peer = 'a SQL Server (TDS peer, SQLite behind it)';
  const mssql = serverLatencyCase(
    'latency through the SQL Server path (peer)',
    peer,
    openMssqlPeer,
  );
  const reason = postgresSkipReason();
  if (reason === '') {
    return [serverLatencyCase('latency into PostgreSQL', 'PostgreSQL', openPostgres), mssql];
  }
  process.stderr.write(`pipeline: PostgreSQL skipped: ${reason}\n`);
  return [mssql];
}

const CASES: readonly BenchCase[] = [
  {
    id: 'throughput',
    title: 'closed loop: trades, WebSocket → committed in SQLite, seven timeframes on',
    unit: 'trades/s',
    better: 'higher',
    runsMax: RUNS_MAX,
    contenders: [{ name: 'collect', isOurs: true, run: throughputRun }],
    goals: [
      {
        kind: 'at-least',
        text: 'pipeline, trades/s → committed in SQLite, candles on',
        limit: 300_000,
      },
      ...never('pipeline', ...WHOLE, 'gaps open', 'spool batches at most'),
    ],
  },
  {
    id: 'latency',
    title: 'open loop: 20,000 mixed frames/s of 20 symbols, flush_ms 100',
    unit: 'ms received → visible, p99',
    better: 'lower',
    runsMax: RUNS_MAX,
    contenders: [
      {
        name: 'collect',
        isOurs: true,
        run: pacedRun({ ...FULL_RATE, headline: 'visible p99 ms' }),
      },
    ],
    goals: [
      { kind: 'at-most', text: '20,000 frames/s: received → visible p99, ms', limit: 1 },
      {
        kind: 'at-most',
        text: '20,000 frames/s: received → committed p99, ms',
        metric: 'committed p99 ms',
        limit: 150,
      },
      ...never('20,000 frames/s', ...WHOLE),
    ],
  },
  {
    id: 'idle',
    title: 'open loop: 2,000 mixed frames/s of 20 symbols, a workstation that follows them',
    unit: 'CPU % of a core',
    better: 'lower',
    runsMax: 3,
    contenders: [
      {
        name: 'collect',
        isOurs: true,
        run: pacedRun({
          symbolCount: 20,
          rate: { tiny: 1000, quick: 2000, full: 2000 },
          seconds: { tiny: 0.4, quick: 5, full: 30 },
          warmUpSeconds: { tiny: 0.2, quick: 2, full: 5 },
          headline: 'CPU % of a core',
        }),
      },
    ],
    goals: [
      { kind: 'at-most', text: '2,000 frames/s: CPU, % of one core', limit: 10 },
      {
        kind: 'at-most',
        text: '2,000 frames/s: RSS, MB',
        metric: 'RSS MB at most',
        limit: 250,
        worst: true,
      },
      ...never('2,000 frames/s', ...WHOLE),
    ],
  },
  ingestCase('T', 'trades', 1.5),
  ingestCase('D', '20 + 20-level depth', 5),
  {
    id: 'memory',
    title: 'open loop: 50,000 mixed frames/s, ten minutes after the first two',
    unit: 'MB a minute',
    better: 'lower',
    runsMax: 1,
    contenders: [
      {
        name: 'collect',
        isOurs: true,
        run: pacedRun({
          symbolCount: 20,
          rate: { tiny: 2000, quick: 50_000, full: 50_000 },
          seconds: { tiny: 0.4, quick: 20, full: 600 },
          warmUpSeconds: { tiny: 0.2, quick: 5, full: 120 },
          headline: 'RSS MB a minute',
        }),
      },
    ],
    goals: [
      { kind: 'at-most', text: '50,000 frames/s: growth of RSS, MB a minute', limit: 1 },
      ...never('50,000 frames/s', ...WHOLE),
    ],
  },
];

export const suite: Suite = {
  name: 'pipeline',
  title: 'WebSocket to durable row',
  cases: async () => [...CASES, ...serverCases()],
};
