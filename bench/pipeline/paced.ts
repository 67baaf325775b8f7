/** Open loop at a fixed rate of mixed frames: latencies by stage, cost, memory. */
import { delay } from '../../src/base/clock.ts';
import { nowUs } from '../harness/measure.ts';
import { slope } from '../harness/statistics.ts';
import type { RunContext, RunOutcome, Scale } from '../harness/suite.ts';
import type { OpenBenchStore } from './bench-stores.ts';
import { EngineRun } from './engine-run.ts';
import { firstFrames } from './first-frames.ts';
import { busiestThreads, threadSeconds } from './thread-cpu.ts';

export interface PacedOptions {
  readonly symbolCount: number;
  readonly rate: Readonly<Record<Scale, number>>;
  readonly seconds: Readonly<Record<Scale, number>>;
  readonly warmUpSeconds: Readonly<Record<Scale, number>>;
  /** Which figure is the headline. */
  readonly headline: 'visible p99 ms' | 'committed p99 ms' | 'CPU % of a core' | 'RSS MB a minute';
  /** Default: a SQLite file. */
  readonly openStore?: OpenBenchStore;
}

/** Three trades, five quotes and two depth frames of each symbol in turn. */
const MIX = 'TQQTQDQTQD';
const SAMPLE_MS = 250;
const MB = 1e6;

export function pacedRun(options: PacedOptions) {
  return async ({ scale, workDir }: RunContext): Promise<RunOutcome> => {
    const run = await EngineRun.start({
      workDir,
      symbolCount: options.symbolCount,
      channels: ['trades', 'quotes', 'book'],
      blast: { mix: MIX, rate: options.rate[scale], window: 0 },
      ...(options.openStore === undefined ? {} : { openStore: options.openStore }),
    });
    run.blaster.start();
    await firstFrames(() => run.counters().feed.frames);
    await delay(options.warmUpSeconds[scale] * 1000);
    const before = run.counters().feed.frames;
    const cpuBefore = process.cpuUsage();
    const threads = threadSeconds();
    run.mark();
    const startUs = nowUs();
    const memory = await sampleMemory(options.seconds[scale]);
    const elapsedUs = nowUs() - startUs;
    const cpu = process.cpuUsage(cpuBefore);
    const busiest = busiestThreads(threads, elapsedUs);
    const work = run.counters().feed.frames - before;
    const histograms = run.latencies();
    const stalls = run.stalls();
    const { sent, lateUs } = await run.blaster.stop();
    await run.drained(sent);
    const { feed } = run.counters();
    const stored = await run.stop();
    run.dispose();
    const cpuUs = cpu.user + cpu.system;
    const [, , visible, committed] = histograms;
    const rss = memory.map(([, mb]) => mb);
    const metrics = {
      'frames/s': (work / elapsedUs) * 1e6,
      lost: sent.trades - stored.trades,
      'ids missing': stored.missing,
      'frames dropped': feed.frames_dropped,
      'books out of step': feed.book_gaps,
      'visible p99 ms': (visible?.p99 ?? Number.NaN) / 1000,
      'committed p99 ms': (committed?.p99 ?? Number.NaN) / 1000,
      'CPU % of a core': (cpuUs / elapsedUs) * 100,
      'CPU s a million': cpuUs / work,
      'RSS MB start': rss[0] ?? Number.NaN,
      'RSS MB end': rss.at(-1) ?? Number.NaN,
      'RSS MB at most': Math.max(...rss),
      'RSS MB a minute': slope(memory),
      ...stalls,
      'sender late at most ms': lateUs / 1000,
    };
    return {
      value: metrics[options.headline],
      work,
      elapsedUs,
      checksums: {},
      notCompared: 'held against what was sent',
      metrics,
      histograms,
      source: 'trades, quotes and 20 + 20 levels made once, ids and times fresh',
      notes: busiest === '' ? [] : [`threads: ${busiest}`],
    };
  };
}

/** (minutes, MB) points over the time. */
async function sampleMemory(seconds: number): Promise<(readonly [number, number])[]> {
  const points: (readonly [number, number])[] = [];
  const startUs = nowUs();
  do {
    points.push([(nowUs() - startUs) / 60e6, process.memoryUsage.rss() / MB]);
    await delay(Math.min(SAMPLE_MS, seconds * 1000));
  } while (nowUs() - startUs < seconds * 1e6);
  return points;
}
