/**
 * `ring`: 64-byte records from one thread to another, against what a reader would use instead.
 *
 * ```text
 *  producer thread ── ring | postMessage ──► consumer thread (adds up every record it reads)
 * ```
 * All contenders keep at most a window of records under way, so that none measures the growth of an
 * unbounded queue.
 */
import { Worker } from 'node:worker_threads';
import { createRing } from '../../src/shm/ring-layout.ts';
import type { HistogramData } from '../harness/histogram-data.ts';
import {
  type BenchCase,
  type Contender,
  type RunContext,
  type RunOutcome,
  type Suite,
  scaled,
} from '../harness/suite.ts';
import type { RingJob, RingReport } from './ring-job.ts';

const RING_BYTES = 1 << 22;
const RECORDS = { tiny: 20_000, quick: 4_000_000, full: 30_000_000 };
const MESSAGES = { tiny: 2_000, quick: 100_000, full: 400_000 };
const PACED = { tiny: 500, quick: 20_000, full: 100_000 };
const PACED_RATE = 20_000;

type Mode = RingJob['mode'];

async function runThreads(job: Omit<RingJob, 'role' | 'ring' | 'control'>): Promise<RingReport> {
  const shared = { ring: createRing(RING_BYTES), control: new SharedArrayBuffer(64) };
  const file = new URL('./ring-thread.ts', import.meta.url);
  const consumer = new Worker(file, { workerData: { ...job, ...shared, role: 'consumer' } });
  const producer = new Worker(file, { workerData: { ...job, ...shared, role: 'producer' } });
  if (job.mode === 'ring') {
    // Data goes over the ring; nothing else is sent.
  } else {
    const { port1, port2 } = new MessageChannel();
    consumer.postMessage(port1, [port1 as never]);
    producer.postMessage(port2, [port2 as never]);
  }
  const report = await new Promise<RingReport>((resolve, reject) => {
    consumer.on('message', resolve);
    consumer.on('error', reject);
    producer.on('error', reject);
  });
  await Promise.all([consumer.terminate(), producer.terminate()]);
  return report;
}

function throughput(name: string, mode: Mode, batch: number): Contender {
  return {
    name,
    isOurs: mode === 'ring',
    async run({ scale }: RunContext): Promise<RunOutcome> {
      const count =
        scaled(scale, mode === 'ring' ? RECORDS : MESSAGES) *
        (mode === 'ring' ? 1 : Math.min(batch, 10));
      const report = await runThreads({ mode, batch, count, rate: 0 });
      const perSecond = (count / report.elapsedUs) * 1e6;
      return {
        value: perSecond,
        work: count,
        elapsedUs: report.elapsedUs,
        checksums: { 'mean of the ids': String(report.sum / count - (count - 1) / 2) },
        metrics: {
          'MB/s': (perSecond * 64) / 1e6,
          ...(mode === 'ring' ? { 'records a wake-up': report.meanBatch } : {}),
        },
      };
    },
  };
}

function latency(name: string, mode: Mode): Contender {
  return {
    name,
    isOurs: mode === 'ring',
    async run({ scale }: RunContext): Promise<RunOutcome> {
      const count = scaled(scale, PACED);
      const report = await runThreads({ mode, batch: 1, count, rate: PACED_RATE });
      const data = report.histogram as HistogramData;
      return {
        value: data.p99 / 1000,
        work: count,
        elapsedUs: report.elapsedUs,
        checksums: { 'mean of the ids': String(report.sum / count - (count - 1) / 2) },
        metrics: {
          'p50 µs': data.p50 / 1000,
          'p99.9 µs': data.p999 / 1000,
          'max µs': data.max / 1000,
        },
        histograms: [data],
      };
    },
  };
}

const CASES: readonly BenchCase[] = [
  {
    id: 'throughput',
    title: '64-byte records between two threads',
    unit: 'records/s',
    better: 'higher',
    contenders: [
      throughput('ring', 'ring', 128),
      throughput('postMessage, one object', 'objects', 1),
      throughput('postMessage, 100 objects', 'objects', 100),
      throughput('postMessage, 100 records as bytes', 'bytes', 100),
    ],
    goals: [
      { kind: 'at-least', text: 'ring, 64-byte records, two threads, records/s', limit: 10e6 },
      {
        kind: 'ratio',
        text: 'ring against postMessage in batches of 100 (structured clone)',
        rival: 'postMessage, 100 objects',
        limit: 20,
      },
    ],
  },
  {
    id: 'latency',
    title: `written → read at ${PACED_RATE} records/s, p99 from intended times`,
    unit: 'µs',
    better: 'lower',
    contenders: [latency('ring', 'ring'), latency('postMessage, one object', 'objects')],
  },
];

export const suite: Suite = {
  name: 'ring',
  title: 'records between two threads',
  cases: async () => CASES,
};
